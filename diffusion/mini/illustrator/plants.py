"""Trees, flowers and what else grows."""

import math

from .figure import Figure
from .noun import Noun

PETALS = ("red", "pink", "purple", "yellow", "white", "orange")


def tree(f: Figure) -> None:
    f.polygon("wood", (-0.13, 0.1), (0.13, 0.1), (0.2, 1), (-0.2, 1))
    f.line("wood", 0.1, (0, 0.45), (0.35, 0.05))
    f.smooth(
        "body", (-0.4, 0.3), (-0.85, 0.1), (-0.85, -0.4), (-0.5, -0.65), (-0.3, -1), (0.3, -1), (0.5, -0.65),
        (0.85, -0.4), (0.85, 0.1), (0.4, 0.3), (0, 0.2),
    )  # fmt: skip
    f.smooth("light", (-0.6, -0.25), (-0.45, -0.6), (-0.1, -0.8), (0.05, -0.6), (-0.2, -0.45), (-0.35, -0.15))
    f.smooth("dark", (0.75, 0.05), (0.7, -0.2), (0.35, 0.05), (-0.1, 0.12), (0.35, 0.22))


def pine(f: Figure) -> None:
    f.box("wood", -0.12, 0.7, 0.12, 1.05)
    f.polygon("dark", (0, -0.15), (0.72, 0.78), (-0.72, 0.78))
    f.polygon("body", (0, -0.6), (0.6, 0.35), (-0.6, 0.35))
    f.polygon("light", (0, -1.1), (0.45, -0.2), (-0.45, -0.2))


def palm(f: Figure) -> None:
    f.smooth("wood", (-0.1, 1), (0.14, 1), (0.14, 0.3), (0.3, -0.4), (0.18, -0.45), (-0.02, 0.2))
    for x, y, bend in ((-0.75, -0.35, -0.25), (1.15, -0.3, -0.25), (-0.5, -0.95, -0.12), (0.95, -0.95, -0.12)):
        middle = ((x + 0.22) / 2, (y - 0.5) / 2 + bend)
        f.smooth("body", (0.22, -0.45), (middle[0], middle[1] - 0.16), (x, y), (middle[0], middle[1] + 0.14))
    f.smooth("light", (0.22, -0.4), (0.02, -0.95), (0.25, -1.2), (0.42, -0.9))
    for x in (0.12, 0.32):
        f.oval("nut", x, -0.36, 0.1)


def cactus(f: Figure) -> None:
    f.line("body", 0.3, (0, 0.35), (-0.6, 0.3), (-0.62, -0.2))
    f.line("body", 0.3, (0, 0.1), (0.58, 0.05), (0.6, -0.45))
    f.box("body", -0.27, -1, 0.27, 1, 0.26)
    for x in (-0.1, 0.1):
        f.line("light", 0.05, (x, -0.75), (x, 0.85))
    f.star("blossom", 0.12, -0.98, 0.2, 0.1, 5)


def flower(f: Figure) -> None:
    f.line("stem", 0.1, (0, -0.2), (0.05, 0.4), (0, 1))
    f.smooth("leaf", (0.02, 0.75), (0.25, 0.4), (0.6, 0.35), (0.45, 0.65))
    f.smooth("leaf", (0, 0.9), (-0.25, 0.6), (-0.58, 0.55), (-0.4, 0.82))
    for petal in range(6):
        turn = petal * 60
        x, y = 0.42 * math.sin(math.radians(turn)), -0.35 - 0.42 * math.cos(math.radians(turn))
        f.oval("body" if petal % 2 else "light", x, y, 0.24, 0.36, turn)
    f.oval("spark", 0, -0.35, 0.24)


def tulip(f: Figure) -> None:
    f.line("stem", 0.1, (0, 0), (0, 1))
    f.smooth("leaf", (0.02, 1), (0.12, 0.55), (0.55, 0.05), (0.42, 0.7))
    f.smooth("leaf", (-0.02, 1), (-0.12, 0.55), (-0.55, 0.1), (-0.42, 0.7))
    f.smooth("dark", (-0.1, 0), (-0.25, -0.6), (0, -1.12), (0.25, -0.6), (0.1, 0))
    f.smooth("body", (0, 0.14), (-0.42, 0), (-0.52, -0.5), (-0.45, -1), (-0.12, -0.65), (0.05, -0.2))
    f.smooth("light", (0, 0.14), (0.42, 0), (0.52, -0.5), (0.45, -1), (0.12, -0.65), (-0.05, -0.2))


def mushroom(f: Figure) -> None:
    f.smooth("cream", (-0.25, 0), (0.25, 0), (0.28, 0.6), (0.36, 0.98), (0, 1.04), (-0.36, 0.98), (-0.28, 0.6))
    f.smooth(
        "body", (-1, 0.1), (-0.85, -0.5), (-0.4, -0.9), (0.4, -0.9), (0.85, -0.5), (1, 0.1), (0.5, 0.2), (-0.5, 0.2)
    )
    for x, y, size in ((-0.45, -0.38, 0.17), (0.1, -0.6, 0.14), (0.5, -0.22, 0.16), (-0.08, -0.08, 0.1)):
        f.oval("spot", x, y, size, size * 0.9)


def leaf(f: Figure) -> None:
    f.line("deep", 0.09, (-1.05, 0.95), (-0.6, 0.5))
    f.smooth("body", (-0.65, 0.55), (-0.7, -0.1), (-0.2, -0.7), (0.8, -0.9), (0.75, 0.15), (0.15, 0.65))
    f.smooth("light", (-0.65, 0.55), (-0.7, -0.1), (-0.2, -0.7), (0.8, -0.9), (0, -0.15))
    f.line("deep", 0.06, (-0.65, 0.55), (0, -0.1), (0.6, -0.7))
    for x, y, dx, dy in (
        (-0.3, 0.2, 0, 0.38),
        (0.1, -0.18, 0.34, 0.25),
        (-0.3, 0.2, -0.16, -0.4),
        (0.1, -0.2, 0.02, -0.42),
    ):
        f.line("deep", 0.04, (x, y), (x + dx, y + dy))


NOUNS = {
    "tree": Noun(tree, "stands", ("green",), scale=1.15),
    "pine": Noun(pine, "stands", ("green",), scale=1.15),
    "palm": Noun(palm, "stands", ("green",), scale=1.15),
    "cactus": Noun(cactus, "stands", ("green",)),
    "flower": Noun(flower, "stands", PETALS),
    "tulip": Noun(tulip, "stands", PETALS),
    "mushroom": Noun(mushroom, "stands", ("red", "brown"), carries=0.05, scale=0.9),
    "leaf": Noun(leaf, "hovers", ("green", "orange"), scale=0.9),
}
