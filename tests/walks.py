"""What tests let a hub run: a module that counts its rows, programs that walk through it, a clock that they move."""

from collections.abc import Callable
from typing import Any

import torch

from diffusion.hub.sharing import Hub


class Module(torch.nn.Module):
    """Rows in, rows out; remembers how many rows each forward had."""

    def __init__(self, clock: "Clock | None" = None, seconds: float = 0.0) -> None:
        super().__init__()
        self.rows: list[int] = []
        self._clock = clock
        self._seconds = seconds

    def forward(self, sample: torch.Tensor, timestep: Any, *, ids: Any = None, factor: float = 1.0, more: Any = None):
        if (sample == 13).any():
            raise ValueError("thirteen")
        self.rows.append(len(sample))
        if self._clock:
            self._clock.now += self._seconds
        shift = torch.as_tensor(timestep).reshape(-1, *[1] * (sample.ndim - 1))
        return (sample * factor + shift + (0 if ids is None else ids.sum()),)


class Clock:
    """Time that passes only when a module says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def walk(module: Module, steps: int, value: float = 0.0, rows: int = 1, **more: Any) -> Callable[[], torch.Tensor]:
    """A program that adds 0 + 1 + 2 + … in `steps` calls."""

    def program() -> torch.Tensor:
        sample = torch.full((rows, 2), value)
        for step in range(steps):
            sample = module(sample, torch.tensor(step), **more)[0]
        return sample

    return program


def finish(hub: Hub) -> None:
    while hub.busy:
        hub.tick()
