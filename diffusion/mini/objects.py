"""How each noun is drawn: one function a noun, found through `DRAW`. Knows nothing of scenes or captions."""

import math
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PIL import ImageDraw

from .palette import COLOURS, Colour, jitter, mix, shade

STALK, TRUNK, MAST = (50, 140, 60), (104, 66, 36), (90, 60, 40)
WINDOW, GLASS, TYRE, HUB = (255, 244, 170), (200, 230, 250), (30, 30, 32), (190, 190, 195)
WHITE, INK = (255, 255, 255), (10, 10, 10)


@dataclass(frozen=True)
class Brush:
    """Paints one thing in its own units: (0, 0) is its centre, 1 its half-size, y grows downwards."""

    canvas: ImageDraw.ImageDraw
    rng: random.Random
    name: str
    colour: Colour
    x: float
    y: float
    radius: float

    @property
    def dark(self) -> Colour:
        """The shadowed tone of the thing's colour; black has a lighter one, or nothing would be seen."""
        return (70, 70, 74) if self.name == "black" else shade(self.colour, 0.68)

    @property
    def light(self) -> Colour:
        return mix(self.colour, WHITE, 0.35)

    def corners(self, left: float, top: float, right: float, bottom: float) -> list[float]:
        return [
            self.x + left * self.radius,
            self.y + top * self.radius,
            self.x + right * self.radius,
            self.y + bottom * self.radius,
        ]

    def polygon(self, points: Iterable[tuple[float, float]], fill: Colour) -> None:
        self.canvas.polygon([(self.x + a * self.radius, self.y + b * self.radius) for a, b in points], fill=fill)

    def box(self, left: float, top: float, right: float, bottom: float, fill: Colour) -> None:
        self.canvas.rectangle(self.corners(left, top, right, bottom), fill=fill)

    def oval(self, left: float, top: float, right: float, bottom: float, fill: Colour) -> None:
        self.canvas.ellipse(self.corners(left, top, right, bottom), fill=fill)

    def disc(self, x: float, y: float, radius: float, fill: Colour) -> None:
        self.oval(x - radius, y - radius, x + radius, y + radius, fill)

    def dome(self, left: float, top: float, right: float, bottom: float, fill: Colour) -> None:
        """The upper half of an ellipse in this box."""
        self.canvas.pieslice(self.corners(left, top, right, bottom), 180, 360, fill=fill)


def circle(brush: Brush) -> None:
    brush.oval(-1, -1, 1, 1, brush.colour)


def square(brush: Brush) -> None:
    brush.box(-0.9, -0.9, 0.9, 0.9, brush.colour)


def triangle(brush: Brush) -> None:
    brush.polygon([(0, -1), (1, 0.85), (-1, 0.85)], brush.colour)


def diamond(brush: Brush) -> None:
    brush.polygon([(0, -1.1), (0.8, 0), (0, 1.1), (-0.8, 0)], brush.colour)


def star(brush: Brush) -> None:
    reach = [1.1, 0.47] * 5
    brush.polygon(
        [(r * math.sin(i * math.pi / 5), -r * math.cos(i * math.pi / 5)) for i, r in enumerate(reach)], brush.colour
    )


def heart(brush: Brush) -> None:
    def point(t: float) -> tuple[float, float]:
        height = 13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)
        return math.sin(t) ** 3, -height / 15.5

    brush.polygon([point(i * math.pi / 24) for i in range(48)], brush.colour)


def house(brush: Brush) -> None:
    brush.box(-0.8, -0.15, 0.8, 1, brush.colour)
    brush.polygon([(0, -1.05), (1.05, -0.1), (-1.05, -0.1)], brush.dark)
    brush.box(-0.18, 0.4, 0.18, 1, shade(brush.dark, 0.7))
    for left in (-0.62, 0.3):
        brush.box(left, 0.12, left + 0.32, 0.44, WINDOW)


def tree(brush: Brush) -> None:
    brush.box(-0.15, 0.3, 0.15, 1, TRUNK)
    brush.oval(-0.75, -1.05, 0.75, 0.5, brush.colour)
    brush.oval(-0.45, -0.85, 0.1, -0.3, mix(brush.colour, brush.light, 0.5))


def flower(brush: Brush) -> None:
    brush.box(-0.06, 0.1, 0.06, 1, STALK)
    brush.polygon([(0, 0.75), (0.5, 0.45), (0.2, 0.8)], STALK)
    for petal in range(6):
        angle = petal * math.pi / 3
        x, y = 0.42 * math.sin(angle), -0.42 * math.cos(angle)
        brush.oval(x - 0.32, y - 0.65, x + 0.32, y - 0.01, brush.colour)
    brush.oval(-0.24, -0.57, 0.24, -0.09, (120, 70, 30) if brush.name in ("yellow", "orange") else (255, 214, 60))


def mushroom(brush: Brush) -> None:
    brush.box(-0.25, 0, 0.25, 1, (240, 226, 200))
    brush.dome(-1, -0.9, 1, 1, brush.colour)
    for x, y in ((-0.5, -0.3), (0.1, -0.55), (0.5, -0.22)):
        brush.disc(x, y, 0.13, (200, 60, 60) if brush.name == "white" else WHITE)


def car(brush: Brush) -> None:
    brush.polygon([(-0.6, 0), (-0.35, -0.5), (0.4, -0.5), (0.7, 0)], brush.dark)
    brush.box(-0.42, -0.38, 0.4, 0, GLASS)
    brush.box(-0.03, -0.4, 0.06, 0, brush.dark)
    brush.box(-1.1, -0.05, 1.1, 0.55, brush.colour)
    for x in (-0.6, 0.6):
        brush.disc(x, 0.6, 0.3, TYRE)
        brush.disc(x, 0.6, 0.12, HUB)


def boat(brush: Brush) -> None:
    brush.polygon([(-1.1, 0.35), (1.1, 0.35), (0.7, 0.95), (-0.7, 0.95)], brush.colour)
    brush.box(-0.05, -1, 0.05, 0.35, MAST)
    brush.polygon([(0.1, -0.95), (0.85, 0.2), (0.1, 0.2)], (250, 250, 245))
    brush.polygon([(-0.1, -0.75), (-0.65, 0.2), (-0.1, 0.2)], (225, 225, 225))


def fish(brush: Brush) -> None:
    ahead = brush.rng.choice((-1, 1))
    brush.polygon([(-0.55 * ahead, 0), (-1.15 * ahead, -0.5), (-1.15 * ahead, 0.5)], brush.dark)
    brush.oval(-0.8, -0.5, 0.9, 0.5, brush.colour)
    brush.disc(0.45 * ahead, -0.12, 0.14, WHITE)
    brush.disc(0.48 * ahead, -0.13, 0.07, INK)


DRAW: dict[str, Callable[[Brush], None]] = {
    draw.__name__: draw
    for draw in (circle, square, triangle, star, heart, diamond, house, tree, flower, mushroom, car, boat, fish)
}
"""Every noun of the model. The order is part of the data: a scene's seed draws from it."""

SHAPES = ("circle", "square", "triangle", "star", "heart", "diamond")
ON_LAND = ("house", "tree", "flower", "mushroom", "car")
ON_WATER = ("boat", "fish")


def draw_thing(
    canvas: ImageDraw.ImageDraw, rng: random.Random, noun: str, colour: str, x: float, y: float, radius: float
) -> None:
    """Draws one thing with its centre and half-size in pixels of the canvas."""
    DRAW[noun](Brush(canvas, rng, colour, jitter(rng, COLOURS[colour], 8), x, y, radius))
