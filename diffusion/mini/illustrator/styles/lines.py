"""Drawing with lines: outlines that hide what lies behind them, on a canvas larger than the picture."""

import numpy as np
from PIL import ImageDraw

from diffusion.mini.illustrator.colours import Colour
from diffusion.mini.illustrator.figure import Part
from diffusion.mini.illustrator.raster import Bend, fill, outlines, stroke


def straight(points: np.ndarray) -> np.ndarray:
    return points


def draw_part(
    canvas: ImageDraw.ImageDraw,
    part: Part,
    inside: Colour | None,
    line: Colour,
    width: float,
    bend: Bend = straight,
) -> None:
    """Fills a part (None leaves it open) and draws its outline; a thin line is drawn as a line."""
    if part.width:
        if part.width > 3 * width and inside is not None:
            stroke(canvas, part.points, part.width + width, line)
            stroke(canvas, part.points, part.width - width, inside)
        else:
            stroke(canvas, bend(part.points), width, line)
        return
    if inside is not None:
        fill(canvas, part, inside)
    for outline in outlines(part):
        stroke(canvas, bend(outline), width, line)


def wavering(rng: np.random.Generator, scale: float, reach: float) -> Bend:
    """Lets every edge waver by about this share of the picture's shorter side, which is `scale` pixels."""
    a, b, c, d = rng.uniform(0, 6.28, 4)

    def bend(points: np.ndarray) -> np.ndarray:
        x, y = points[:, 0] / scale, points[:, 1] / scale
        across = np.sin(34 * y + a) + 0.7 * np.sin(57 * (x + y) + b)
        down = np.sin(31 * x + c) + 0.7 * np.sin(61 * (x - y) + d)
        return points + np.stack([across, down], axis=1) * scale * reach

    return bend
