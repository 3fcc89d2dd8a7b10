"""Gives every thing of a scene its place. Lengths are in units of the picture's shorter side; y grows downwards.

In a landscape things stand on the ground, fly in the sky, sail on the water; on plain colours and in space all hover.
"""

import random
from dataclasses import dataclass, replace
from functools import cached_property

from .noun import Habit
from .nouns import NOUNS, half_sides
from .scene import Group, Scene

RADII = {"small": (0.10, 0.125), "medium": (0.16, 0.195), "large": (0.255, 0.32)}
"""Half of a thing's longer side, smallest and largest, before the noun's own scale."""
EDGE = 0.025
"""The least distance from the picture's edge."""
HIDDEN = 0.66
"""How much of the narrower one's width two things share when one is behind the other."""
SIDEWARD = {"left": (0.27, 0.0), "right": (0.73, 0.0), "top": (0.0, 0.25), "bottom": (0.0, 0.75)}


@dataclass(frozen=True)
class Spot:
    """One thing: the middle of its box, half of its longer side, which of the scene's groups it is of."""

    group: int
    noun: str
    colour: str
    x: float
    y: float
    radius: float
    habit: Habit
    mirrored: bool = False

    @property
    def half(self) -> tuple[float, float]:
        """Half the width and half the height of its box."""
        across, down = half_sides(self.noun)
        return across * self.radius, down * self.radius

    @property
    def bottom(self) -> float:
        return self.y + self.half[1]

    @property
    def top(self) -> float:
        return self.y - self.half[1]


@dataclass(frozen=True)
class Layout:
    """The spots in the order in which they are painted, and the height of the horizon."""

    width: float
    height: float
    horizon: float
    spots: tuple[Spot, ...]


def layout(scene: Scene, width: float = 1, height: float = 1) -> Layout:
    """The same scene is always laid out alike in a picture of the same shape; its shorter side is 1."""
    return Arranger(scene, (width, height), random.Random(f"layout {scene.seed}")).layout()


@dataclass(frozen=True)
class Arranger:
    """Lays out one scene, drawing by lot what it does not say."""

    scene: Scene
    size: tuple[float, float]
    rng: random.Random

    @cached_property
    def horizon(self) -> float:
        deep = any(group.habit == "swims" for group in self.scene.groups)
        return self.size[1] * (self.rng.uniform(0.28, 0.36) if deep else self.rng.uniform(0.56, 0.66))

    def layout(self) -> Layout:
        horizon = self.horizon
        match self.scene.relation, len(self.scene.groups):
            case _, 0:
                spots = []
            case "", 1:
                spots = self.alone()
            case "above" | "below", _:
                spots = self.stacked()
            case "on", _:
                spots = self.upon()
            case "behind", _:
                spots = self.behind()
            case _:
                spots = self.in_a_row()
        return Layout(*self.size, horizon, tuple(spots))

    def habit(self, group: Group) -> Habit:
        """Where it is found here; what hovers may also stand on the ground."""
        return group.habit if self.scene.setting.is_land else "hovers"

    def radius(self, group: Group, across: float, down: float) -> float:
        """A radius of the group's size, small enough for this much room."""
        wide, high = half_sides(group.noun)
        wanted = self.rng.uniform(*RADII[group.size]) * NOUNS[group.noun].scale
        return min(wanted, across / 2 / wide, down / 2 / high)

    def spot(self, index: int, x: float, y: float, radius: float, habit: Habit) -> Spot:
        """The spot, moved to the height where it belongs and wholly into the picture."""
        group = self.scene.groups[index]
        spot = Spot(index, group.noun, group.colour, x, y, radius, habit, self.rng.random() < 0.5)
        (across, down), (width, height) = spot.half, self.size
        y = self.height_of(spot)
        x = min(max(x, across + EDGE), width - across - EDGE)
        return replace(spot, x=x, y=min(max(y, down + EDGE), height - down - EDGE))

    def height_of(self, spot: Spot) -> float:
        down, height, near = spot.half[1], self.size[1], self.rng.uniform
        match spot.habit:
            case "stands":
                return max(near(0.16, 0.24) * height + self.horizon, min(2 * down + 0.12, height * 0.93)) - down
            case "sails":
                return self.horizon + near(0.07, 0.14) * height - down * 0.8
            case "swims":
                return min(max(spot.y, self.horizon + down + 0.06), height - down - 0.05)
            case "flies":
                return min(spot.y, self.horizon - down * 0.6)
            case "hovers":
                return spot.y

    def level(self, habit: Habit) -> float:
        """The height about which a thing is put that may be anywhere."""
        _width, height = self.size
        match habit:
            case "flies":
                return self.horizon * self.rng.uniform(0.38, 0.55)
            case "swims":
                return (self.horizon + height) / 2 + self.rng.uniform(-0.06, 0.06)
            case _:
                return height * (0.5 + self.rng.uniform(-0.06, 0.06))

    def alone(self) -> list[Spot]:
        (group,) = self.scene.groups
        habit, (width, height) = self.habit(group), self.size
        if group.count > 1:
            return self.several(group, habit)
        x, y = width * self.rng.uniform(0.3, 0.7), self.level(habit)
        if habit == "hovers" and self.scene.setting.is_land and not self.scene.place and self.rng.random() < 0.5:
            habit = "stands"
        if self.scene.place:
            x, y = self.placed(x, y)
        room = height - 0.12 if habit == "stands" else height
        aside, aloft = (
            bool(set(self.scene.place.split()) & set(way)) for way in (("left", "right"), ("top", "bottom"))
        )
        across, down = width * (0.62 if aside else 0.94), min(room - 4 * EDGE, height * (0.62 if aloft else 1))
        radius = self.radius(group, across, down)
        return [self.spot(0, x, y, radius, habit)]

    def placed(self, x: float, y: float) -> tuple[float, float]:
        """Where the scene's place is; about the middle of the axis of which it says nothing."""
        (width, height), near = self.size, self.rng.uniform
        words = self.scene.place.split()
        if words == ["centre"]:
            return width * near(0.46, 0.54), height * near(0.46, 0.54)
        across = [SIDEWARD[word][0] for word in words if word in ("left", "right")]
        down = [SIDEWARD[word][1] for word in words if word in ("top", "bottom")]
        x = width * (near(-0.04, 0.04) + (across[0] if across else 0.5))
        return x, height * (near(-0.04, 0.04) + down[0]) if down else y

    def several(self, group: Group, habit: Habit) -> list[Spot]:
        """A row, or two rows of two for four things that hover in a picture that is not wide."""
        (width, height), near = self.size, self.rng.uniform
        if group.count == 4 and habit == "hovers" and width < 1.2 and not self.scene.place:
            radius = self.radius(group, width * 0.42, height * 0.42)
            return [
                self.spot(0, width * (x + near(-0.02, 0.02)), height * (y + near(-0.02, 0.02)), radius, habit)
                for y in (0.28, 0.72)
                for x in (0.27, 0.73)
            ]
        pitch = (width - 2 * EDGE) / group.count
        radius = self.radius(group, pitch * 0.9, height * 0.7)
        y = height * SIDEWARD[self.scene.place][1] if self.scene.place else self.level(habit)
        return [
            self.spot(
                0, EDGE + pitch * (number + 0.5) + near(-0.03, 0.03) * pitch, y + near(-0.04, 0.04), radius, habit
            )
            for number in range(group.count)
        ]

    def in_a_row(self) -> list[Spot]:
        """Two things side by side, or (between) three with the first in the middle."""
        groups, (width, height) = self.scene.groups, self.size
        order = {"left": (0, 1), "right": (1, 0), "between": (1, 0, len(groups) - 1)}.get(self.scene.relation, (0, 1))
        pitch, spots = (width - 2 * EDGE) / len(order), []
        for number, index in enumerate(order):
            habit = self.habit(groups[index])
            radius = self.radius(groups[index], pitch * 0.92, height * 0.66)
            x = EDGE + pitch * (number + 0.5 + self.rng.uniform(-0.03, 0.03))
            spots.append(self.spot(index, x, self.level(habit), radius, habit))
        return spots

    def stacked(self) -> list[Spot]:
        """One above the other; in a landscape the lower one may stand."""
        (width, height), rng = self.size, self.rng
        upper, lower = (0, 1) if self.scene.relation == "above" else (1, 0)
        x = width * rng.uniform(0.36, 0.64)
        spots = []
        below = self.habit(self.scene.groups[lower])
        room = height * 0.44 if below == "hovers" else height * 0.4
        radius = self.radius(self.scene.groups[lower], width * 0.7, room)
        spots.append(self.spot(lower, x, height * 0.74, radius, below))
        above = max(0.2, spots[0].top - 2 * EDGE)
        radius = self.radius(self.scene.groups[upper], width * 0.7, above * 0.92)
        spots.append(self.spot(upper, x + rng.uniform(-0.06, 0.06), above / 2, radius, "hovers"))
        return spots

    def upon(self) -> list[Spot]:
        """The first stands on the second."""
        (width, height), groups = self.size, self.scene.groups
        habit = self.habit(groups[1])
        if habit == "hovers":
            habit = "stands" if self.scene.setting.is_land else "hovers"
        radius = self.radius(groups[1], width * 0.8, height * 0.42)
        under = self.spot(1, width * self.rng.uniform(0.4, 0.6), height * 0.7, radius, habit)
        deck = under.top + (NOUNS[groups[1].noun].carries or 0) * 2 * under.half[1]
        radius = min(self.radius(groups[0], under.half[0] * 1.5, deck - 2 * EDGE), 0.21)
        over = Spot(0, groups[0].noun, groups[0].colour, under.x, 0, radius, "hovers", self.rng.random() < 0.5)
        return [under, replace(over, y=deck - over.half[1] + 0.008)]

    def behind(self) -> list[Spot]:
        """The first looks out from behind the second, which stands lower."""
        (width, height), groups, rng = self.size, self.scene.groups, self.rng
        back_habit, front_habit = self.habit(groups[0]), self.habit(groups[1])
        radius = self.radius(groups[0], width * 0.6, height * 0.62)
        front = min(self.radius(groups[1], width * 0.46, height * 0.42), radius * 0.85)
        back = self.spot(0, width * rng.uniform(0.42, 0.58), height * 0.44, radius, back_habit)
        side = -1 if back.mirrored else 1  # most faces look to the left: they stay in sight
        near = self.spot(1, back.x, height * 0.6, front, front_habit)
        reach = back.half[0] + near.half[0] - HIDDEN * 2 * min(back.half[0], near.half[0])
        down = min(back.bottom + 0.05 - near.half[1], height - near.half[1] - EDGE)
        x = min(max(back.x + side * reach, near.half[0] + EDGE), width - near.half[0] - EDGE)
        return [back, replace(near, x=x, y=down)]
