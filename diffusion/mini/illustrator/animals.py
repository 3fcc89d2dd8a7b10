"""Animals of the land and the air, in simple flat form. Those seen from the side look to the left."""

import math

from .figure import Figure
from .noun import Noun


def cat(f: Figure) -> None:
    f.line("dark", 0.2, (0.35, 0.85), (0.9, 0.75), (0.95, 0.3), (0.75, 0))
    f.smooth("body", (-0.52, 0.98), (-0.55, 0.4), (-0.3, -0.1), (0.3, -0.1), (0.55, 0.4), (0.52, 0.98), (0, 1.02))
    f.oval("pale", 0, 0.6, 0.27, 0.36)
    for x in (-0.24, 0.24):
        f.oval("light", x, 0.95, 0.2, 0.1)
    for side in (-1, 1):
        f.polygon("body", (side * 0.58, -0.4), (side * 0.54, -1.08), (side * 0.08, -0.75))
        f.polygon("rose", (side * 0.47, -0.6), (side * 0.46, -0.92), (side * 0.22, -0.75))
    f.oval("body", 0, -0.4, 0.6, 0.46)
    for side in (-1, 1):
        f.eye(side * 0.25, -0.45, 0.14)
        for y in (-0.24, -0.17):
            f.line("mark", 0.03, (side * 0.22, y), (side * 0.66, y + (y + 0.2) * 1.5))
    f.polygon("rose", (-0.08, -0.3), (0.08, -0.3), (0, -0.2))
    f.line("mark", 0.035, (-0.12, -0.14), (-0.05, -0.11), (0, -0.19), (0.05, -0.11), (0.12, -0.14))


def dog(f: Figure) -> None:
    f.line("body", 0.16, (0.75, 0), (1, -0.3), (1.0, -0.6))
    for x in (-0.3, 0.7):
        f.box("dark", x - 0.1, 0.3, x + 0.12, 0.98, 0.08)
    f.smooth("body", (-0.55, 0.1), (-0.3, -0.1), (0.4, -0.1), (0.85, -0.05), (0.88, 0.4), (0.3, 0.5), (-0.35, 0.52))
    for x in (-0.48, 0.55):
        f.box("body", x - 0.1, 0.2, x + 0.14, 1, 0.1)
    f.line("scarf", 0.14, (-0.72, -0.02), (-0.3, 0.0), smooth=False)
    f.smooth(
        "body", (-0.25, -0.05), (-0.2, -0.5), (-0.45, -0.85), (-0.78, -0.75), (-0.9, -0.5), (-0.8, -0.1), (-0.5, 0)
    )
    f.smooth("pale", (-0.72, -0.45), (-1.08, -0.42), (-1.16, -0.22), (-1, -0.08), (-0.72, -0.1))
    f.oval("ink", -1.12, -0.38, 0.11, 0.09)
    f.smooth("dark", (-0.38, -0.75), (-0.14, -0.7), (-0.05, -0.2), (-0.22, -0.05), (-0.36, -0.3))
    f.eye(-0.66, -0.55, 0.11, -0.5)
    f.line("mark", 0.04, (-1.05, -0.16), (-0.88, -0.14), (-0.78, -0.2))


def rabbit(f: Figure) -> None:
    for side in (-1, 1):
        f.oval("body", side * 0.26, -0.92, 0.17, 0.52, side * 10)
        f.oval("rose", side * 0.26, -0.88, 0.08, 0.36, side * 10)
    f.oval("white", 0.52, 0.8, 0.18)
    f.smooth("body", (-0.5, 0.98), (-0.52, 0.45), (-0.28, 0), (0.28, 0), (0.52, 0.45), (0.5, 0.98), (0, 1.02))
    f.oval("pale", 0, 0.62, 0.27, 0.34)
    for side in (-1, 1):
        f.oval("light", side * 0.36, 0.97, 0.24, 0.11)
    f.oval("body", 0, -0.25, 0.48, 0.42)
    for side in (-1, 1):
        f.eye(side * 0.2, -0.32, 0.12)
        f.oval("blush", side * 0.33, -0.1, 0.09, 0.06)
    f.oval("rose", 0, -0.16, 0.08, 0.06)
    f.box("white", -0.07, -0.05, 0.07, 0.08, 0.02)


def bear(f: Figure) -> None:
    for side in (-1, 1):
        f.oval("dark", side * 0.45, 0.9, 0.25, 0.2)
        f.oval("body", side * 0.43, -0.84, 0.22)
        f.oval("pale", side * 0.43, -0.82, 0.11)
        f.oval("dark", side * 0.66, 0.32, 0.17, 0.36, side * -25)
    f.oval("body", 0, 0.48, 0.62, 0.55)
    f.oval("pale", 0, 0.52, 0.36, 0.36)
    f.oval("body", 0, -0.42, 0.58, 0.52)
    f.oval("pale", 0, -0.24, 0.27, 0.22)
    for side in (-1, 1):
        f.oval("mark", side * 0.25, -0.5, 0.08)
    f.oval("ink", 0, -0.34, 0.12, 0.08)
    f.line("ink", 0.04, (-0.1, -0.15), (0, -0.11), (0.1, -0.15))


def bird(f: Figure) -> None:
    f.polygon("dark", (0.45, 0.1), (1.15, -0.15), (1.1, 0.2), (0.5, 0.4))
    for x in (-0.1, 0.12):
        f.line("beak", 0.06, (x, 0.55), (x, 0.9), (x - 0.12, 0.92), smooth=False)
    f.smooth(
        "body",
        (-0.8, -0.35),
        (-0.5, -0.7),
        (-0.1, -0.6),
        (0.3, -0.1),
        (0.7, 0.15),
        (0.35, 0.55),
        (-0.2, 0.65),
        (-0.6, 0.3),
    )
    f.smooth("pale", (-0.55, 0.1), (-0.3, 0.05), (0.05, 0.45), (-0.1, 0.62), (-0.42, 0.48))
    f.smooth("dark", (-0.15, -0.15), (0.3, -0.02), (0.75, 0.25), (0.3, 0.4), (-0.08, 0.25))
    f.polygon("beak", (-0.74, -0.42), (-1.12, -0.25), (-0.74, -0.16))
    f.eye(-0.45, -0.36, 0.12, -0.4)


def owl(f: Figure) -> None:
    for side in (-1, 1):
        f.polygon("body", (side * 0.62, -0.4), (side * 0.66, -1.02), (side * 0.12, -0.76))
        f.oval("beak", side * 0.24, 0.96, 0.15, 0.08)
    f.smooth(
        "body",
        (-0.68, -0.3),
        (-0.45, -0.78),
        (0.45, -0.78),
        (0.68, -0.3),
        (0.66, 0.45),
        (0.35, 0.95),
        (-0.35, 0.95),
        (-0.66, 0.45),
    )
    f.smooth("pale", (-0.36, 0.2), (0, 0.08), (0.36, 0.2), (0.32, 0.7), (0, 0.9), (-0.32, 0.7))
    for x, y in ((-0.15, 0.36), (0.15, 0.36), (0, 0.56), (-0.15, 0.72), (0.15, 0.72)):
        f.line("dark", 0.05, (x - 0.07, y - 0.04), (x, y + 0.04), (x + 0.07, y - 0.04))
    for side in (-1, 1):
        f.smooth("dark", (side * 0.66, -0.15), (side * 0.82, 0.3), (side * 0.6, 0.78), (side * 0.46, 0.3))
        f.oval("cream", side * 0.3, -0.34, 0.32)
        f.oval("gold", side * 0.28, -0.34, 0.2)
        f.oval("ink", side * 0.27, -0.34, 0.12)
        f.oval("white", side * 0.27 - 0.05, -0.4, 0.045)
    f.polygon("beak", (-0.1, -0.22), (0.1, -0.22), (0, 0.02))


def snail(f: Figure) -> None:
    for x in (-0.95, -0.72):
        f.line("cream", 0.08, (x + 0.06, 0.2), (x, -0.38))
        f.oval("ink", x, -0.42, 0.08)
    f.smooth(
        "cream",
        (-1.08, 0.3),
        (-0.95, 0.08),
        (-0.68, 0.12),
        (-0.5, 0.5),
        (0.4, 0.55),
        (1.15, 0.78),
        (1, 0.85),
        (-0.6, 0.85),
        (-0.92, 0.7),
    )
    f.oval("body", 0.2, -0.02, 0.72)
    spiral = [
        (0.2 + r * math.cos(a), -0.02 + r * math.sin(a))
        for a, r in ((0.6 + i * 0.6, 0.56 * (1 - i / 20)) for i in range(19))
    ]
    f.line("deep", 0.1, *spiral)
    f.line("mark", 0.045, (-1.0, 0.42), (-0.9, 0.48), (-0.78, 0.44))


def butterfly(f: Figure) -> None:
    for side in (-1, 1):
        f.line("ink", 0.04, (side * 0.05, -0.5), (side * 0.2, -0.85), (side * 0.38, -0.92))
        f.smooth(
            "dark", (side * 0.05, 0.05), (side * 0.6, 0.05), (side * 0.8, 0.4), (side * 0.6, 0.85), (side * 0.28, 0.7)
        )
        f.smooth(
            "body",
            (side * 0.05, 0.05),
            (side * 0.2, -0.5),
            (side * 0.75, -0.88),
            (side * 1.05, -0.55),
            (side * 0.85, 0.05),
            (side * 0.4, 0.16),
        )
        f.smooth("light", (side * 0.3, -0.2), (side * 0.42, -0.5), (side * 0.75, -0.62), (side * 0.72, -0.2))
        f.oval("spot", side * 0.5, 0.45, 0.13)
        f.oval("spot", side * 0.84, -0.5, 0.08)
    f.oval("ink", 0, 0.08, 0.09, 0.52)
    f.oval("ink", 0, -0.48, 0.12)


def elephant(f: Figure) -> None:
    f.line("dark", 0.07, (0.95, 0.05), (1.1, 0.25), (1.08, 0.5))
    for x in (-0.05, 0.82):
        f.box("dark", x - 0.16, 0.3, x + 0.16, 0.97, 0.06)
    f.smooth(
        "body", (-0.4, -0.3), (0, -0.52), (0.6, -0.5), (0.98, -0.2), (1, 0.35), (0.7, 0.55), (0, 0.55), (-0.4, 0.4)
    )
    for x in (-0.24, 0.6):
        f.box("body", x - 0.17, 0.25, x + 0.17, 1, 0.06)
        f.box("cream", x - 0.15, 0.93, x + 0.15, 1)
    f.line("body", 0.22, (-0.85, -0.15), (-1.05, 0.2), (-1.02, 0.6), (-1.2, 0.72))
    f.smooth("body", (-0.3, -0.4), (-0.55, -0.72), (-0.9, -0.6), (-1.03, -0.2), (-0.9, 0.12), (-0.5, 0.15))
    f.smooth("white", (-0.86, 0.02), (-0.98, 0.24), (-0.8, 0.36), (-0.74, 0.12))
    f.smooth("dark", (-0.5, -0.62), (-0.1, -0.72), (0.12, -0.3), (-0.05, 0.12), (-0.4, 0.1), (-0.52, -0.2))
    f.smooth("light", (-0.38, -0.48), (-0.12, -0.54), (0, -0.28), (-0.1, 0), (-0.34, -0.02))
    f.eye(-0.74, -0.3, 0.09, -0.2)


NOUNS = {
    "cat": Noun(cat, "stands", ("orange", "grey", "black")),
    "dog": Noun(dog, "stands", ("brown", "orange", "grey")),
    "rabbit": Noun(rabbit, "stands", ("white", "grey", "brown")),
    "bear": Noun(bear, "stands", ("brown",)),
    "bird": Noun(bird, "flies", ("blue", "red", "yellow"), scale=0.85),
    "owl": Noun(owl, "stands", ("brown", "grey"), scale=0.95),
    "snail": Noun(snail, "stands", ("brown", "orange"), scale=0.85),
    "butterfly": Noun(butterfly, "flies", ("orange", "blue", "yellow", "purple"), scale=0.85),
    "elephant": Noun(elephant, "stands", ("grey",), carries=0.14, scale=1.15),
}
