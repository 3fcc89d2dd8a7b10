"""Things that people use."""

import math

from .figure import Figure, arc
from .noun import Noun


def balloon(f: Figure) -> None:
    f.line("string", 0.05, (0, 0.45), (0.1, 0.75), (-0.06, 0.95), (0.05, 1.2))
    f.polygon("dark", (0, 0.36), (0.13, 0.56), (-0.13, 0.56))
    f.smooth(
        "body",
        (0, -1.0),
        (-0.55, -0.8),
        (-0.72, -0.3),
        (-0.45, 0.2),
        (0, 0.44),
        (0.45, 0.2),
        (0.72, -0.3),
        (0.55, -0.8),
    )
    f.oval("pale", -0.32, -0.55, 0.12, 0.24, 25)


def umbrella(f: Figure) -> None:
    f.line("wood", 0.09, (0, -0.1), (0, 0.8))
    f.line("wood", 0.1, *arc(0.16, 0.8, 0.16, 0.2, 180, 10, 8))
    f.line("metal", 0.07, (0, -0.8), (0, -1))
    rim = [(-1, 0.1), (-0.6, 0), (-0.33, 0.1), (0, 0), (0.33, 0.1), (0.6, 0), (1, 0.1)]
    f.polygon("body", *arc(0, 0.1, 1, 0.92, 180, 360, 24), *rim[::-1])
    f.smooth("dark", (0, -0.82), (-0.25, -0.45), (-0.33, 0.1), (0, 0), (0.33, 0.1), (0.25, -0.45))
    f.smooth("light", (-0.12, -0.8), (-0.62, -0.45), (-0.8, -0.1), (-0.6, 0), (-0.45, -0.35))


def hat(f: Figure) -> None:
    f.oval("dark", 0, 0.55, 1.1, 0.24)
    f.smooth(
        "body",
        (-0.62, 0.5),
        (-0.6, -0.1),
        (-0.45, -0.62),
        (0, -0.68),
        (0.45, -0.62),
        (0.6, -0.1),
        (0.62, 0.5),
        (0, 0.62),
    )
    f.polygon("band", (-0.62, 0.22), (0.62, 0.22), (0.63, 0.5), (0, 0.62), (-0.63, 0.5))
    f.polygon("body", *arc(0, 0.5, 1.1, 0.24, 0, 180, 20), *arc(0, 0.46, 0.63, 0.16, 180, 0, 16))


def crown(f: Figure) -> None:
    f.polygon("body", (-0.95, -0.45), (-0.5, 0.05), (0, -0.75), (0.5, 0.05), (0.95, -0.45), (0.78, 0.7), (-0.78, 0.7))
    f.polygon("dark", (-0.82, 0.42), (0.82, 0.42), (0.78, 0.7), (-0.78, 0.7))
    for x, y, size in ((-0.95, -0.5, 0.12), (0, -0.8, 0.14), (0.95, -0.5, 0.12)):
        f.oval("body", x, y, size)
    f.oval("jewel", 0, 0.12, 0.17, 0.2)
    for x in (-0.48, 0, 0.48):
        f.oval("pale", x, 0.56, 0.08)


def gift(f: Figure) -> None:
    for side in (-1, 1):
        f.smooth("ribbon", (0, -0.45), (side * 0.2, -0.9), (side * 0.62, -0.95), (side * 0.58, -0.6))
        f.smooth("dark", (side * 0.14, -0.55), (side * 0.28, -0.78), (side * 0.48, -0.8), (side * 0.44, -0.64))
    f.box("body", -0.72, -0.1, 0.72, 0.95, 0.03)
    f.box("ribbon", -0.14, -0.1, 0.14, 0.95)
    f.box("dark", -0.82, -0.45, 0.82, -0.08, 0.04)
    f.box("ribbon", -0.16, -0.45, 0.16, -0.08)


def cup(f: Figure) -> None:
    for x in (-0.32, 0.0, 0.3):
        f.line("steam", 0.07, (x, -0.62), (x + 0.1, -0.78), (x - 0.05, -0.92), (x + 0.05, -1.08))
    f.ring("dark", 0.72, 0.12, 0.34, 0.19)
    f.smooth("body", (-0.75, -0.42), (-0.72, 0.2), (-0.55, 0.7), (0, 0.82), (0.55, 0.7), (0.72, 0.2), (0.75, -0.42))
    f.oval("light", 0, -0.42, 0.75, 0.17)
    f.oval("coffee", 0, -0.41, 0.62, 0.11)


def key(f: Figure) -> None:
    f.ring("body", -0.6, 0, 0.45, 0.2)
    f.box("body", -0.18, -0.11, 1.08, 0.11, 0.05)
    f.box("body", 0.6, 0.05, 0.76, 0.42, 0.03)
    f.box("body", 0.88, 0.05, 1.04, 0.34, 0.03)


def book(f: Figure) -> None:
    f.polygon("dark", (-0.78, -0.9), (0.62, -0.9), (0.62, 0.9), (-0.78, 0.9))
    f.box("cream", -0.62, 0.6, 0.68, 0.86)
    f.box("body", -0.7, -0.95, 0.72, 0.66, 0.06)
    f.box("dark", -0.7, -0.95, -0.48, 0.66, 0.04)
    f.box("pale", -0.28, -0.66, 0.52, -0.2, 0.04)
    f.line("dark", 0.06, (-0.15, -0.5), (0.4, -0.5))
    f.line("dark", 0.06, (-0.08, -0.35), (0.32, -0.35))


def bell(f: Figure) -> None:
    f.ring("dark", 0, -0.88, 0.18, 0.09)
    f.oval("gold", 0, 0.78, 0.2)
    f.smooth("body", (0, -0.8), (-0.4, -0.6), (-0.52, 0), (-0.85, 0.6), (0, 0.7), (0.85, 0.6), (0.52, 0), (0.4, -0.6))
    f.box("dark", -0.86, 0.5, 0.86, 0.72, 0.1)
    f.smooth("pale", (-0.28, -0.48), (-0.36, -0.1), (-0.42, 0.25), (-0.3, 0.2), (-0.2, -0.1), (-0.18, -0.45))


def clock(f: Figure) -> None:
    for side in (-1, 1):
        f.line("dark", 0.14, (side * 0.5, 0.75), (side * 0.65, 1))
        f.slice("body", side * 0.55, -0.78, 0.3, 0.3, *((140, 320) if side < 0 else (220, 400)))
    f.oval("body", 0, 0.05, 0.92)
    f.oval("dial", 0, 0.05, 0.66)
    for tick in range(12):
        sin, cos = math.sin(tick * math.pi / 6), math.cos(tick * math.pi / 6)
        f.oval("ink", 0.54 * sin, 0.05 - 0.54 * cos, 0.07 if tick % 3 == 0 else 0.04)
    f.line("ink", 0.09, (0, 0.05), (-0.2, -0.2))
    f.line("ink", 0.07, (0, 0.05), (0.22, -0.28))
    f.oval("cherry", 0, 0.05, 0.08)


NOUNS = {
    "balloon": Noun(balloon, "flies", ("red", "blue", "yellow", "pink"), scale=0.95),
    "umbrella": Noun(umbrella, "stands", ("red", "blue", "yellow")),
    "hat": Noun(hat, "stands", ("brown", "black", "red"), scale=0.9),
    "crown": Noun(crown, "stands", ("yellow",), scale=0.85),
    "gift": Noun(gift, "stands", ("red", "green", "blue"), scale=0.85),
    "cup": Noun(cup, "stands", ("white", "blue", "red"), scale=0.85),
    "key": Noun(key, "hovers", ("yellow", "grey"), scale=0.9),
    "book": Noun(book, "stands", ("red", "blue", "green"), scale=0.85),
    "bell": Noun(bell, "hovers", ("yellow",), scale=0.85),
    "clock": Noun(clock, "stands", ("red", "turquoise", "blue"), scale=0.85),
}
