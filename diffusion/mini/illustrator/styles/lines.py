"""Drawing with lines: outlines that hide what lies behind them, on a canvas larger than the picture."""

from collections.abc import Callable

import numpy as np
from PIL import ImageDraw

from diffusion.mini.illustrator.figure import Part
from diffusion.mini.illustrator.raster import fill, outlines, stroke
from diffusion.mini.palette import Colour

Wobble = Callable[[np.ndarray], np.ndarray]
"""Displaces the points of a line, (points, 2)."""


def straight(points: np.ndarray) -> np.ndarray:
    return points


def draw_part(
    canvas: ImageDraw.ImageDraw,
    part: Part,
    inside: Colour | None,
    line: Colour,
    width: float,
    wobble: Wobble = straight,
) -> None:
    """Fills a part (None leaves it open) and draws its outline; a thin line is drawn as a line."""
    if part.width:
        if part.width > 3 * width and inside is not None:
            stroke(canvas, part.points, part.width + width, line)
            stroke(canvas, part.points, part.width - width, inside)
        else:
            stroke(canvas, wobble(part.points), width, line)
        return
    if inside is not None:
        fill(canvas, part, inside)
    for outline in outlines(part):
        stroke(canvas, wobble(outline), width, line)
