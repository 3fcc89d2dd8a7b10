"""How long a forward took is told without waiting for it, and the host never asks for too many ahead."""

from dataclasses import dataclass, field
from typing import Any

from diffusion.hub.pace import AHEAD, CardPace, HostPace


@dataclass
class Stream:
    """A card's work: what was asked for and what is done, in seconds of its own."""

    asked: float = 0.0
    done: float = 0.0
    waits: list[float] = field(default_factory=list)

    def mark(self) -> "Place":
        return Place(self)


class Place:
    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.at = 0.0

    def record(self) -> None:
        self.at = self._stream.asked

    def query(self) -> bool:
        return self._stream.done >= self.at

    def synchronize(self) -> None:
        self._stream.waits.append(self.at)
        self._stream.done = max(self._stream.done, self.at)

    def elapsed_time(self, end_event: Any) -> float:
        assert self.query()
        assert end_event.query()
        return (end_event.at - self.at) * 1000


def ask(stream: Stream, seconds: float) -> str:
    stream.asked += seconds
    return "asked"


def test_a_card_is_asked_for_two_forwards_ahead_and_no_more() -> None:
    stream, told = Stream(), []
    pace = CardPace(stream.mark)
    for number in range(5):
        assert pace.run(lambda: ask(stream, 2.0), told.append) == "asked"
        assert stream.asked - stream.done <= AHEAD * 2.0
        assert len(stream.waits) == max(0, number + 1 - AHEAD)
    assert told == [2.0] * (5 - AHEAD)


def test_a_card_that_keeps_up_is_never_waited_for() -> None:
    stream, told = Stream(), []
    pace = CardPace(stream.mark)
    for seconds in (1.0, 2.0, 3.0):
        pace.run(lambda seconds=seconds: ask(stream, seconds), told.append)
        stream.done = stream.asked
    assert stream.waits == []
    assert told == [1.0, 2.0]  # of the last one nobody has asked yet


def test_on_a_host_it_is_told_at_once() -> None:
    now, told = iter((10.0, 12.5)), []
    assert HostPace(lambda: next(now)).run(lambda: 7, told.append) == 7
    assert told == [2.5]
