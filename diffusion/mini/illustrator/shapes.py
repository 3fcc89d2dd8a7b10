"""Plain shapes."""

import math

from .figure import Figure
from .noun import Noun

BRIGHT = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "turquoise")


def circle(f: Figure) -> None:
    f.oval("body", 0, 0, 1)


def square(f: Figure) -> None:
    f.box("body", -1, -1, 1, 1, 0.06)


def triangle(f: Figure) -> None:
    f.polygon("body", (0, -0.95), (1.05, 0.85), (-1.05, 0.85))


def star(f: Figure) -> None:
    f.star("body", 0, 0, 1, 0.44, 5)


def heart(f: Figure) -> None:
    turns = [i * math.tau / 48 for i in range(48)]
    f.polygon(
        "body",
        *(
            (
                1.1 * math.sin(t) ** 3,
                -(13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)) / 15.5,
            )
            for t in turns
        ),
    )


def diamond(f: Figure) -> None:
    f.polygon("body", (0, -1.1), (0.8, 0), (0, 1.1), (-0.8, 0))
    f.polygon("light", (0, -1.1), (0, 0), (-0.8, 0))
    f.polygon("dark", (0, 0), (0.8, 0), (0, 1.1))


def hexagon(f: Figure) -> None:
    f.polygon("body", *((math.cos(i * math.pi / 3), math.sin(i * math.pi / 3)) for i in range(6)))


def ring(f: Figure) -> None:
    f.ring("body", 0, 0, 1, 0.58)


def cross(f: Figure) -> None:
    a, b = 0.34, 1.0
    f.polygon(
        "body",
        (-a, -b),
        (a, -b),
        (a, -a),
        (b, -a),
        (b, a),
        (a, a),
        (a, b),
        (-a, b),
        (-a, a),
        (-b, a),
        (-b, -a),
        (-a, -a),
    )


NOUNS = {
    "circle": Noun(circle, "hovers", BRIGHT, scale=0.85),
    "square": Noun(square, "hovers", BRIGHT, carries=0, scale=0.78),
    "triangle": Noun(triangle, "hovers", BRIGHT, scale=0.92),
    "star": Noun(star, "hovers", ("yellow",)),
    "heart": Noun(heart, "hovers", ("red", "pink"), scale=0.9),
    "diamond": Noun(diamond, "hovers", ("blue", "turquoise")),
    "hexagon": Noun(hexagon, "hovers", BRIGHT, carries=0, scale=0.88),
    "ring": Noun(ring, "hovers", BRIGHT, scale=0.88),
    "cross": Noun(cross, "hovers", BRIGHT, scale=0.88),
}
