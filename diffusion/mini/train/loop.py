"""The loop that every stage runs: averages, progress bar, checkpoints. Knows nothing of what is learned."""

import copy
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Generator, Tensor, nn
from tqdm import tqdm

from diffusion.request import Told

from .config import Stage
from .optimizers import learn, optimizers_of, pace
from .run import Run

LOOK_EVERY = 10
"""Steps between two looks at the loss: each makes the program wait for the device."""


class Stateful(Protocol):
    def state_dict(self) -> dict[str, Any]: ...
    def load_state_dict(self, state: dict[str, Any], /) -> Any: ...


@dataclass
class Pupil:
    """What learns: the module, and how fast its parts do (a prefix of their names -> a share of the rate)."""

    module: nn.Module
    gentle: Mapping[str, float] = field(default_factory=dict)
    companions: Mapping[str, Stateful] = field(default_factory=dict)
    """Saved and resumed beside the module, but not trained by the loop."""


@dataclass(frozen=True)
class Graduate:
    """The averaged module of a stage that has come to its end."""

    module: Any
    seconds: float


Watch = Callable[[nn.Module, int], None]
"""Is shown the averaged module and the number of steps now and then."""


def train(
    name: str,
    pupil: Pupil,
    stage: Stage,
    run: Run,
    loss: Callable[[int, Generator], Tensor],
    watch: Watch = lambda module, step: None,
) -> Graduate | None:
    """Trains to the stage's last step and returns the averaged (EMA) module; None if the run stops before.

    `loss` is given the number of the step and that step's own randomness.
    """
    module = pupil.module.to(run.device).to(memory_format=torch.channels_last).train()  # type: ignore[call-overload]
    average = copy.deepcopy(module).eval().requires_grad_(False)
    optimizers = optimizers_of(module, pupil.gentle, stage)
    saved: dict[str, Stateful] = {"module": module, "average": average, **pupil.companions}
    saved |= {f"optimizer {number}": optimizer for number, optimizer in enumerate(optimizers)}
    book = Checkpoints(run.checkpoint(name), saved, run)
    sheets = Every(run.machine.grid_minutes)
    first = book.resume()
    last = stage.steps if run.stop_at is None else min(run.stop_at, stage.steps)
    step, over = first, first >= last or run.late
    with tqdm(desc=name, initial=first, total=stage.steps) as bar:
        while not over:
            with run.autocast():
                value = loss(step, run.randomness(step))
            learn(value, module, optimizers, pace(step, stage))
            keep_average(average, module, min(stage.ema, (step + 1) / (step + 10)))
            step += 1
            bar.update()
            over = step >= last or run.late
            if step % LOOK_EVERY == 0 or over:
                bar.set_postfix(loss=f"{sound(value, name, step):.4f}", refresh=False)
            if sheets.due():
                watch(average, step)
            if book.due():
                sound(value, name, step)
                book.save(step)
    if step > first:
        book.save(step)
        watch(average, step)
    return Graduate(average, book.seconds) if step >= stage.steps else None


def sound(value: Tensor, name: str, step: int) -> float:
    number = value.item()
    if not math.isfinite(number):
        raise Told(f"The loss of “{name}” is no number any more at step {step}; lower its learning rates.")
    return number


@torch.no_grad()
def keep_average(average: nn.Module, module: nn.Module, kept: float) -> None:
    foreach: Any = torch._foreach_lerp_  # pyright: ignore[reportPrivateImportUsage]
    foreach(list(average.parameters()), list(module.parameters()), 1 - kept)


class Every:
    """A clock that rings every so many minutes."""

    def __init__(self, minutes: float):
        self.seconds, self.rang = 60 * minutes, time.monotonic()

    def due(self) -> bool:
        if time.monotonic() - self.rang < self.seconds:
            return False
        self.rang = time.monotonic()
        return True


class Checkpoints:
    """Everything that a stage needs to go on, in one file."""

    def __init__(self, path: Path, saved: Mapping[str, Stateful], run: Run):
        self.path, self.saved, self.run = path, saved, run
        self.clock, self.began, self.before = Every(run.machine.save_minutes), time.monotonic(), 0.0

    @property
    def seconds(self) -> float:
        """All that the stage has taken, over its interruptions."""
        return self.before + time.monotonic() - self.began

    def resume(self) -> int:
        """The step to go on from; 0 where there is no checkpoint."""
        if not self.path.exists():
            return 0
        state = torch.load(self.path, map_location=self.run.device, weights_only=True)
        try:
            for name, part in self.saved.items():
                part.load_state_dict(state[name])
        except (RuntimeError, ValueError, KeyError) as error:
            raise Told(
                f"{self.path} is of other networks than this recipe's; remove it, and the stage begins anew."
            ) from error
        self.before = state["seconds"]
        return state["step"]

    def due(self) -> bool:
        return self.clock.due()

    def save(self, step: int) -> None:
        """Written whole or not at all: a run killed while it saves keeps its last checkpoint."""
        fresh = self.path.with_suffix(".new")
        states = {name: part.state_dict() for name, part in self.saved.items()}
        torch.save({"step": step, "seconds": self.seconds, **states}, fresh)
        fresh.replace(self.path)
