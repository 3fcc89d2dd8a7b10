"""How people are served and cancel, by a scripted clock and an engine whose ticks take one second."""

from collections.abc import Hashable
from dataclasses import replace

import pytest

from bot.bench.attending import attend, cancelled
from bot.bench.people import MIXED, mix, mixed, usual
from bot.bench.runs import Timing
from diffusion.registry import ModelSpec
from diffusion.request import Event, Failed, Finished, Progress, Request, Told

SPEC = ModelSpec(name="mini", source="builtin", size=128, steps=20, guidance=4.0, sampler="DDIM")
FINISHED = Finished(pictures=(), seconds=0.0, device="cpu")


class Ticking:
    """Takes as many ticks for a request as it has steps; shows a preview after the second, unless that is the last."""

    def __init__(self) -> None:
        self.now = 0.0
        self.left: dict[Hashable, int] = {}
        self.done: dict[Hashable, int] = {}
        self.most = 0
        self.cancelled: list[Hashable] = []
        self.failing = False

    def clock(self) -> float:
        return self.now

    def admit(self, key: Hashable, request: Request) -> None:
        self.left[key], self.done[key] = request.steps, 0
        self.most = max(self.most, len(self.left))

    def cancel(self, key: Hashable) -> None:
        del self.left[key]
        self.cancelled.append(key)

    def tick(self) -> list[tuple[Hashable, Event]]:
        self.now += 1.0
        return [event for key in list(self.left) if (event := self._step(key))]

    def _step(self, key: Hashable) -> tuple[Hashable, Event]:
        self.left[key] -= 1
        self.done[key] += 1
        if self.failing:
            return key, Failed(reason="the card is on fire")
        if self.left[key]:
            return key, Progress(done=1, total=2, preview=b"preview" if self.done[key] == 2 else b"")
        del self.left[key]
        return key, FINISHED


class Alarm:
    """Rings on the engine's clock."""

    def __init__(self, engine: Ticking) -> None:
        self.engine = engine
        self.at = float("inf")
        self.wound: list[float] = []

    def wind(self, seconds: float) -> None:
        self.at = self.engine.now + seconds
        self.wound.append(seconds)

    @property
    def rang(self) -> float | None:
        return self.at if self.at <= self.engine.now else None


def asking(*steps: int) -> list[Request]:
    return [replace(usual(SPEC, (128, 128)), steps=each) for each in steps]


def test_the_next_one_asks_as_soon_as_somebody_is_served():
    engine = Ticking()
    timings = attend(engine, asking(3, 5, 2), people=2, jobs=8, clock=engine.clock)
    assert timings == [Timing(2.0, 3.0), Timing(2.0, 5.0), Timing(2.0, 2.0)]  # the third asked at 3
    assert engine.now == 5.0


def test_whoever_finds_the_engine_full_waits_and_that_counts():
    engine = Ticking()
    timings = attend(engine, asking(3, 5), people=2, jobs=1, clock=engine.clock)
    assert timings == [Timing(2.0, 3.0), Timing(5.0, 8.0)]
    assert engine.most == 1


def test_a_request_that_fails_ends_the_measurement_with_its_reason():
    engine = Ticking()
    engine.failing = True
    with pytest.raises(Told, match="the card is on fire"):
        attend(engine, asking(3), people=1, jobs=1, clock=engine.clock)
    with pytest.raises(Told, match="the card is on fire"):
        cancelled(engine, asking(3), 1, Alarm(engine), engine.clock)


def test_a_cancel_waits_for_the_tick_in_which_it_comes_and_no_longer():
    engine = Ticking()
    alarm = Alarm(engine)
    cancels = cancelled(engine, asking(50, 50, 4), 6, alarm, engine.clock)
    assert len(cancels.waits) == 6
    assert all(0 <= wait < 1.0 for wait in cancels.waits)
    assert cancels.waits[0] == pytest.approx(-alarm.wound[0] % 1.0)
    assert max(alarm.wound) > 1.0  # moments of more than one tick
    assert set(cancels.ticks) == {1.0}
    assert engine.cancelled[:2] == [0, 1]  # the longest first
    assert engine.most == 3
    assert not engine.left  # nobody is left behind


def test_mixed_people_ask_for_different_things_and_the_ninth_as_the_first_but_for_the_seed():
    requests = mixed(SPEC, (128, 64), 9)
    assert len({(request.sampler, request.steps) for request in requests}) == 8
    assert requests[8] == replace(requests[0], seed=8)
    assert {(request.width, request.height) for request in requests} == {(128, 64)}


def test_people_ask_for_the_models_own_sampler_and_few_steps_where_it_has_no_others():
    turbo = replace(SPEC, sampler="LCM", steps=4)
    assert mix(turbo, {"Euler"})[:4] == [("LCM", 4), ("Euler", 3), ("LCM", 5), ("LCM", 4)]
    everything = {sampler for sampler, _ in MIXED}
    assert tuple(mix(SPEC, everything)) == tuple(mix(replace(SPEC, steps=30), everything)) == MIXED


def test_a_part_of_the_steps_is_never_fewer_than_two():
    assert [request.steps for request in mixed(SPEC, (128, 128), 3, part=0.1)] == [2, 2, 2]
    assert usual(SPEC, (128, 128), part=0.5).steps == 10
