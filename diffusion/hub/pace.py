"""How long a forward takes where it runs, without waiting for it.

A card computes behind the host's back: the host's clock says how long it took to ask. So on a card the time is read
from events in the card's own stream, once they have passed; and the host asks for few forwards ahead, or a cancelled
request's would still be computed, and a newcomer's first would wait behind them.
"""

import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import torch

AHEAD = 2
"""Forwards that the host may have asked for before the first of them is done: one runs, one is ready to follow."""

Told = Callable[[float], None]


class Pace(Protocol):
    """Runs forwards and tells the seconds that each took."""

    def run(self, forward: Callable[[], Any], told: Told) -> Any:
        """What `forward` returns; `told` hears its seconds, at once or in one of the next runs."""
        ...


class HostPace:
    """Where a forward is done when it returns."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock

    def run(self, forward: Callable[[], Any], told: Told) -> Any:
        begun = self._clock()
        result = forward()
        told(self._clock() - begun)
        return result


class Mark(Protocol):
    """A place in the card's stream of work: what `torch.cuda.Event` is."""

    def record(self) -> None: ...

    def query(self) -> bool:
        """Whether the card has passed it."""
        ...

    def synchronize(self) -> None:
        """Waits until it has."""
        ...

    def elapsed_time(self, end_event: Any) -> float:
        """Milliseconds from this one to another; both were passed."""
        ...


class CardPace:
    """Where a forward goes on after it returned: CUDA."""

    def __init__(self, mark: Callable[[], Mark]) -> None:
        self._mark = mark
        self._under_way: deque[tuple[Mark, Mark, Told]] = deque()

    def run(self, forward: Callable[[], Any], told: Told) -> Any:
        self._tell()
        while len(self._under_way) >= AHEAD:
            self._under_way[0][1].synchronize()  # the card has another one to do meanwhile
            self._tell()
        begun, done = self._mark(), self._mark()
        begun.record()
        result = forward()
        done.record()
        self._under_way.append((begun, done, told))
        return result

    def _tell(self) -> None:
        while self._under_way and self._under_way[0][1].query():
            begun, done, told = self._under_way.popleft()
            told(begun.elapsed_time(done) / 1000)


def pace(device: torch.device, clock: Callable[[], float]) -> Pace:
    """That of a device; a card's has to be the current one of the thread that runs forwards."""
    if device.type != "cuda":
        return HostPace(clock)
    return CardPace(partial(torch.cuda.Event, enable_timing=True))
