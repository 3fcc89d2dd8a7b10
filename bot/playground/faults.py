"""What can go wrong between the bot and Discord, on demand. Knows which requests it strikes; `api.py` strikes."""

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class Limited:
    """429 with a time to wait."""

    retry_after: float = 0.1
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class Broken:
    """An error of the server; nothing is carried out."""

    status: int = 500


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset before anything is carried out."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The request is carried out, and then the connection is reset instead of an answer."""


@dataclass(frozen=True, slots=True)
class Slow:
    """The request waits before it is carried out."""

    seconds: float


Fault = Limited | Broken | Reset | Lost | Slow


@dataclass(slots=True)
class _Planned:
    method: str
    path: str
    fault: Fault
    times: int


class Faults:
    """Strikes the next requests that match; what was planned first comes first."""

    def __init__(self) -> None:
        self._planned: list[_Planned] = []

    def plan(self, method: str, path: str, fault: Fault, *, times: int = 1) -> None:
        """`method` and `path` (below /api/v10) may hold `*`: `plan("POST", "/channels/*/messages", Broken(502))`."""
        self._planned.append(_Planned(method, path, fault, times))

    def strike(self, method: str, path: str) -> Fault | None:
        """The fault of this request, which is used up by it."""
        for planned in self._planned:
            if planned.times and fnmatchcase(method, planned.method) and fnmatchcase(path, planned.path):
                planned.times -= 1
                return planned.fault
        return None

    def left(self) -> int:
        """How many strikes have not happened."""
        return sum(planned.times for planned in self._planned)

    def clear(self) -> None:
        self._planned.clear()
