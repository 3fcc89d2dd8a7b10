"""Faces, and beings that are mostly face."""

from .figure import Figure, arc
from .noun import Noun


def happy_face(f: Figure) -> None:
    f.oval("body", 0, 0, 1)
    for x in (-0.36, 0.36):
        f.oval("mark", x, -0.28, 0.12, 0.19)
        f.oval("blush", x * 1.75, 0.12, 0.14, 0.1)
    f.polygon("mark", *arc(0, 0.18, 0.56, 0.5, 0, 180, 20))
    f.polygon("tongue", *arc(0, 0.52, 0.27, 0.13, 0, 360, 20))


def sad_face(f: Figure) -> None:
    f.oval("body", 0, 0, 1)
    for x in (-0.36, 0.36):
        f.oval("mark", x, -0.12, 0.12, 0.17)
        f.line("mark", 0.08, (x * 0.55, -0.52), (x * 1.5, -0.38))
    f.line("mark", 0.1, *arc(0, 0.78, 0.42, 0.36, 205, 335, 7))
    f.smooth("tear", (0.5, 0.06), (0.62, 0.34), (0.5, 0.46), (0.38, 0.34))


def robot(f: Figure) -> None:
    f.line("metal", 0.08, (0, -0.75), (0, -1.05))
    f.oval("glow", 0, -1.08, 0.11)
    for x in (-0.72, 0.72):
        f.line("metal", 0.16, (x * 0.75, 0.3), (x * 1.1, 0.7))
        f.oval("dark", x * 1.12, 0.75, 0.14)
        f.box("metal", x * 0.45 - 0.13, 0.85, x * 0.45 + 0.13, 1.1)
        f.box("dark", x * 0.45 - 0.19, 1.05, x * 0.45 + 0.19, 1.2, 0.05)
        f.oval("metal", x * 0.98, -0.42, 0.12)
    f.box("body", -0.55, 0.12, 0.55, 0.92, 0.1)
    f.box("pale", -0.3, 0.3, 0.3, 0.66, 0.06)
    for x in (-0.15, 0.15):
        f.oval("cherry" if x < 0 else "glow", x, 0.48, 0.09)
    f.box("body", -0.7, -0.82, 0.7, 0.04, 0.14)
    for x in (-0.32, 0.32):
        f.oval("white", x, -0.48, 0.19)
        f.oval("ink", x, -0.48, 0.1)
    f.box("white", -0.34, -0.2, 0.34, -0.06, 0.03)
    for x in (-0.17, 0, 0.17):
        f.line("ink", 0.04, (x, -0.2), (x, -0.06))


def ghost(f: Figure) -> None:
    f.smooth(
        "body", (-0.72, 0.95), (-0.75, 0), (-0.62, -0.65), (0, -1), (0.62, -0.65), (0.75, 0), (0.72, 0.95), (0.5, 0.75),
        (0.26, 1), (0, 0.76), (-0.26, 1), (-0.5, 0.75),
    )  # fmt: skip
    for side in (-1, 1):
        f.smooth("body", (side * 0.68, -0.05), (side * 1, 0.1), (side * 1.02, 0.28), (side * 0.68, 0.36))
        f.oval("mark", side * 0.26, -0.35, 0.13, 0.19)
        f.oval("blush", side * 0.46, -0.04, 0.11, 0.08)
    f.oval("mark", 0, 0.06, 0.13, 0.17)


def snowman(f: Figure) -> None:
    for side in (-1, 1):
        f.line("wood", 0.06, (side * 0.4, 0.05), (side * 0.85, -0.25))
        f.line("wood", 0.05, (side * 0.7, -0.16), (side * 0.88, -0.08))
    f.oval("body", 0, 0.6, 0.6, 0.55)
    f.oval("body", 0, 0, 0.45, 0.4)
    f.oval("body", 0, -0.55, 0.36)
    f.box("scarf", -0.33, -0.32, 0.33, -0.18, 0.06)
    f.box("scarf", 0.1, -0.25, 0.26, 0.15, 0.04)
    f.box("hat", -0.42, -0.88, 0.42, -0.78, 0.03)
    f.box("hat", -0.26, -1.3, 0.26, -0.8, 0.03)
    for x in (-0.13, 0.13):
        f.oval("mark", x, -0.6, 0.055)
    f.polygon("carrot", (0, -0.54), (0, -0.44), (0.34, -0.46))
    for y in (0, 0.4, 0.65):
        f.oval("mark", 0, y, 0.055)


NOUNS = {
    "happy face": Noun(happy_face, "hovers", ("yellow",), scale=0.88),
    "sad face": Noun(sad_face, "hovers", ("yellow", "blue"), scale=0.88),
    "robot": Noun(robot, "stands", ("grey", "turquoise", "blue")),
    "ghost": Noun(ghost, "hovers", ("white",)),
    "snowman": Noun(snowman, "stands", ("white",)),
}
