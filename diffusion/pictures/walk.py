"""A pipeline's walk from noise to picture as it is watched from outside: its steps, what it foresees, an early stop.

Knows what all pipelines have in common: a scheduler that steps and a progress bar. Not who walks, nor why.
"""

from collections.abc import Iterable, Iterator
from functools import wraps
from typing import Any

import torch

from diffusion.pictures.preview import Step, predicted_clean
from diffusion.request import Told


class Walk:
    """Watches the one call of `pipeline`, which must not be used for another."""

    def __init__(self, pipeline: Any, steps: int, stop: float = 1.0) -> None:
        """`stop` is the part of the walk, above 0 and up to 1, after which the foreseen picture is taken."""
        self.done = 0
        self.total = steps
        self.step: Step | None = None
        """What the scheduler was given last."""
        self._pipeline = pipeline
        self._stop = stop
        self._stopped: torch.Tensor | None = None
        self._watch(pipeline.scheduler)
        pipeline.progress_bar = self._bar

    def foreseen(self) -> torch.Tensor | None:
        """The clean latents as they are foreseen now, in the form that the pipeline gives them."""
        return None if self.step is None else predicted_clean(self._pipeline.scheduler, self.step)

    def count(self, steps: int = 1) -> None:
        self.done = min(self.total, self.done + steps)

    def _bar(self, iterable: Iterable[Any] | None = None, total: int | None = None) -> "Bar":
        items = list(iterable) if iterable is not None else None
        whole = len(items) if items is not None else total or self.total
        self._begin(whole)
        self.total = max(1, round(whole * self._stop))
        return Bar(self, items)

    def _begin(self, steps: int) -> None:
        """Whoever walks the whole schedule begins at its begin: else the scheduler looks for its first timestep there,
        and the host waits for the card."""
        scheduler = self._pipeline.scheduler
        if getattr(scheduler, "begin_index", 0) is None and len(scheduler.timesteps) == steps * scheduler.order:
            scheduler.set_begin_index(0)

    def _watch(self, scheduler: Any) -> None:
        step = scheduler.step

        @wraps(step)  # pipelines look at what it takes
        def watched(model_output: Any, timestep: Any, sample: Any, *args: Any, **kwargs: Any) -> Any:
            if self._stopped is None:
                self._see(Step(model_output, timestep, sample))
            outcome = step(model_output, timestep, sample, *args, **kwargs)
            return outcome if self._stopped is None else _filled(outcome, self._stopped)

        scheduler.step = watched

    def _see(self, step: Step) -> None:
        self.step = step
        if self._stop < 1 and self.done + 1 >= self.total:
            self._end(step.sample.dtype)

    def _end(self, dtype: torch.dtype) -> None:
        """From now on each step gives what was foreseen here: pipelines that can be interrupted compute none, and
        what they mix in, of a picture that is kept, is clean as well."""
        foreseen = self.foreseen()
        if foreseen is None:
            raise Told("With this model's own sampler a picture cannot be stopped early; leave `--stop` out.")
        self._stopped, self.done = foreseen.to(dtype), self.total
        self._pipeline._interrupt = True
        scheduler = self._pipeline.scheduler
        for name in ("add_noise", "scale_noise"):
            if hasattr(scheduler, name):
                setattr(scheduler, name, _unnoised)


class Bar:
    """Stands in for the pipeline's progress bar."""

    def __init__(self, walk: Walk, items: list[Any] | None) -> None:
        self._walk = walk
        self._items = items or []

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *_: object) -> None: ...

    def __iter__(self) -> Iterator[Any]:
        for item in self._items[: self._walk.total]:
            yield item
            self.update()

    def update(self, steps: int = 1) -> None:
        self._walk.count(steps)

    def set_postfix(self, *_: Any, **__: Any) -> None: ...


def _filled(outcome: Any, latents: torch.Tensor) -> Any:
    """A scheduler's answer in its own form, with these latents for all that it holds."""
    if isinstance(outcome, tuple):
        return tuple(latents for _ in outcome)
    return type(outcome)(**dict.fromkeys(outcome, latents))


def _unnoised(original: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
    return original
