"""White lines on blue drawing paper with a grid. Colours are not seen in it."""

from functools import cache

import numpy as np
from PIL import Image, ImageDraw

from diffusion.mini.illustrator.colours import Colour, mix
from diffusion.mini.illustrator.raster import View, on_canvas, placed

from .lines import draw_part

FINER = 3
PAPER: Colour = (28, 78, 156)
LINE: Colour = (240, 246, 255)
FILLED = ("ink", "mark", "tyre", "door", "inside", "coffee")
"""Paints that are drawn as dark places."""


def paint(view: View) -> Image.Image:
    picture = paper(*view.size, view.unit).copy()
    canvas = ImageDraw.Draw(picture)
    scale = view.unit * FINER
    width = max(scale * 0.008, 1.6)
    for part in on_canvas(view.backdrop.parts, scale):
        draw_part(canvas, part, mix(PAPER, (10, 40, 110), 0.12), mix(PAPER, LINE, 0.45), width * 0.7)
    for spot in view.layout.spots:
        for part in placed(spot, scale):
            inside = mix(PAPER, LINE, 0.82) if part.paint in FILLED else mix(PAPER, LINE, 0.1)
            main = part.paint in ("body", "dark", "light")
            draw_part(canvas, part, inside, LINE if main else mix(PAPER, LINE, 0.85), width * (1.35 if main else 0.9))
    return picture.reduce(FINER)


@cache
def paper(width: int, height: int, unit: int) -> Image.Image:
    """Blue paper with a fine and a coarse grid and a frame."""
    rows, columns = np.ogrid[: height * FINER, : width * FINER]
    vignette = 1 - 0.16 * ((columns / (width * FINER) - 0.5) ** 2 + (rows / (height * FINER) - 0.5) ** 2) * 2
    picture = Image.fromarray((np.array(PAPER) * vignette[..., None]).astype(np.uint8))
    canvas, pitch = ImageDraw.Draw(picture), unit * FINER / 16
    for count in range(1, max(width, height) * FINER // round(pitch) + 1):
        strength, at = (0.2 if count % 4 == 0 else 0.1), round(count * pitch)
        canvas.line([at, 0, at, height * FINER], mix(PAPER, LINE, strength), FINER)
        canvas.line([0, at, width * FINER, at], mix(PAPER, LINE, strength), FINER)
    return picture
