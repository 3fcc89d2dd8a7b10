"""What lies behind the things: bands of sky and ground with scenery, in units of the picture's shorter side.

Like a figure, a backdrop only names paints, so that every style draws it in its own way.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from .atmosphere import paints_of
from .colours import Colour
from .figure import Figure, Part, arc
from .layout import Layout
from .scene import Scene

HILLY = ("meadow", "snow", "desert")
FOOT = 0.1
"""How far below the horizon hills end and flat ground begins."""


@dataclass(frozen=True)
class Band:
    """A part of the height in a gradient from one paint to another."""

    top: float
    bottom: float
    upper: str
    lower: str


@dataclass(frozen=True)
class Backdrop:
    bands: tuple[Band, ...]
    parts: tuple[Part, ...]
    paints: dict[str, Colour]


def backdrop(scene: Scene, layout: Layout) -> Backdrop:
    painter = Painter(scene, layout, random.Random(f"backdrop {scene.seed}"))
    match scene.setting.land:
        case "plain":
            bands = (Band(0, layout.height, "sky", "ground"),)
        case "space":
            bands = (Band(0, layout.height, "sky", "ground"),)
            painter.space()
        case land:
            level = layout.horizon + (FOOT if land in HILLY else 0)
            bands = (Band(0, level, "sky", "sky low"), Band(level, layout.height, "ground high", "ground"))
            painter.sky()
            LAND[land](painter)
            painter.islets()
    return Backdrop(bands, tuple(painter.figure.parts), paints_of(scene.setting))


@dataclass
class Painter:
    """Puts the scenery of one picture down, from far to near."""

    scene: Scene
    layout: Layout
    rng: random.Random
    figure: Figure = field(default_factory=Figure)
    taken: list[tuple[float, float]] = field(default_factory=list)
    """Where the sky shows something already."""

    @property
    def width(self) -> float:
        return self.layout.width

    @property
    def horizon(self) -> float:
        return self.layout.horizon

    def some(self, low: float, high: float) -> float:
        return self.rng.uniform(low, high)

    def free_place(self) -> tuple[float, float]:
        """A place in the sky, as far from the things and from what is there already as lots allow."""
        places = [(self.some(0.12, self.width - 0.12), self.horizon * self.some(0.2, 0.4)) for _ in range(8)]
        things = [((spot.x, spot.y), spot.radius) for spot in self.layout.spots] + [(at, 0.12) for at in self.taken]
        free = max(places, key=lambda at: min((math.dist(at, middle) - reach for middle, reach in things), default=0))
        self.taken.append(free)
        return free

    def sky(self) -> None:
        f, setting, extras = self.figure, self.scene.setting, self.scene.extras
        nouns = {group.noun for group in self.scene.groups}
        if setting.hour == "night":
            self.stars(16, self.horizon * 0.9)
        if setting.hour == "sunset" and "sun" not in nouns:
            x, y = self.some(0.25, 0.75) * self.width, self.horizon + 0.02
            f.dome("halo", x, y, 0.22, 0.22)
            f.dome("low sun", x, y, 0.15, 0.15)
        if "sun" in extras:
            x, y = self.free_place()
            f.star("ray", x, y, 0.145, 0.098, 12)
            f.oval("sun", x, y, 0.085)
        if "moon" in extras:
            x, y = self.free_place()
            f.oval("moon", x, y, 0.085)
            for right, down, size in ((-0.03, -0.02, 0.018), (0.03, 0.02, 0.024), (-0.01, 0.045, 0.013)):
                f.oval("crater", x + right, y + down, size)
        if "clouds" in extras:
            for _ in range(2 + (self.width > 1)):
                self.cloud(*self.free_place(), self.some(0.07, 0.11))
        if "mountains" in extras:
            self.mountains()

    def stars(self, count: int, lowest: float) -> None:
        for _ in range(round(count * self.width)):
            x, y, size = self.some(0, self.width), self.some(0, lowest), self.some(0.006, 0.013)
            self.figure.polygon("star", (x, y - size), (x + size, y), (x, y + size), (x - size, y))

    def cloud(self, x: float, y: float, size: float) -> None:
        lobes = [
            (-0.75, 0.1, 0.4, 90, 240),
            (-0.25, -0.15, 0.5, 190, 305),
            (0.35, -0.1, 0.45, 225, 340),
            (0.8, 0.12, 0.38, -70, 90),
        ]
        points = [
            (x + size * px, y + size * py)
            for right, down, reach, first, last in lobes
            for px, py in arc(right, down, reach, reach, first, last, 8)
        ]
        self.figure.polygon("cloud", *points)

    def mountains(self) -> None:
        f, base = self.figure, self.horizon + 0.01
        for _ in range(2 + (self.width > 1)):
            x, high, half = self.some(0, self.width), self.some(0.16, 0.28), self.some(0.22, 0.36)
            f.polygon("far", (x - half, base), (x, base - high), (x + half, base))
            notches = ((-0.28, 0.72), (-0.1, 0.8), (0.06, 0.68), (0.28, 0.72))
            f.polygon("peak", (x, base - high), *((x + half * a, base - high * b) for a, b in reversed(notches)))

    def ridge(self, paint: str, level: float, swing: float, waves: float) -> None:
        """Hills from edge to edge, filled down to below the horizon."""
        phase = self.some(0, math.tau)
        steps = 14
        top = [
            (self.width * i / steps, level - swing * (0.5 + 0.5 * math.sin(phase + waves * math.tau * i / steps)))
            for i in range(steps + 1)
        ]
        foot = ((self.width, self.horizon + FOOT), (0, self.horizon + FOOT))
        self.figure.parts.append(Part(paint, np.array([*top, *foot]), edge=steps + 1))

    def meadow(self) -> None:
        self.ridge("hill", self.horizon + 0.02, 0.08, 1.2 * self.width)
        self.ridge("ground high", self.horizon + 0.06, 0.05, 0.8 * self.width)
        for _ in range(round(7 * self.width)):
            x, y = self.some(0, self.width), self.some(self.horizon + 0.1, self.layout.height - 0.03)
            self.tuft(x, y)

    def tuft(self, x: float, y: float) -> None:
        if self.rng.random() < 0.3:
            self.figure.oval("petal", x, y, 0.011)
        else:
            for lean in (-0.014, 0.0, 0.014):
                self.figure.line("tuft", 0.007, (x + lean * 0.3, y), (x + lean, y - 0.028))

    def snow(self) -> None:
        self.ridge("drift", self.horizon + 0.02, 0.08, 1.1 * self.width)
        for _ in range(round(5 * self.width)):
            self.fir(self.some(0, self.width), self.horizon + self.some(0.0, 0.03), self.some(0.06, 0.11))
        self.ridge("ground high", self.horizon + 0.06, 0.04, 0.9 * self.width)
        for _ in range(round(22 * self.width)):
            x, y = self.some(0, self.width), self.some(0, self.layout.height)
            self.figure.oval("flake", x, y, self.some(0.006, 0.011))

    def fir(self, x: float, y: float, size: float) -> None:
        for step in range(2):
            top, wide = y - size * (2 - step * 0.8), size * (0.42 + 0.16 * step)
            self.figure.polygon("fir", (x, top), (x + wide, top + size), (x - wide, top + size))
            self.figure.polygon(
                "fir snow", (x, top), (x + wide * 0.4, top + size * 0.4), (x - wide * 0.4, top + size * 0.4)
            )

    def sea(self) -> None:
        f, depth = self.figure, self.layout.height - self.horizon
        f.line("foam", 0.006, (0, self.horizon), (self.width, self.horizon))
        for _ in range(round(11 * self.width)):
            share = self.some(0.03, 0.97)
            x, y, half = self.some(0, self.width), self.horizon + depth * share, 0.025 + 0.05 * share
            lift = 0.012 * (0.4 + share)
            f.line(
                "wave",
                0.008 + 0.006 * share,
                (x - half, y),
                (x - half / 2, y - lift),
                (x, y),
                (x + half / 2, y - lift),
                (x + half, y),
            )

    def desert(self) -> None:
        f = self.figure
        for _ in range(2):
            x, high, half = self.some(0, self.width), self.some(0.06, 0.12), self.some(0.08, 0.16)
            y = self.horizon + 0.02
            f.polygon("mesa", (x - half * 1.3, y), (x - half, y - high), (x + half, y - high), (x + half * 1.3, y))
        self.ridge("dune", self.horizon + 0.03, 0.07, 0.9 * self.width)
        self.ridge("ground high", self.horizon + 0.08, 0.07, 0.7 * self.width)
        for _ in range(round(6 * self.width)):
            x, y = self.some(0, self.width), self.some(self.horizon + 0.13, self.layout.height - 0.02)
            f.line("dune", 0.009, (x - 0.05, y), (x, y - 0.012), (x + 0.05, y))

    def forest(self) -> None:
        for paint, high, pitch in (("wood far", 0.42, 0.11), ("wood near", 0.27, 0.13)):
            x = -self.some(0, pitch)
            while x < self.width + pitch:
                self.far_tree(paint, x, self.horizon + 0.03, high * self.some(0.75, 1.1), pitch * self.some(0.55, 0.75))
                x += pitch * self.some(0.7, 1.0)
        for _ in range(round(8 * self.width)):
            self.tuft(self.some(0, self.width), self.some(self.horizon + 0.09, self.layout.height - 0.03))

    def far_tree(self, paint: str, x: float, y: float, high: float, half: float) -> None:
        f = self.figure
        f.polygon("trunk", (x - 0.012, y - high * 0.4), (x + 0.012, y - high * 0.4), (x + 0.016, y), (x - 0.016, y))
        if self.rng.random() < 0.55:
            f.polygon(paint, (x, y - high * 1.15), (x + half * 0.85, y - high * 0.2), (x - half * 0.85, y - high * 0.2))
        else:
            f.oval(paint, x, y - high * 0.62, half * 0.85, high * 0.42)

    def city(self) -> None:
        for paint, low, high, window in (("house far", 0.16, 0.42, ""), ("house near", 0.08, 0.28, "lit")):
            x = -self.some(0, 0.08)
            while x < self.width:
                wide, tall = self.some(0.1, 0.17), self.some(low, high)
                self.figure.box(paint, x, self.horizon - tall, x + wide, self.horizon + 0.05)
                if window:
                    self.windows(window, x, self.horizon - tall, wide, tall)
                x += wide + self.some(-0.01, 0.03)
        self.figure.box("pavement", 0, self.horizon + 0.03, self.width, self.horizon + 0.09)
        y = (self.horizon + 0.09 + self.layout.height) / 2 + 0.04
        for x in (i * 0.22 + self.some(0, 0.02) for i in range(round(self.width / 0.22) + 1)):
            self.figure.polygon("stripe", (x, y), (x + 0.1, y), (x + 0.09, y + 0.02), (x - 0.01, y + 0.02))

    def windows(self, paint: str, x: float, top: float, wide: float, tall: float) -> None:
        columns, rows = max(2, round(wide / 0.045)), int((tall - 0.02) / 0.05)
        for column in range(columns):
            for row in range(rows):
                if self.rng.random() < 0.7:
                    left, high = x + wide * (column + 0.3) / columns, top + 0.02 + row * 0.05
                    self.figure.box(paint, left, high, left + wide * 0.4 / columns, high + 0.022)

    def space(self) -> None:
        for paint, size in (("nebula", 0.3), ("nebula bright", 0.13)):
            x, y = self.some(0.1, 0.9) * self.width, self.some(0.15, 0.85) * self.layout.height
            turn = self.some(20, 60)
            self.figure.oval(paint, x, y, size * 1.5, size * 0.6, -turn)
        self.stars(42, self.layout.height)

    def islets(self) -> None:
        """On the sea, what stands on land stands on a sandy islet."""
        if self.scene.setting.land == "sea":
            for spot in self.layout.spots:
                if spot.habit == "stands":
                    across, y = spot.half[0] * 1.12 + 0.03, spot.bottom - 0.012
                    self.figure.oval("foam", spot.x, y + 0.016, across + 0.03, 0.058)
                    self.figure.oval("sand dark", spot.x, y + 0.01, across, 0.05)
                    self.figure.oval("sand", spot.x, y, across, 0.044)


LAND: dict[str, Callable[[Painter], None]] = {
    "meadow": Painter.meadow,
    "snow": Painter.snow,
    "sea": Painter.sea,
    "desert": Painter.desert,
    "forest": Painter.forest,
    "city": Painter.city,
}
