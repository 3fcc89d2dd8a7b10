"""The colours that can be asked for, and what every paint of a figure is on a thing of one of them."""

from functools import cache
from typing import TypeAlias

Colour: TypeAlias = tuple[int, int, int]
"""Red, green, blue, each 0 to 255."""

COLOURS: dict[str, Colour] = {
    "red": (224, 52, 52),
    "orange": (246, 142, 34),
    "yellow": (250, 212, 56),
    "green": (62, 166, 80),
    "blue": (48, 104, 222),
    "purple": (140, 72, 196),
    "pink": (250, 140, 188),
    "turquoise": (40, 190, 186),
    "white": (248, 248, 250),
    "black": (40, 40, 48),
    "grey": (146, 150, 160),
    "brown": (136, 86, 50),
}

ALIKE = frozenset(
    frozenset(pair)
    for pair in (
        ("red", "orange"), ("orange", "yellow"), ("pink", "purple"), ("brown", "red"), ("black", "brown"),
        ("blue", "purple"), ("brown", "orange"),
        ("grey", "white"), ("grey", "black"), ("grey", "turquoise"), ("grey", "brown"), ("grey", "purple"),
        ("turquoise", "blue"), ("turquoise", "green"), ("yellow", "white"), ("pink", "white"), ("pink", "red"),
        ("pink", "orange"), ("purple", "black"), ("purple", "brown"), ("green", "brown"), ("green", "black"),
        ("blue", "black"),
    )
)  # fmt: skip
"""Pairs that are hard to tell apart when one lies on the other."""

INK: Colour = (38, 34, 48)
WHITE: Colour = (255, 255, 255)

FIXED: dict[str, Colour] = {
    "ink": INK,
    "white": (252, 252, 252),
    "wood": (140, 94, 58),
    "nut": (112, 66, 36),
    "stem": (76, 148, 72),
    "leaf": (94, 172, 84),
    "skin": (150, 178, 92),
    "beak": (246, 156, 44),
    "rose": (240, 140, 150),
    "cream": (246, 228, 196),
    "gold": (246, 200, 72),
    "metal": (176, 184, 196),
    "tyre": (50, 50, 60),
    "glass": (176, 220, 244),
    "window": (255, 232, 140),
    "brick": (184, 96, 76),
    "stone": (128, 128, 138),
    "sail": (250, 246, 236),
    "canvas": (224, 226, 230),
    "waffle": (226, 170, 100),
    "crust": (184, 124, 66),
    "smoke": (226, 228, 234),
    "steam": (214, 220, 230),
    "water": (130, 206, 246),
    "tear": (96, 178, 244),
    "alien": (130, 214, 120),
    "glow": (120, 240, 200),
    "flame": (250, 128, 40),
    "string": (120, 116, 128),
    "snow": (252, 252, 255),
    "tongue": (236, 100, 110),
    "coffee": (104, 66, 44),
    "dial": (252, 250, 240),
    "carrot": (246, 142, 34),
    "inside": (70, 52, 60),
    "cup": (238, 214, 178),
    "cabin": (244, 244, 246),
}

CHOSEN: dict[str, tuple[Colour, Colour, tuple[str, ...]]] = {
    "spark": ((255, 214, 74), (122, 74, 40), ("yellow", "orange", "white", "pink")),
    "spot": ((252, 250, 246), (214, 72, 66), ("white", "grey", "pink", "yellow")),
    "blossom": ((240, 110, 160), (250, 214, 80), ("pink", "red", "purple")),
    "cherry": ((216, 48, 60), (80, 40, 60), ("red",)),
    "scarf": ((214, 60, 60), (56, 110, 210), ("red", "pink", "orange", "brown")),
    "hat": ((52, 52, 62), (110, 70, 44), ("black",)),
    "band": ((60, 50, 60), (214, 64, 64), ("black", "brown", "purple", "blue")),
    "flag": ((232, 70, 70), (250, 206, 70), ("red", "pink", "orange", "brown")),
    "roof": ((178, 78, 62), (74, 84, 116), ("red", "orange", "brown", "pink")),
    "door": ((112, 74, 48), (66, 58, 74), ("brown", "orange", "red")),
    "stripe": ((250, 250, 250), (206, 66, 60), ("white", "grey", "yellow", "pink")),
    "ribbon": ((255, 226, 120), (216, 60, 66), ("yellow", "white", "orange", "pink", "grey")),
    "jewel": ((214, 50, 80), (60, 120, 220), ("red", "pink", "orange", "purple")),
    "belly": ((252, 250, 246), (206, 214, 226), ("white",)),
    "blush": ((246, 140, 150), (220, 90, 110), ("red", "pink", "orange")),
    "mark": (INK, (214, 214, 224), ("black",)),
    "shadow": ((160, 166, 180), (160, 166, 180), ()),
}
"""An accent, what takes its place, and on which colours: so that it is always seen."""

DUSK: dict[str, Colour] = {"yellow": (170, 70, 0), "orange": (150, 20, 20)}
"""What a colour darkens towards, where that is not the violet of shadows."""


@cache
def paints_of(colour: str) -> dict[str, Colour]:
    """Every paint's colour on a thing of this colour."""
    chosen = {name: other if colour in where else first for name, (first, other, where) in CHOSEN.items()}
    return FIXED | chosen | tones(colour)


def tones(colour: str) -> dict[str, Colour]:
    """The thing's own colour, and its lighter and darker tones; black has lighter ones in their place."""
    body = COLOURS[colour]
    match colour:
        case "black":
            return {
                "body": body,
                "dark": (74, 74, 86),
                "deep": (104, 104, 118),
                "light": (64, 64, 76),
                "pale": (124, 124, 138),
            }
        case "white":
            return {
                "body": body,
                "dark": (216, 220, 232),
                "deep": (168, 176, 196),
                "light": WHITE,
                "pale": (232, 234, 242),
            }
        case _:
            return {
                "body": body,
                "dark": mix(body, DUSK.get(colour, (36, 20, 66)), 0.28),
                "deep": mix(body, DUSK.get(colour, (36, 20, 66)), 0.5),
                "light": mix(body, (255, 250, 225), 0.32),
                "pale": mix(body, (255, 252, 240), 0.62),
            }


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """The colour on the way from one (share 0) to the other (share 1)."""
    red, green, blue = (int(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue
