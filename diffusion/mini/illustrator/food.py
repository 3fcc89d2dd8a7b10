"""Fruit and sweets."""

import math

from .figure import Figure
from .noun import Noun


def apple(f: Figure) -> None:
    f.line("wood", 0.1, (0, -0.5), (0.05, -0.8), (0.15, -1))
    f.smooth("leaf", (0.08, -0.72), (0.3, -1), (0.65, -0.98), (0.4, -0.7))
    f.smooth(
        "body", (0, -0.55), (-0.5, -0.7), (-0.9, -0.25), (-0.75, 0.45), (-0.3, 0.9), (0, 0.82), (0.3, 0.9),
        (0.75, 0.45), (0.9, -0.25), (0.5, -0.7),
    )  # fmt: skip
    f.oval("pale", -0.5, -0.25, 0.1, 0.22, 25)


def pear(f: Figure) -> None:
    f.line("wood", 0.09, (0, -0.8), (0.06, -1.12))
    f.smooth("leaf", (0.06, -0.9), (0.3, -1.15), (0.6, -1.05), (0.36, -0.85))
    f.smooth(
        "body", (0, -0.88), (-0.3, -0.72), (-0.38, -0.25), (-0.7, 0.3), (-0.5, 0.88), (0, 1), (0.5, 0.88), (0.7, 0.3),
        (0.38, -0.25), (0.3, -0.72),
    )  # fmt: skip
    f.oval("pale", -0.36, 0.3, 0.09, 0.24, 20)


def banana(f: Figure) -> None:
    f.smooth(
        "body", (-0.95, -0.55), (-0.8, 0.05), (-0.3, 0.5), (0.35, 0.5), (0.9, 0.1), (1, -0.15), (0.8, -0.12),
        (0.35, 0.1), (-0.2, 0.02), (-0.62, -0.35), (-0.78, -0.65),
    )  # fmt: skip
    f.line("dark", 0.07, (-0.78, -0.35), (-0.45, 0.15), (0.1, 0.34), (0.7, 0.1))
    f.polygon("wood", (-0.98, -0.5), (-0.98, -0.82), (-0.82, -0.84), (-0.76, -0.6))
    f.oval("wood", 0.97, -0.08, 0.08)


def cherry(f: Figure) -> None:
    f.line("stem", 0.07, (-0.45, 0.3), (-0.2, -0.4), (0.2, -1))
    f.line("stem", 0.07, (0.5, 0.3), (0.42, -0.4), (0.2, -1))
    f.smooth("leaf", (0.2, -0.95), (0.45, -1.12), (0.95, -0.95), (0.6, -0.68))
    for x, y in ((-0.5, 0.5), (0.52, 0.56)):
        f.oval("body", x, y, 0.46)
        f.oval("pale", x - 0.16, y - 0.17, 0.09, 0.13, 30)


def strawberry(f: Figure) -> None:
    f.smooth(
        "body",
        (0, -0.55),
        (-0.55, -0.65),
        (-0.82, -0.25),
        (-0.5, 0.5),
        (0, 1),
        (0.5, 0.5),
        (0.82, -0.25),
        (0.55, -0.65),
    )
    for x, y in ((-0.45, -0.15), (0, -0.12), (0.45, -0.15), (-0.24, 0.22), (0.24, 0.22), (0, 0.55)):
        f.oval("spark", x, y, 0.055, 0.085)
    f.star("leaf", 0, -0.58, 0.55, 0.2, 7)
    f.line("stem", 0.1, (0, -0.6), (0.06, -1))


def ice_cream(f: Figure) -> None:
    f.polygon("waffle", (-0.42, 0.05), (0.42, 0.05), (0, 1.1))
    for a, b in (
        ((-0.28, 0.4), (0.2, 0.1)),
        ((-0.13, 0.75), (0.32, 0.32)),
        ((0.28, 0.4), (-0.2, 0.1)),
        ((0.13, 0.75), (-0.32, 0.32)),
    ):
        f.line("crust", 0.04, a, b)
    f.oval("body", 0, -0.42, 0.56, 0.52)
    f.smooth(
        "body",
        (-0.58, 0.02),
        (-0.4, -0.2),
        (0.4, -0.2),
        (0.58, 0.02),
        (0.38, 0.18),
        (0.15, 0.08),
        (-0.1, 0.2),
        (-0.35, 0.08),
    )
    f.oval("pale", -0.22, -0.6, 0.13, 0.18, 30)
    f.oval("cherry", 0.05, -0.98, 0.14)


def cupcake(f: Figure) -> None:
    f.polygon("cup", (-0.65, 0.15), (0.65, 0.15), (0.48, 1), (-0.48, 1))
    for x in (-0.36, 0, 0.36):
        f.line("crust", 0.05, (x, 0.2), (x * 0.76, 0.97))
    f.smooth("body", (-0.8, 0.25), (-0.85, -0.05), (-0.5, -0.2), (0.5, -0.2), (0.85, -0.05), (0.8, 0.25), (0, 0.3))
    f.smooth("light", (-0.6, -0.1), (-0.62, -0.35), (-0.3, -0.5), (0.3, -0.5), (0.62, -0.35), (0.6, -0.1), (0, 0))
    f.smooth("body", (-0.38, -0.4), (-0.38, -0.6), (0, -0.95), (0.38, -0.6), (0.38, -0.4), (0, -0.32))
    f.oval("cherry", 0, -0.95, 0.16)


def donut(f: Figure) -> None:
    f.ring("waffle", 0, 0, 1, 0.3)
    f.ring("body", 0, -0.03, 0.88, 0.36)
    for step in range(9):
        angle, reach = step * math.tau / 9 + 0.3, 0.62 + 0.1 * (-1) ** step
        x, y = reach * math.cos(angle), reach * math.sin(angle) - 0.03
        turn = step * 1.9
        f.line("spot" if step % 2 else "spark", 0.07, (x, y), (x + 0.11 * math.cos(turn), y + 0.11 * math.sin(turn)))


NOUNS = {
    "apple": Noun(apple, "stands", ("red", "green"), scale=0.85),
    "pear": Noun(pear, "stands", ("green", "yellow"), scale=0.9),
    "banana": Noun(banana, "stands", ("yellow",)),
    "cherry": Noun(cherry, "stands", ("red",), scale=0.9),
    "strawberry": Noun(strawberry, "stands", ("red",), scale=0.9),
    "ice cream": Noun(ice_cream, "stands", ("pink", "white", "brown")),
    "cupcake": Noun(cupcake, "stands", ("pink", "brown"), carries=0.02),
    "donut": Noun(donut, "stands", ("pink", "brown"), scale=0.85),
}
