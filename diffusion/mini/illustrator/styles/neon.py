"""Neon tubes in the dark: every outline glows in its colour."""

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from diffusion.mini.illustrator.colours import Colour, mix, paints_of
from diffusion.mini.illustrator.raster import View, bands, fill, on_canvas, placed

from .lines import draw_part

FINER = 2
DARK: Colour = (10, 8, 24)
DIM = 0.18
"""How much is seen of what does not shine."""


def paint(view: View) -> Image.Image:
    behind = Image.fromarray((bands(view) * DIM + np.array(DARK, np.float32) * (1 - DIM)).astype(np.uint8))
    land = ImageDraw.Draw(behind)
    tubes = Image.new("RGB", (view.size[0] * FINER, view.size[1] * FINER))
    glass = Image.new("L", tubes.size)
    canvas, cover = ImageDraw.Draw(tubes), ImageDraw.Draw(glass)
    scale = view.unit * FINER
    width = max(scale * 0.011, 1.0)
    for part in on_canvas(view.backdrop.parts, scale):
        colour = view.backdrop.paints[part.paint]
        draw_part(canvas, part, (0, 0, 0), mix((0, 0, 0), bright(colour), 0.5), width * 0.7)
        fill(land, part.moved((1 / FINER, 1 / FINER), (0, 0)), mix(DARK, colour, DIM))
    for spot in view.layout.spots:
        paints = paints_of(spot.colour)
        for part in placed(spot, scale):
            colour = bright(paints[part.paint] if part.paint != "ink" else paints["pale"])
            own = part.paint in ("body", "dark", "light", "deep", "pale")
            draw_part(canvas, part, mix(DARK, colour, 0.24 if own else 0.14), colour, width * (1.25 if own else 0.8))
            draw_part(cover, part, 255, 255, width)  # type: ignore[arg-type]
    light = tubes.reduce(FINER)
    dark = Image.composite(Image.new("RGB", light.size, DARK), behind, glass.reduce(FINER))
    for reach, share in ((0.035, 0.75), (0.012, 0.7)):
        halo = light.filter(ImageFilter.GaussianBlur(view.unit * reach)).point(
            lambda value, share=share: value * share * 1.6
        )
        dark = ImageChops.screen(dark, halo)
    return ImageChops.screen(dark, light)


def bright(colour: Colour) -> Colour:
    """The colour as light: its strongest part at full strength, the weakest lowered."""
    top, low = max(colour), min(colour)
    red, green, blue = (
        int(min(255, max(0, (value - low * 0.55) * 255 / max(top - low * 0.55, 60)))) for value in colour
    )
    return red, green, blue
