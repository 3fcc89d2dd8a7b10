"""Tells where an engine's time goes: what its hub counts, and of the forwards each module's own."""

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import astuple
from functools import wraps
from typing import TYPE_CHECKING, Any

from bot.bench.shares import Shares

if TYPE_CHECKING:
    from diffusion.engine import Engine


class Stopwatch:
    """Made before the engine's first model is loaded: it stands between the hub and the modules that it will share."""

    def __init__(self, engine: "Engine") -> None:
        self.wait: Callable[[], None] = lambda: None
        """Called after each forward, within its time: lets a card finish where one wants to know how long it takes."""
        self._engine = engine
        self._forwards: defaultdict[str, float] = defaultdict(float)
        self._ticks = 0.0
        engine.hub.share = self._watched(engine.hub.share)
        engine.tick = self._timed(engine.tick)
        self.reset()

    def reset(self) -> None:
        self._begun = time.perf_counter()
        self._before = astuple(self._engine.hub.seconds)
        self._forwards.clear()
        self._ticks = 0.0

    def shares(self) -> Shares:
        """Of all since the last reset."""
        now = astuple(self._engine.hub.seconds)
        _, strands, hub = spent = [after - before for after, before in zip(now, self._before, strict=True)]
        wall = time.perf_counter() - self._begun
        return Shares(wall, dict(self._forwards), strands, hub, engine=self._ticks - sum(spent))

    def _timed(self, tick: Callable[[], Any]) -> Callable[[], Any]:
        @wraps(tick)
        def timed() -> Any:
            begun = time.perf_counter()
            try:
                return tick()
            finally:
                self._ticks += time.perf_counter() - begun

        return timed

    def _watched(self, share: Callable[..., None]) -> Callable[..., None]:
        @wraps(share)
        def watched(module: Any, **options: Any) -> None:
            module.forward = self._timed_forward(module.forward, type(module).__name__)
            share(module, **options)

        return watched

    def _timed_forward(self, forward: Callable[..., Any], name: str) -> Callable[..., Any]:
        @wraps(forward)
        def timed(*args: Any, **kwargs: Any) -> Any:
            begun = time.perf_counter()
            try:
                return forward(*args, **kwargs)
            finally:
                self.wait()
                self._forwards[name] += time.perf_counter() - begun

        return timed
