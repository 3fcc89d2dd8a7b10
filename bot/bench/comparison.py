"""The two sides in turns, for one size of the pictures, so that whatever else this machine does meets both."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.bench.attending import Cancels
from bot.bench.away import Away
from bot.bench.floor import Floor, Work, card_rate
from bot.bench.people import Mix, Size, mixed, usual
from bot.bench.plain import Made, Plain
from bot.bench.plan import Plan
from bot.bench.runs import Run, middle, one_after_another
from bot.bench.shared import Shared
from bot.bench.shares import Shares
from diffusion.registry import Hardware, ModelSpec
from diffusion.request import Request

BATCHES = (1, 2, 4, 8, 16)
"""Rows in one forward of the bare denoiser."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Sides:
    """Both of them, each in its process."""

    plain: Away
    shared: Away
    hardware: Hardware
    jobs: int
    """Requests that the engine has at the same time."""
    mix: Mix
    """What people ask for."""


@dataclass(frozen=True, slots=True)
class Alone:
    """One picture with the model's own settings, by turns; seconds."""

    plain: tuple[float, ...]
    shared: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """Above 1 where Darkroom is faster: the median over the turns, each of which is one machine's one moment."""
        return statistics.median(plain / shared for plain, shared in zip(self.plain, self.shared, strict=True))


@dataclass(frozen=True, slots=True)
class Level:
    """So many people, served by either side; by rounds."""

    people: int
    plain: tuple[Run, ...]
    shared: tuple[Run, ...]

    @property
    def ratio(self) -> float:
        """Above 1 where Darkroom makes more pictures per second."""
        return statistics.median(ours.rate / theirs.rate for ours, theirs in zip(self.shared, self.plain, strict=True))

    @property
    def typical(self) -> tuple[Run, Run]:
        """Plain diffusers' and Darkroom's median run."""
        return middle(self.plain), middle(self.shared)


@dataclass(frozen=True, slots=True)
class Profile:
    """What bounds the ratio."""

    people: int
    shares: Shares
    rows: dict[int, float]
    """Seconds of the bare denoiser's forward, by the rows in it."""


@dataclass(frozen=True, slots=True)
class Comparison:
    size: Size
    alone: Alone
    levels: tuple[Level, ...]
    cancelled_among: int
    """People at once."""
    cancels: Cancels
    memory: tuple[int, int]
    """Bytes at most, of plain diffusers and of Darkroom with the most people."""
    floor: Floor
    profile: Profile | None = None


def compare(sides: Sides, spec: ModelSpec, size: Size, plan: Plan, say: Say) -> Comparison:
    for side, kind in ((sides.plain, Plain), (sides.shared, Shared)):
        side(kind.forget_memory)
    say(f"{size[0]}x{size[1]}, a picture alone")
    alone = one_person(sides, usual(spec, size, plan.part), plan)
    levels, made = [], []
    for people in plan.people:
        say(f"{size[0]}x{size[1]}, {people} at once")
        level, theirs = at_once(
            sides, mixed(spec, size, max(people, plan.pictures), plan.part, sides.mix), people, plan.rounds
        )
        levels.append(level)
        made += theirs
    memory = sides.plain(Plain.memory), sides.shared(Shared.memory)
    say(f"{size[0]}x{size[1]}, cancels")
    among = min(plan.people[-1], sides.jobs)
    cancels: Cancels = sides.shared(Shared.cancels, mixed(spec, size, among, mix=sides.mix), plan.cancels)
    say(f"{size[0]}x{size[1]}, the floor")
    work: Work = replace(sides.plain(Plain.work, size), rows=tuple(one.rows for one in made))
    floor = Floor(work, *_rate(sides))
    return Comparison(size, alone, tuple(levels), among, cancels, memory, floor, _profile(sides, spec, size, plan, say))


def one_person(sides: Sides, request: Request, plan: Plan) -> Alone:
    """The same picture by either side, whose turn comes first by turns; the first pictures do not count."""
    plain, shared = [], []
    for turn in range(-1, plan.turns):
        for ours in (False, True) if turn % 2 else (True, False):
            if ours:
                shared.append(sides.shared(Shared.run, [request], 1).seconds)
            else:
                plain.append(sides.plain(Plain.develop, [request])[0].seconds)
    return Alone(tuple(plain[1:]), tuple(shared[1:]))


def at_once(sides: Sides, requests: Sequence[Request], people: int, rounds: int) -> tuple[Level, list[Made]]:
    """So many people by either side; and what plain diffusers made. Two steps of everybody go before, uncounted."""
    short = [replace(request, steps=2) for request in requests[:people]]
    sides.shared(Shared.run, short, people)
    plain, shared = [], []
    made: list[Made] = []
    for turn in range(rounds):
        for ours in (False, True) if turn % 2 == 0 else (True, False):
            if ours:
                shared.append(sides.shared(Shared.run, requests, people))
            else:
                made = sides.plain(Plain.develop, requests)
                plain.append(one_after_another([one.seconds for one in made], people))
    return Level(people, tuple(plain), tuple(shared)), made


def _rate(sides: Sides) -> tuple[float, str]:
    hardware = sides.hardware
    known = card_rate(hardware.name, hardware.dtype)
    return known or (sides.plain(Plain.rate), "what a large matrix product reaches, measured here")


def _profile(sides: Sides, spec: ModelSpec, size: Size, plan: Plan, say: Say) -> Profile | None:
    if not plan.profile:
        return None
    say(f"{size[0]}x{size[1]}, where the time goes")
    people = min(plan.people[-1], sides.jobs)
    run: Run = sides.shared(Shared.run, mixed(spec, size, people, plan.part, sides.mix), people, True)
    assert run.shares
    return Profile(people, run.shares, {rows: sides.plain(Plain.forward_seconds, size, rows) for rows in BATCHES})
