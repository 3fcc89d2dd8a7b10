"""What is seen in the sky, and the weather; the mountain stands here too."""

import math

from .figure import Figure, arc
from .noun import Noun


def sun(f: Figure) -> None:
    for ray in range(12):
        turn = ray * 30
        f.polygon("light", *((r * math.sin(math.radians(a)), -r * math.cos(math.radians(a))) for r, a in
                             ((0.66, turn - 9), (1.04, turn), (0.66, turn + 9))))  # fmt: skip
    f.oval("body", 0, 0, 0.62)


def moon(f: Figure) -> None:
    f.polygon("body", *arc(0, 0, 1, 1, 50, 310, 40), *arc(0.42, 0, 0.8, 0.8, 285, 75, 30))
    for x, y, size in ((-0.68, -0.2, 0.12), (-0.55, 0.4, 0.15), (-0.2, -0.75, 0.08)):
        f.oval("dark", x, y, size)


def cloud(f: Figure) -> None:
    f.polygon(
        "body",
        *arc(-0.7, 0.2, 0.36, 0.36, 90, 235, 10),
        *arc(-0.32, -0.1, 0.44, 0.42, 190, 300, 12),
        *arc(0.3, -0.12, 0.5, 0.48, 215, 340, 12),
        *arc(0.76, 0.2, 0.34, 0.36, -70, 90, 10),
    )
    f.smooth("light", (-0.62, -0.1), (-0.46, -0.38), (-0.14, -0.4), (-0.3, -0.18))
    f.smooth("light", (0.12, -0.3), (0.28, -0.5), (0.52, -0.46), (0.34, -0.26))
    f.smooth("dark", (-0.8, 0.53), (-0.72, 0.4), (-0.2, 0.44), (0.4, 0.36), (0.95, 0.36), (0.8, 0.54), (0, 0.55))


def planet(f: Figure) -> None:
    f.polygon("gold", *arc(0, 0, 1.15, 0.3, 180, 360, 30), *arc(0, 0, 0.86, 0.17, 360, 180, 30))
    f.oval("body", 0, 0, 0.66)
    f.smooth("light", (-0.6, -0.25), (-0.1, -0.32), (0.58, -0.3), (0.5, -0.42), (0, -0.45), (-0.5, -0.4))
    f.smooth("dark", (-0.52, 0.36), (0, 0.44), (0.55, 0.34), (0.4, 0.5), (0, 0.56), (-0.4, 0.5))
    f.polygon("gold", *arc(0, 0, 1.15, 0.3, 180, 0, 30), *arc(0, 0, 0.86, 0.17, 0, 180, 30))
    f.turned(-18)


def lightning(f: Figure) -> None:
    f.polygon(
        "body", (0.25, -1.1), (-0.6, 0.15), (-0.08, 0.15), (-0.35, 1.1), (0.62, -0.25), (0.08, -0.25), (0.55, -1.1)
    )
    f.polygon("light", (0.25, -1.1), (-0.6, 0.15), (-0.4, 0.15), (0.4, -1.1))


def snowflake(f: Figure) -> None:
    for arm in range(6):
        angle = arm * math.pi / 3
        sin, cos = math.sin(angle), -math.cos(angle)
        f.line("body", 0.15, (0, 0), (sin, cos))
        for side in (-1, 1):
            tip = angle + side * math.pi / 4
            f.line(
                "body",
                0.12,
                (0.5 * sin, 0.5 * cos),
                (0.5 * sin + 0.36 * math.sin(tip), 0.5 * cos - 0.36 * math.cos(tip)),
            )
    f.oval("light", 0, 0, 0.16)


def mountain(f: Figure) -> None:
    f.polygon("dark", (0.45, -0.35), (1.2, 0.85), (-0.2, 0.85))
    f.polygon("body", (-0.25, -0.85), (0.75, 0.85), (-1.2, 0.85))
    f.polygon("light", (-0.25, -0.85), (-0.2, -0.1), (-0.4, 0.3), (-0.35, 0.85), (-1.2, 0.85))
    f.polygon("snow", (-0.25, -0.85), (0.07, -0.3), (-0.1, -0.42), (-0.22, -0.24), (-0.4, -0.42), (-0.58, -0.26))


NOUNS = {
    "sun": Noun(sun, "flies", ("yellow", "orange")),
    "moon": Noun(moon, "flies", ("yellow", "white"), scale=0.9),
    "cloud": Noun(cloud, "flies", ("white", "grey"), carries=0.06),
    "planet": Noun(planet, "flies", ("orange", "blue", "purple", "turquoise")),
    "lightning": Noun(lightning, "flies", ("yellow",)),
    "snowflake": Noun(snowflake, "flies", ("white", "blue"), scale=0.9),
    "mountain": Noun(mountain, "stands", ("grey", "brown", "purple"), carries=0.02, scale=1.25),
}
