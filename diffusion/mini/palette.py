"""The colours that things and plain backgrounds have, and the arithmetic on them. Knows nothing of drawing."""

import random
from typing import TypeAlias

Colour: TypeAlias = tuple[int, int, int]
"""Red, green, blue, each 0 to 255."""

COLOURS: dict[str, Colour] = {
    "red": (222, 38, 38),
    "orange": (245, 138, 24),
    "yellow": (250, 218, 40),
    "green": (44, 160, 62),
    "blue": (40, 92, 220),
    "purple": (138, 54, 190),
    "pink": (250, 130, 185),
    "white": (248, 248, 248),
    "black": (24, 24, 26),
    "brown": (128, 78, 40),
}

PLAIN: dict[str, Colour] = COLOURS | {
    "grey": (150, 150, 152),
    "light blue": (170, 212, 245),
    "light green": (182, 230, 170),
}

ALIKE = frozenset(
    frozenset(pair)
    for pair in (
        ("red", "orange"),
        ("orange", "yellow"),
        ("pink", "purple"),
        ("brown", "red"),
        ("black", "brown"),
        ("blue", "purple"),
        ("brown", "orange"),
    )
)
"""Pairs that are hard to tell apart when one lies on the other."""

LOST_IN = {"day": "green", "night": "black", "snow": "white", "desert": "brown", "sunset": "purple", "sea": "blue"}
"""The colour that a thing in this setting must not have, because it would not be seen."""


def clash(colour: str, background: str) -> bool:
    """Whether a thing of this colour would be lost on the background (a plain colour or a setting)."""
    return colour == LOST_IN.get(background, background) or frozenset((colour, background)) in ALIKE


def jitter(rng: random.Random, colour: Colour, amount: float) -> Colour:
    red, green, blue = (max(0, min(255, int(value + rng.uniform(-amount, amount)))) for value in colour)
    return red, green, blue


def shade(colour: Colour, factor: float) -> Colour:
    red, green, blue = (max(0, min(255, int(value * factor))) for value in colour)
    return red, green, blue


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """The colour on the way from one (share 0) to the other (share 1)."""
    red, green, blue = (int(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue
