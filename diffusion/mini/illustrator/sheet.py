"""Contact sheets: many small pictures with words under them, to be looked at."""

import random
from collections.abc import Callable, Iterable

from PIL import Image

from diffusion.mini.page import Tile, page

from .captions import caption
from .drawing import draw
from .lot import scene_of
from .nouns import NOUNS
from .scene import PLAIN, STYLES, Group, Scene, Setting

SHAPES = ((1, 1), (1, 1), (1, 1), (1.5, 1), (1, 1.5))
"""Widths and heights of pictures, beside the shorter side."""
SHOWN = ("cat", "boat", "lighthouse", "tree", "car", "robot")
"""The nouns on the sheet of styles."""


def nouns(seed: int, side: int) -> Iterable[Tile]:
    """Every noun by itself, in a colour of its own."""
    for number, (name, noun) in enumerate(NOUNS.items()):
        colour = noun.usual[0]
        behind = "light green" if colour in ("blue", "turquoise", "white") else "light blue"
        thing = Group(name, colour, "large")
        yield (
            draw(Scene(seed + number, Setting(PLAIN, colour=behind), (thing,), place="centre"), (side, side)).picture,
            name,
        )


def styles(seed: int, side: int) -> Iterable[Tile]:
    """The same things in every style."""
    for number, noun in enumerate(SHOWN):
        setting = Setting("sea" if noun == "boat" else "meadow", ("day", "sunset", "night")[number % 3])
        for style in STYLES:
            yield (
                draw(Scene(seed + number, setting, (Group(noun, "red", "large"),), style), (side, side)).picture,
                style,
            )


def scenes(seed: int, side: int) -> Iterable[Tile]:
    """64 scenes by lot, as training sees them."""
    for number in range(seed, seed + 64):
        scene, rng = scene_of(number), random.Random(number)
        width, height = rng.choice(SHAPES)
        yield draw(scene, (round(width * side), round(height * side))).picture, caption(scene, rng)


SHEETS: dict[str, tuple[Callable[[int, int], Iterable[Tile]], int]] = {
    "nouns": (nouns, 10),
    "styles": (styles, len(STYLES)),
    "scenes": (scenes, 8),
}
"""What can be shown, and in how many columns."""


def sheet(name: str, seed: int, side: int) -> Image.Image:
    make, columns = SHEETS[name]
    return page(list(make(seed, side)), columns)
