"""Those who cannot share take turns: equal time for everybody, and a newcomer's first step soon."""

import pytest

from diffusion.hub.pace import HostPace
from diffusion.hub.sharing import Hub
from tests.walks import Clock, Module, walk


def shares_of_time(people: dict[str, Module], clock: Clock, until: float) -> dict[str, float]:
    """How much of the clock each owner had when all of them want more than there is."""
    hub, used = Hub(rows=4, pace=HostPace(clock)), dict.fromkeys(people, 0.0)
    for owner, module in people.items():
        hub.share(module)
        hub.start(walk(module, 10_000), owner)
    while clock.now < until:
        before = {owner: len(module.rows) for owner, module in people.items()}
        begun = clock.now
        hub.tick()
        for owner, module in people.items():
            used[owner] += (clock.now - begun) if len(module.rows) > before[owner] else 0
    return used


def test_those_who_cannot_share_get_equal_time() -> None:
    clock = Clock()
    used = shares_of_time({"heavy": Module(clock, 3.0), "light": Module(clock, 0.5)}, clock, until=120)
    assert used["heavy"] == pytest.approx(used["light"], rel=0.1)


def test_a_newcomer_neither_waits_nor_takes_over() -> None:
    clock = Clock()
    old, new = Module(clock, 1.0), Module(clock, 1.0)
    hub = Hub(rows=4, pace=HostPace(clock))
    hub.share(old)
    hub.share(new)
    hub.start(walk(old, 10_000), "old")
    for _ in range(50):
        hub.tick()
    hub.start(walk(new, 10_000), "new")
    for _ in range(10):
        hub.tick()
    assert len(new.rows) == 5
    assert len(old.rows) == 55


def test_many_pictures_of_one_owner_do_not_starve_another() -> None:
    clock = Clock()
    module, other = Module(clock, 1.0), Module(clock, 1.0)
    hub = Hub(rows=1, pace=HostPace(clock))
    hub.share(module)
    hub.share(other)
    for _ in range(9):
        hub.start(walk(module, 10_000), "nine pictures")
    hub.start(walk(other, 10_000), "one picture")
    for _ in range(40):
        hub.tick()
    assert len(other.rows) == pytest.approx(20, abs=1)


def test_a_newcomer_takes_its_first_step_soon_however_long_and_many_the_others_are() -> None:
    clock = Clock()
    hub = Hub(rows=4, pace=HostPace(clock))
    for number in range(6):
        module = Module(clock, seconds=1.0 + number)
        hub.share(module)
        hub.start(walk(module, 10_000), number)
    for _ in range(500):
        hub.tick()
    encoder, denoiser = Module(clock, 0.1), Module(clock, 1.0)
    hub.share(encoder, weight=0)
    hub.share(denoiser)

    def program() -> None:
        for value in range(4):  # two encoders, for the prompt and the negative one
            walk(encoder, 1, value=float(value))()
        walk(denoiser, 100)()

    hub.start(program, "newcomer")
    ticks = 0
    while not denoiser.rows:
        hub.tick()
        ticks += 1
    assert ticks <= 2


def test_an_endless_row_of_short_ones_keeps_nobody_from_getting_on() -> None:
    clock = Clock()
    old, new = Module(clock, 1.0), Module(clock, 1.0)
    hub = Hub(rows=1, pace=HostPace(clock))
    hub.share(old)
    hub.share(new)
    hub.start(walk(old, 10_000), "old")
    short = [hub.start(walk(new, 1), number) for number in range(3)]
    for number in range(3, 103):
        hub.tick()
        if ended := [strand for strand in short if strand.ended]:
            short.remove(ended[0])
            short.append(hub.start(walk(new, 1), number))
    assert len(old.rows) >= 0.8 * 100 / 4


def test_light_forwards_take_no_turn() -> None:
    hub, light, heavy = Hub(rows=16), Module(), Module()
    hub.share(light, weight=0)
    hub.share(heavy)
    hub.start(walk(heavy, 3), "old")
    hub.tick()
    hub.start(lambda: (walk(light, 3)(), walk(heavy, 2)()), "new")
    hub.tick()
    assert light.rows == [1, 1, 1]
    assert heavy.rows == [1, 2]
