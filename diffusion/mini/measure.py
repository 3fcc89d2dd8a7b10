"""What can be measured in a picture without a classifier: its background, and a thing's colour and place on it."""

import functools
from collections.abc import Mapping

import numpy as np
from PIL import Image

from .backgrounds import MOON, SETTINGS, SUN
from .palette import COLOURS, PLAIN, Colour
from .scenes import PLACES, Scene, render

BORDER = 10
"""Columns on either side that are looked at for the background."""
DIFFERENT = 40
"""A pixel whose red, green or blue is this far from the background's belongs to the thing."""
SMALLEST = 0.008
"""The share of the picture that counts as a thing at all; a small one covers about 0.02."""
SIDEWAYS = 0.08
"""How far from the middle, in shares of the side, a centre must lie to count as on a side."""
IN_THE_SKY: Mapping[str, tuple[Colour, float]] = {"sun": (SUN, 0.006), "moon": (MOON, 0.003)}
"""The colour, and the smallest share of the picture."""


def background(picture: Image.Image) -> str:
    """The plain colour or the setting whose empty drawing is nearest, row by row, at the picture's sides."""
    seen = profile(picture)
    return min(profiles(), key=lambda name: float(np.abs(profiles()[name] - seen).mean()))


def profile(picture: Image.Image) -> np.ndarray:
    """The background's colour in each row, (rows, 3)."""
    pixels = pixels_of(picture)
    return np.median(np.concatenate([pixels[:, :BORDER], pixels[:, -BORDER:]], axis=1), axis=1)


@functools.cache
def profiles() -> dict[str, np.ndarray]:
    return {name: profile(render(Scene(0, name, "empty", "medium"))) for name in (*PLAIN, *SETTINGS)}


def thing_mask(picture: Image.Image) -> np.ndarray:
    """Where a picture on a plain background shows something else, (rows, columns) of bool."""
    behind = np.median(profile(picture), axis=0)
    return np.abs(pixels_of(picture) - behind).max(axis=-1) > DIFFERENT


def thing_colour(picture: Image.Image) -> str:
    """The name of the colour that most of the thing has, on a plain background; empty if there is no thing."""
    mask = thing_mask(picture)
    if mask.mean() < SMALLEST:
        return ""
    palette = np.array(list(COLOURS.values()))  # (colours, 3)
    distances = np.abs(pixels_of(picture)[mask][:, None] - palette).sum(axis=-1)  # (pixels, colours)
    return list(COLOURS)[np.bincount(distances.argmin(axis=1), minlength=len(palette)).argmax()]


def stands_at(picture: Image.Image, position: str) -> bool:
    """Whether the centre of the thing, on a plain background, lies where the position says."""
    mask = thing_mask(picture)
    if mask.mean() < SMALLEST:
        return False
    rows, columns = np.nonzero(mask)
    centre = columns.mean() / mask.shape[1], rows.mean() / mask.shape[0]
    return all(
        abs(place - 0.5) < 0.2 if wanted == 0.5 else (place - 0.5) * np.sign(wanted - 0.5) > SIDEWAYS
        for place, wanted in zip(centre, PLACES[position], strict=True)
        if wanted is not None
    )


def in_the_sky(picture: Image.Image, name: str) -> bool:
    """Whether the sun or the moon is seen in the upper part of a landscape."""
    colour, smallest = IN_THE_SKY[name]
    sky = pixels_of(picture)[: int(picture.height * 0.4)]
    alike = np.abs(sky - np.array(colour)).max(axis=-1) < 45
    return bool(alike.sum() / (picture.width * picture.height) > smallest)


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures, 0 (the same) to 1 (black against white)."""
    return float(np.abs(pixels_of(one) - pixels_of(other)).mean() / 255)


def pixels_of(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture.convert("RGB")).astype(float)
