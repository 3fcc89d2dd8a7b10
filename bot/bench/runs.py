"""A run: people who ask at the same time, and when each of them saw something. Arithmetic only."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from bot.bench.shares import Shares


@dataclass(frozen=True, slots=True)
class Timing:
    """One picture; seconds from the moment when it was asked for."""

    sight: float
    """To the first preview, or to the picture where none came before it."""
    picture: float


@dataclass(frozen=True, slots=True)
class Run:
    """Pictures for so many people, each of whom asks for the next one as soon as one of them has been served."""

    people: int
    seconds: float
    """From the first question to the last picture."""
    timings: tuple[Timing, ...]
    shares: Shares | None = None
    """Where the time went; nothing for plain diffusers."""

    @property
    def rate(self) -> float:
        """Pictures per second."""
        return len(self.timings) / self.seconds

    @property
    def sights(self) -> list[float]:
        return [timing.sight for timing in self.timings]

    @property
    def pictures(self) -> list[float]:
        return [timing.picture for timing in self.timings]


def one_after_another(durations: Sequence[float], people: int) -> Run:
    """The run of whoever serves one request after the other, in the order of asking, by what each of them took alone.

    The first so many people ask at the beginning; whoever comes after them asks when the next picture is done.
    """
    ends = list(accumulate(durations))
    waits = [end - (ends[index - people] if index >= people else 0.0) for index, end in enumerate(ends)]
    return Run(people, ends[-1], tuple(Timing(wait, wait) for wait in waits))


def percentile(values: Sequence[float], percent: float) -> float:
    """Between the two nearest of the values, as numpy does it; at least one value."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def middle(runs: Sequence[Run]) -> Run:
    """Of several runs the one whose rate is the median; of an even number the slower one in the middle."""
    return sorted(runs, key=lambda run: run.rate)[(len(runs) - 1) // 2]


def spread(values: Sequence[float]) -> tuple[float, float]:
    """Median and 95th percentile."""
    return statistics.median(values), percentile(values, 95)
