"""Discord's ids: milliseconds since 2015 in the upper bits, a counter below. Knows nothing of what they name."""

from collections.abc import Callable

EPOCH_MS = 1_420_070_400_000


class Snowflakes:
    """Draws ids that only ever grow, even when the clock stands still or steps back."""

    def __init__(self, clock: Callable[[], float], last: int = 0):
        self._clock = clock
        self._last = last

    def draw(self) -> int:
        self._last = max(self._last + 1, moment(self._clock()))
        return self._last


def moment(seconds: float) -> int:
    """The smallest id that can be drawn at a Unix time."""
    return (int(seconds * 1000) - EPOCH_MS) << 22


def drawn_at(snowflake: int) -> float:
    """The Unix time at which an id was drawn."""
    return ((snowflake >> 22) + EPOCH_MS) / 1000
