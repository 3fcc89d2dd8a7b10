"""Pixel art: hard squares, few colours, dithered skies, dark outlines."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from diffusion.mini.illustrator.colours import INK, mix, paints_of
from diffusion.mini.illustrator.layout import Spot
from diffusion.mini.illustrator.raster import View, bands, fill, on_canvas, placed

ACROSS = 44
"""How many squares the shorter side has, about."""
STEP = 22
"""The distance of two tones of a sky."""
BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], np.float32) / 16 - 0.5
"""Ordered dithering (Bayer 1973)."""


def paint(view: View) -> Image.Image:
    square = max(round(view.unit / ACROSS), 1)
    columns, rows = (-(-side // square) for side in view.size)
    smooth = bands(view)[square // 2 :: square, square // 2 :: square][:rows, :columns]
    smooth = np.pad(smooth, ((0, rows - smooth.shape[0]), (0, columns - smooth.shape[1]), (0, 0)), mode="edge")
    tiled = np.tile(BAYER, (rows // 4 + 1, columns // 4 + 1))[:rows, :columns, None]
    stepped = np.round(smooth / STEP + tiled) * STEP if view.land != "plain" else smooth * 0 + smooth.mean(axis=(0, 1))
    picture = Image.fromarray(np.clip(stepped, 0, 255).astype(np.uint8))
    canvas, scale = ImageDraw.Draw(picture), view.unit / square
    for part in on_canvas(view.backdrop.parts, scale):
        if np.ptp(part.points, axis=0).max() < 1.2 and not part.width:
            canvas.point(tuple(part.points.mean(axis=0)), view.backdrop.paints[part.paint])
        else:
            fill(canvas, part, view.backdrop.paints[part.paint])
    for spot in view.layout.spots:
        thing(picture, spot, scale)
    large = picture.resize((columns * square, rows * square), Image.Resampling.NEAREST)
    return large.crop((0, 0, *view.size))


def thing(picture: Image.Image, spot: Spot, scale: float) -> None:
    """The silhouette one square larger in a dark tone, then the parts on it."""
    paints, parts = paints_of(spot.colour), placed(spot, scale)
    mask = Image.new("L", picture.size)
    cover = ImageDraw.Draw(mask)
    for part in parts:
        fill(cover, part, 255)
    picture.paste(mix(paints["body"], INK, 0.82), (0, 0), mask.filter(ImageFilter.MaxFilter(3)))
    canvas = ImageDraw.Draw(picture)
    for part in parts:
        fill(canvas, part, paints[part.paint])
