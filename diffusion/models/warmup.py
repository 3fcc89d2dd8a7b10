"""A compiled model is run with every number of rows before anybody's picture waits for a compiler in its middle.

Runs on the thread of the forwards, through the hub: graphs of a card belong to the thread that recorded them.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

import torch

from diffusion.development import Development
from diffusion.hub.sharing import Hub
from diffusion.models.families import Task
from diffusion.models.pipelines import Model
from diffusion.pictures.sources import Sources
from diffusion.registry import ModelSpec
from diffusion.request import Request, Told

log = logging.getLogger(__name__)

STEPS = 2
"""Steps of each run; the second one finds all compiled."""


class Warmups:
    """The runs of all models that were loaded, each a request of nobody's."""

    def __init__(self, hub: Hub, counts: tuple[int, ...], clock: Callable[[], float]) -> None:
        """`counts` are the numbers of pictures at once that each model is run with; none where nothing is compiled."""
        self._hub = hub
        self._counts = counts
        self._clock = clock
        self._runs: dict[str, _Runs] = {}

    def add(self, model: Model) -> None:
        """One that makes no pictures from words compiles while its first ones are made."""
        if self._counts and Task.TEXT in model.templates:
            self._runs[model.spec.name] = _Runs(model, list(self._counts))

    def note(self, name: str) -> str:
        """What is under way with that model, for the person; nothing where it is not being warmed up."""
        runs = self._runs.get(name)
        if runs is None or runs.ended:
            return ""
        return f"compiling {name}: {len(self._counts) - len(runs.counts)} of {len(self._counts)}"

    def ended(self, model: Model) -> bool:
        """Whether it is ready for requests. `Told` where it cannot be compiled here."""
        runs = self._runs.get(model.spec.name)
        if runs and runs.failed:
            raise Told(
                f"The model {model.spec.name} could not be compiled here; the owner finds why in the log, and can set "
                'compile = "off".'
            )
        return runs is None or runs.ended

    def move(self) -> None:
        """Starts the next run where the last one ended. Raises nothing: `ended` tells what went wrong."""
        for runs in self._runs.values():
            try:
                self._move(runs)
            except Exception as error:
                runs.fail(error)

    def _move(self, runs: "_Runs") -> None:
        if runs.under_way and runs.under_way.error:
            raise runs.under_way.error
        if runs.under_way and not runs.under_way.ended:
            return
        if runs.model and runs.counts:
            request = asked(runs.model.spec, runs.counts.pop(0))
            runs.under_way = Development(request, runs.model, Sources(), self._hub, runs, self._clock, inf)
        else:
            runs.end()


@dataclass(slots=True, eq=False)
class _Runs:
    model: Model | None
    """None once they ended: what is kept of them must not keep a model that left."""
    counts: list[int]
    under_way: Development | None = None
    failed: bool = False

    @property
    def ended(self) -> bool:
        return self.model is None

    def end(self) -> None:
        self.model, self.counts, self.under_way = None, [], None

    def fail(self, error: BaseException) -> None:
        if self.model and not isinstance(error, torch.OutOfMemoryError):  # that many at once are more than it holds
            log.error("The model %s could not be compiled", self.model.spec.name, exc_info=error)
            self.failed = True
        self.end()


def counts(compile: str, rows: float) -> tuple[int, ...]:
    """How many pictures at once a model is warmed up with: with guidance each has two rows."""
    most = {"off": 0, "regional": 2, "full": max(1, int(rows / 2))}[compile]
    return tuple(2**power for power in range(most.bit_length()))


def asked(spec: ModelSpec, count: int) -> Request:
    """With the model's own scheduler, which fits every model; how the others walk is not compiled."""
    return Request(
        prompt="a picture", model=spec.name, width=spec.size, height=spec.size, steps=STEPS, guidance=spec.guidance,
        sampler="Own", seed=0, count=count,
    )  # fmt: skip
