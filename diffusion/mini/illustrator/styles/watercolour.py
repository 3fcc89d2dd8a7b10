"""Watercolour: thin paint that pools at the edges, wavering outlines, the grain of the paper, a bare margin."""

from dataclasses import replace

import numpy as np
from PIL import Image, ImageFilter

from diffusion.mini.illustrator.colours import paints_of
from diffusion.mini.illustrator.raster import Cutout, Pixels, View, cutout, image, scenery

from .lines import wavering

PAPER = np.array((252, 249, 242), np.float32)
FINER = 2
STRENGTH = {"sunset": 0.78, "night": 0.92}
"""How thick the wash of the backdrop is at an hour."""


def paint(view: View) -> Image.Image:
    rng = view.randomness()
    width, height = view.size
    bend = wavering(rng, view.unit * FINER, 0.0046)
    wash = scenery(view, FINER, bend).reduce(FINER)
    wash = wash.filter(ImageFilter.GaussianBlur(view.unit * 0.008))
    picture = thin(
        np.asarray(wash, np.float32),
        cloudy(rng, height, width, 5),
        STRENGTH.get(view.hour, 0.66) if view.land != "space" else 0.92,
    )
    for spot in view.layout.spots:
        thing = cutout(spot, view.unit, paints_of(spot.colour), finer=FINER, bend=bend)
        laid(thing, rng).onto(picture)
    picture += (cloudy(rng, height, width, max(view.unit // 3, 8)) - 0.5)[..., None] * 16
    margin = bare(rng, height, width, view.unit)[..., None]
    return image(picture * (1 - margin) + PAPER * margin)


def thin(pixels: Pixels, flow: np.ndarray, strength: float) -> Pixels:
    """Paint on paper, thicker and thinner where the water carried it; `flow` is (rows, columns), 0 to 1."""
    share = (strength + 0.5 * (flow - 0.5))[..., None].clip(0, 1)
    return PAPER + (pixels - PAPER) * share


def laid(thing: Cutout, rng: np.random.Generator) -> Cutout:
    """A thing in thin paint with a dark rim."""
    height, width = thing.cover.shape
    reach = max(min(height, width) * 0.045, 0.8)
    cover = Image.fromarray((thing.cover * 255).astype(np.uint8))
    soft = np.asarray(cover.filter(ImageFilter.GaussianBlur(reach)), np.float32) / 255
    rim = (thing.cover * (1 - soft)).clip(0, 1)[..., None]
    pixels = thin(thing.pixels, cloudy(rng, height, width, 4), 0.86) * (1 - 0.5 * rim)
    return replace(thing, pixels=pixels, cover=thing.cover * 0.97)


def cloudy(rng: np.random.Generator, height: int, width: int, cells: int) -> np.ndarray:
    """Smooth noise, (rows, columns), 0 to 1, with this many cells along the shorter side."""
    small = rng.random((cells * height // min(height, width) + 1, cells * width // min(height, width) + 1), np.float32)
    return np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))


def bare(rng: np.random.Generator, height: int, width: int, unit: int) -> np.ndarray:
    """How much of the paper shows at the ragged edge of the painted area, (rows, columns), 0 to 1."""
    rows, columns = np.ogrid[:height, :width]
    inwards = np.minimum(np.minimum(rows, height - 1 - rows), np.minimum(columns, width - 1 - columns)) / unit
    ragged = 0.022 + 0.05 * (cloudy(rng, height, width, 7) - 0.35)
    return ((ragged - inwards) / 0.012 + 0.5).clip(0, 1).astype(np.float32)
