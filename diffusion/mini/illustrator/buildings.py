"""Buildings."""

import math

from .figure import Figure
from .noun import Noun


def house(f: Figure) -> None:
    f.box("brick", 0.35, -0.85, 0.58, -0.3)
    f.polygon("body", (-0.8, -0.3), (0, -0.95), (0.8, -0.3), (0.8, 0.95), (-0.8, 0.95))
    f.polygon("roof", (0, -1.08), (1.05, -0.24), (0.97, -0.1), (0, -0.8), (-0.97, -0.1), (-1.05, -0.24))
    f.box("door", -0.2, 0.35, 0.2, 0.95, 0.04)
    f.oval("gold", 0.11, 0.66, 0.04)
    for x in (-0.5, 0.5):
        f.box("white", x - 0.2, 0.08, x + 0.2, 0.48)
        f.box("window", x - 0.15, 0.13, x + 0.15, 0.43)
        f.line("white", 0.05, (x, 0.13), (x, 0.43))
    f.oval("window", 0, -0.35, 0.15)


def castle(f: Figure) -> None:
    for x in (-0.75, 0.75):
        f.line("wood", 0.05, (x, -0.9), (x, -1.2))
        f.polygon("flag", (x, -1.22), (x + 0.28, -1.13), (x, -1.03))
        f.box("body", x - 0.27, -0.45, x + 0.27, 0.95)
        f.polygon("roof", (x, -1.0), (x + 0.37, -0.42), (x - 0.37, -0.42))
        f.box("window", x - 0.09, -0.2, x + 0.09, 0.12, 0.08)
    for x in (-0.36, -0.09, 0.18):
        f.box("body", x, -0.22, x + 0.18, 0.1)
    f.box("body", -0.5, -0.02, 0.5, 0.95)
    f.box("dark", -0.5, 0.1, 0.5, 0.17)
    f.polygon("door", (-0.22, 0.95), (-0.22, 0.55), (-0.12, 0.38), (0, 0.33), (0.12, 0.38), (0.22, 0.55), (0.22, 0.95))
    for x in (-0.08, 0.08):
        f.line("wood", 0.03, (x, 0.42), (x, 0.93))


def lighthouse(f: Figure) -> None:
    f.smooth("stone", (-0.75, 1.02), (-0.5, 0.78), (0, 0.72), (0.5, 0.78), (0.75, 1.02))
    top, bottom = (0.24, -0.5), (0.42, 0.85)
    f.polygon("body", (-top[0], top[1]), (top[0], top[1]), (bottom[0], bottom[1]), (-bottom[0], bottom[1]))
    for y in (-0.25, 0.3):
        one, two = (0.24 + 0.18 * (h + 0.5) / 1.35 for h in (y, y + 0.27))
        f.polygon("stripe", (-one, y), (one, y), (two, y + 0.27), (-two, y + 0.27))
    f.box("deep", -0.36, -0.58, 0.36, -0.48, 0.02)
    f.box("window", -0.19, -0.85, 0.19, -0.58)
    for x in (-0.19, 0, 0.19):
        f.line("deep", 0.04, (x, -0.85), (x, -0.58))
    f.polygon("body", (0, -1.15), (0.3, -0.82), (-0.3, -0.82))
    f.box("door", -0.11, 0.62, 0.11, 0.85, 0.04)


def windmill(f: Figure) -> None:
    f.polygon("body", (-0.28, -0.4), (0.28, -0.4), (0.46, 1), (-0.46, 1))
    f.dome("dark", 0, -0.38, 0.33, 0.32)
    f.box("door", -0.13, 0.62, 0.13, 1, 0.05)
    f.box("window", -0.09, 0.12, 0.09, 0.34, 0.03)
    for turn in (35, 125, 215, 305):
        sin, cos = math.sin(math.radians(turn)), -math.cos(math.radians(turn))

        def at(along: float, aside: float, sin: float = sin, cos: float = cos) -> tuple[float, float]:
            return along * sin - aside * cos, -0.38 + along * cos + aside * sin

        f.polygon("sail", at(0.22, 0.02), at(0.95, 0.02), at(0.95, 0.26), at(0.22, 0.26))
        for along in (0.4, 0.6, 0.8):
            f.line("shadow", 0.025, at(along, 0.02), at(along, 0.26))
        f.line("wood", 0.06, at(0, 0), at(1, 0))
    f.oval("wood", 0, -0.38, 0.09)


def church(f: Figure) -> None:
    f.box("body", -0.35, 0, 0.95, 0.95)
    f.polygon("roof", (-0.2, -0.4), (0.78, -0.4), (1.05, 0.05), (-0.4, 0.05))
    f.box("light", -0.85, -0.3, -0.25, 0.95)
    f.polygon("roof", (-0.55, -0.95), (-0.18, -0.25), (-0.92, -0.25))
    f.line("gold", 0.06, (-0.55, -0.92), (-0.55, -1.25))
    f.line("gold", 0.06, (-0.66, -1.13), (-0.44, -1.13))
    f.oval("window", -0.55, 0, 0.14)
    f.box("door", -0.7, 0.5, -0.4, 0.95, 0.1)
    for x in (0.0, 0.36, 0.72):
        f.box("window", x - 0.1, 0.28, x + 0.1, 0.7, 0.1)


def tent(f: Figure) -> None:
    f.line("wood", 0.06, (-0.1, -0.85), (0.06, -0.68))
    f.line("wood", 0.06, (0.1, -0.85), (-0.06, -0.68))
    f.polygon("body", (0, -0.72), (1.1, 0.8), (-1.1, 0.8))
    f.polygon("dark", (0, -0.72), (0.5, 0.8), (-0.5, 0.8))
    f.polygon("inside", (0, -0.35), (0.34, 0.8), (-0.34, 0.8))
    f.polygon("light", (0, -0.72), (-0.14, 0.35), (-0.5, 0.8), (-0.6, 0.8), (-0.1, -0.5))
    f.polygon("light", (0, -0.72), (0.14, 0.35), (0.5, 0.8), (0.6, 0.8), (0.1, -0.5))


def skyscraper(f: Figure) -> None:
    f.line("metal", 0.05, (0.02, -0.95), (0.02, -1.25))
    f.box("dark", -0.22, -0.98, 0.26, -0.7)
    f.box("body", -0.42, -0.78, 0.42, 1)
    f.box("dark", 0.24, -0.78, 0.42, 1)
    for row in range(6):
        for x in (-0.24, 0.04):
            paint = "window" if (row * 2 + (x > 0)) % 5 else "glass"
            f.box(paint, x - 0.09, -0.65 + row * 0.24, x + 0.09, -0.51 + row * 0.24)
    f.box("door", -0.2, 0.8, 0.02, 1)


NOUNS = {
    "house": Noun(house, "stands", ("white", "yellow", "brown"), scale=1.1),
    "castle": Noun(castle, "stands", ("grey", "white"), scale=1.2),
    "lighthouse": Noun(lighthouse, "stands", ("red", "white"), scale=1.2),
    "windmill": Noun(windmill, "stands", ("white", "brown"), scale=1.15),
    "church": Noun(church, "stands", ("white", "brown"), scale=1.15),
    "tent": Noun(tent, "stands", ("orange", "red", "green"), scale=0.95),
    "skyscraper": Noun(skyscraper, "stands", ("blue", "grey"), scale=1.25),
}
