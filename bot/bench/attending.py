"""How people are served by an engine: who asks when, and what each of them notes. Knows no torch and no real clock."""

import random
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import count, cycle
from typing import Protocol

from bot.bench.runs import Timing
from diffusion.request import Event, Failed, Finished, Progress, Request, Told

Clock = Callable[[], float]


class Admitting(Protocol):
    """What is needed of an engine."""

    def admit(self, key: Hashable, request: Request) -> None: ...
    def cancel(self, key: Hashable) -> None: ...
    def tick(self) -> list[tuple[Hashable, Event]]: ...


class Ringing(Protocol):
    """What is needed of a bell."""

    def wind(self, seconds: float) -> None: ...
    @property
    def rang(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class Cancels:
    waits: tuple[float, ...]
    """Seconds of each, from asking for it at any moment until the request is gone."""
    ticks: tuple[float, ...]
    """Seconds of the ticks meanwhile: nobody is heard within one."""


def attend(engine: Admitting, requests: Sequence[Request], people: int, jobs: int, clock: Clock) -> list[Timing]:
    """Serves the requests in their order, and notes when each one was asked for and seen.

    Always `people` of them have been asked for and not been served, as long as there are so many; `jobs` of those at
    most are in the engine.
    """
    asked: list[float] = []
    sights: dict[Hashable, float] = {}
    pictures: dict[Hashable, float] = {}
    admitted = 0
    while len(pictures) < len(requests):
        while len(asked) < min(len(requests), len(pictures) + people):
            asked.append(clock())
        while admitted < min(len(asked), len(pictures) + jobs):
            engine.admit(admitted, requests[admitted])
            admitted += 1
        for key, event in engine.tick():
            match event:
                case Progress(preview=preview) if preview:
                    sights.setdefault(key, clock())
                case Finished():
                    pictures[key] = clock()
                case Failed():
                    raise _failed(event)
    return [Timing(sights.get(key, pictures[key]) - moment, pictures[key] - moment) for key, moment in enumerate(asked)]


def cancelled(engine: Admitting, requests: Sequence[Request], number: int, bell: Ringing, clock: Clock) -> Cancels:
    """So many cancels, each of the request that is under way for longest, whose place the next of them takes.

    The bell says when; it is wound for a moment within the next two ticks.
    """
    moments, keys, following = random.Random(0), count(), cycle(requests)
    under_way: list[Hashable] = []
    waits: list[float] = []
    ticks: list[float] = []

    def admit() -> None:
        key = next(keys)
        engine.admit(key, next(following))
        under_way.append(key)

    for _ in requests:
        admit()
    while len(waits) < number:
        begun = clock()
        events = engine.tick()
        ticks.append(clock() - begun)
        for key, event in events:
            if isinstance(event, Failed):
                raise _failed(event)
            if isinstance(event, Finished):
                under_way.remove(key)
                admit()
        if (asked := bell.rang) is not None:
            engine.cancel(under_way.pop(0))
            waits.append(clock() - asked)
            admit()
        if asked is not None or len(ticks) == 1:
            bell.wind(moments.random() * 2 * ticks[-1])
    for key in under_way:
        engine.cancel(key)
    return Cancels(tuple(waits), tuple(ticks))


def _failed(event: Failed) -> Told:
    return Told(f"The benchmark's request failed: {event.reason}")
