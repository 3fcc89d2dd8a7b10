"""Darkroom's engine, in a process of its own: people ask at once, and each of them notes when something came.

It is the engine without pipe and chat, so that both sides are measured by what happens in their own process.
"""

import time
from collections.abc import Mapping, Sequence

from bot.bench import memory
from bot.bench.attending import Cancels, attend, cancelled
from bot.bench.bell import Bell
from bot.bench.runs import Run
from bot.bench.stopwatch import Stopwatch
from diffusion.registry import Hardware, ModelSpec
from diffusion.request import Request
from diffusion.settings import EngineSettings


class Shared:
    """The engine with the settings of config.toml, `jobs` requests in it at the same time."""

    def __init__(self, specs: Mapping[str, ModelSpec], settings: EngineSettings, jobs: int) -> None:
        import torch

        from diffusion.engine import Engine

        if settings.threads:
            torch.set_num_threads(settings.threads)
        self._engine = Engine(specs, settings)
        self._stopwatch = Stopwatch(self._engine)
        self._device = settings.devices[0] if settings.devices[0] != "auto" else self._engine.hardware.device
        self._jobs = jobs

    def hardware(self) -> Hardware:
        return self._engine.hardware

    def run(self, requests: Sequence[Request], people: int, exactly: bool = False) -> Run:
        """`exactly` waits for a card after each forward, so that the shares tell what it computes; that costs time."""
        self._stopwatch.wait = self._finish if exactly else lambda: None
        self._stopwatch.reset()
        begun = time.perf_counter()
        timings = attend(self._engine, requests, people, self._jobs, time.perf_counter)
        return Run(people, time.perf_counter() - begun, tuple(timings), self._stopwatch.shares())

    def cancels(self, requests: Sequence[Request], number: int) -> Cancels:
        """So many, while `requests` are under way."""
        return cancelled(self._engine, requests, number, Bell(), time.perf_counter)

    def memory(self) -> int:
        """Bytes at most since `forget_memory`."""
        return memory.peak(self._device)

    def forget_memory(self) -> None:
        memory.reset(self._device)

    def _finish(self) -> None:
        import torch

        from bot.bench.floor import finish

        finish(torch.device(self._device))
