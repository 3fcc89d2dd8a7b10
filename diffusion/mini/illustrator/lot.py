"""Scenes drawn by lot from a seed, every noun, colour, style, setting, count and relation as often as its neighbours.

A scene for training never holds a held-out combination; one for the score holds exactly the asked kind of them.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from .colours import ALIKE, COLOURS
from .held import held_in
from .noun import Habit
from .nouns import NOUNS, TOPICS
from .scene import (
    BACKGROUNDS,
    HOURS,
    LANDS,
    PLACES,
    PLAIN,
    RELATIONS,
    SPACE,
    STYLES,
    Group,
    Scene,
    Setting,
    lost,
)

Kind = Literal["single", "several", "related", "together", "empty"]
MIX: dict[Kind, float] = {"single": 0.38, "several": 0.18, "related": 0.35, "together": 0.06, "empty": 0.03}
STYLE_SHARES = {"flat": 0.4} | dict.fromkeys(STYLES[1:], 0.12)
OWN_COLOUR = 0.3
"""How often a noun has a colour that it has by itself."""

RELATION_SHARES = dict.fromkeys(RELATIONS, 1.0) | {"above": 1.4, "below": 1.4, "on": 1.2, "behind": 1.6}
"""Those that few nouns can stand in are drawn more often, so that as many come of it."""
TRIES = 8
"""How many pairs of nouns are drawn for a relation before it is given up."""

AT_HOME: dict[Habit, tuple[str, ...]] = {
    "stands": LANDS,
    "flies": (*LANDS, SPACE),
    "hovers": (*LANDS, SPACE),
    "sails": ("sea",),
    "swims": ("sea",),
}
"""The settings in which a noun of this habit is shown; on a plain colour all are."""
IN_SPACE = (
    "robot",
    "cat",
    "dog",
    "whale",
    "octopus",
    "penguin",
    "donut",
    "castle",
    "elephant",
    "fish",
    "bicycle",
    "boat",
)
"""What floats in space as well, because people ask for it."""


def scene_of(seed: int, *, held: str = "", style: str = "", kind: Kind | None = None) -> Scene:
    """The scene of a seed: one that training may see, or one that is held out by its “colour”, “style” or “relation”.

    A style or kind that is given is kept.
    """
    wanted = frozenset([held] if held else [])
    rng = random.Random(f"scene {seed}")
    while True:
        scene = Lot(rng, seed).scene(style, kind)
        if scene is not None and held_in(scene) == wanted:
            return scene


@dataclass
class Lot:
    """Draws one scene; gives None where the lots do not fit together."""

    rng: random.Random
    seed: int
    style: str = ""

    def scene(self, style: str, kind: Kind | None) -> Scene | None:
        rng = self.rng
        setting = self.setting()
        self.style = style = style or rng.choices(list(STYLE_SHARES), list(STYLE_SHARES.values()))[0]
        kind = kind or rng.choices(list(MIX), list(MIX.values()))[0]
        if kind == "empty" and setting.land == PLAIN:
            return None
        found = ARRANGE[kind](self, setting)
        if found is None:
            return None
        groups, place, relation = found
        scene = Scene(self.seed, setting, groups, style, place, relation, self.extras(setting, groups))
        return None if any(lost(group, setting, style) for group in groups) else scene

    def setting(self) -> Setting:
        chance = self.rng.random()
        if chance < 0.36:
            return Setting(PLAIN, colour=self.rng.choice(BACKGROUNDS))
        if chance < 0.44:
            return Setting(SPACE)
        return Setting(self.rng.choice(LANDS), self.rng.choices(HOURS, (0.46, 0.27, 0.27))[0])

    def extras(self, setting: Setting, groups: Sequence[Group]) -> tuple[str, ...]:
        if not setting.is_land:
            return ()
        nouns = {group.noun for group in groups}
        light = {"day": ("sun",), "night": ("moon",)}.get(setting.hour, ())
        rows = [(name, 0.4) for name in light] + [("clouds", 0.3)]
        if setting.land in ("meadow", "snow", "sea", "desert"):
            rows.append(("mountains", 0.18))
        return tuple(name for name, share in rows if self.rng.random() < share and name.removesuffix("s") not in nouns)

    def noun(self, setting: Setting, fits: Callable[[str], bool] = lambda noun: True) -> str | None:
        """A noun that is found here; first the topic, so that the many shapes do not crowd out the few faces."""
        free = [
            [name for name in topic if (setting.land == PLAIN or found_in(name, setting.land)) and fits(name)]
            for topic in TOPICS.values()
        ]
        free = [topic for topic in free if topic]
        if not free:
            return None
        (topic,) = self.rng.choices(free, [len(topic) ** 0.7 for topic in free])
        return self.rng.choice(topic)

    def group(self, noun: str, size: str, count: int = 1) -> Group:
        own = self.rng.random() < OWN_COLOUR
        return Group(noun, self.rng.choice(NOUNS[noun].usual if own else list(COLOURS)), size, count)

    def size(self, count: int = 1) -> str:
        sizes = SIZES_BY_COUNT[count]
        if self.style == "pixel art" and len(sizes) > 2:
            sizes = [size for size in sizes if size != "small"]  # too few squares to be known by
        return self.rng.choice(sizes)

    def single(self, setting: Setting) -> "Found":
        noun = self.noun(setting)
        if noun is None:
            return None
        place = self.rng.choice(places_for(noun, setting)) if self.rng.random() < 0.6 else ""
        return (self.group(noun, self.size()),), place, ""

    def several(self, setting: Setting) -> "Found":
        noun = self.noun(setting)
        if noun is None:
            return None
        count = self.rng.choice((2, 3, 4))
        hovers = NOUNS[noun].habit == "hovers" or not setting.is_land
        place = self.rng.choice(("top", "bottom")) if hovers and self.rng.random() < 0.25 else ""
        return (self.group(noun, self.size(count), count),), place, ""

    def related(self, setting: Setting) -> "Found":
        (relation,) = self.rng.choices(list(RELATION_SHARES), list(RELATION_SHARES.values()))
        tries = (self.pair(setting, relation) for _ in range(TRIES))
        return next((found for found in tries if found), None)

    def together(self, setting: Setting) -> "Found":
        """Two things side by side, of which nobody says where they are."""
        return self.pair(setting, "")

    def pair(self, setting: Setting, relation: str) -> "Found":
        first, second = self.noun(setting), self.noun(setting, lambda noun: relation != "on" or carries(noun))
        if first is None or second is None or not relates(first, relation, second, setting):
            return None
        one = self.group(first, self.size(2))
        other = self.group(second, self.size(2))
        if relation == "between":
            return self.between(setting, one, other)
        if relation in ("on", "behind"):
            one, other = self.group(first, "medium"), self.group(second, "large" if relation == "on" else "medium")
            if frozenset((one.colour, other.colour)) in ALIKE or one.colour == other.colour:
                return None
        return None if one.noun == other.noun and one.colour == other.colour else ((one, other), "", relation)

    def between(self, setting: Setting, one: Group, other: Group) -> "Found":
        """Between two that are alike, or between two that are not."""
        one, size = self.group(one.noun, "small"), "small"
        if self.rng.random() < 0.35:
            return (one, self.group(other.noun, size, 2)), "", "between"
        third = self.noun(setting, lambda noun: relates(one.noun, "between", noun, setting))
        if third is None or len({one.noun, other.noun, third}) < 3:
            return None
        return (one, self.group(other.noun, size), self.group(third, size)), "", "between"

    def empty(self, setting: Setting) -> "Found":
        return (), "", ""


Found = tuple[tuple[Group, ...], str, str] | None
"""The groups, their place and their relation."""
ARRANGE: dict[Kind, Callable[[Lot, Setting], Found]] = {
    "single": Lot.single,
    "several": Lot.several,
    "related": Lot.related,
    "together": Lot.together,
    "empty": Lot.empty,
}
SIZES_BY_COUNT = {
    1: ("small", "medium", "medium", "large"),
    2: ("small", "medium", "large"),
    3: ("small", "medium"),
    4: ("small",),
}
"""What there is room for."""


def found_in(noun: str, land: str) -> bool:
    if land == "sea" and NOUNS[noun].habit == "stands":
        return noun not in ("car", "bus", "truck", "train", "bicycle", "skyscraper", "mountain", "elephant")
    return land in AT_HOME[NOUNS[noun].habit] or (land == SPACE and noun in IN_SPACE)


def carries(noun: str) -> bool:
    return NOUNS[noun].carries is not None


def places_for(noun: str, setting: Setting) -> Sequence[str]:
    """Where a single noun can be in this setting."""
    if not setting.is_land:
        return PLACES
    match NOUNS[noun].habit:
        case "hovers":
            return PLACES
        case "flies":
            return ("left", "right", "top", "top left", "top right")
        case _:
            return ("left", "right", "centre")


def relates(first: str, relation: str, second: str, setting: Setting) -> bool:
    """Whether the two nouns can be drawn in this relation here."""
    one, other, land = NOUNS[first].habit, NOUNS[second].habit, setting.is_land
    if first == second:
        return False
    match relation:
        case "above":
            return not land or one in ("flies", "hovers")
        case "below":
            return not land or other in ("flies", "hovers")
        case "on":
            return other in ("stands", "hovers") and one in ("stands", "hovers") and NOUNS[first].scale < 1.2
        case "behind":
            return (not land or one == other) and NOUNS[first].scale >= NOUNS[second].scale
        case _:
            return not land or one == other or {one, other} <= {"stands", "hovers", "sails", "flies"}
