"""A pencil drawing: wavering ink lines, hatched in coloured pencil, on paper."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from diffusion.mini.illustrator.colours import INK, Colour, mix, paints_of
from diffusion.mini.illustrator.layout import Spot
from diffusion.mini.illustrator.raster import Bend, View, bands, box_of, fill, on_canvas, placed

from .lines import draw_part, wavering

FINER = 2
PAPER: Colour = (250, 246, 236)


def paint(view: View) -> Image.Image:
    paper = np.array(PAPER, np.float32)
    share = 0.55 if view.land == "plain" else 0.42
    tinted = np.minimum(bands(view, FINER) * share + paper * (1 - share), 255).astype(np.uint8)
    picture = Image.fromarray(tinted)
    hand = Hand(view.unit, wavering(view.randomness(), view.unit * FINER, 0.005))
    canvas = ImageDraw.Draw(picture)
    for part in on_canvas(view.backdrop.parts, view.unit * FINER):
        colour = view.backdrop.paints[part.paint]
        draw_part(canvas, part, mix(PAPER, colour, share), mix(colour, INK, 0.45), hand.width * 0.7, hand.waver)
    if view.land != "plain":
        picture.paste(mix(PAPER, INK, 0.25), (0, 0), grain(*picture.size, view.unit))
    for spot in view.layout.spots:
        thing(picture, hand, spot)
    return picture.reduce(FINER)


@dataclass(frozen=True)
class Hand:
    """Draws lines that waver a little, the same for the same picture."""

    unit: int
    waver: Bend

    @property
    def width(self) -> float:
        return max(self.unit * FINER * 0.0085, 1.2)


def thing(picture: Image.Image, hand: Hand, spot: Spot) -> None:
    """Each part: a light wash, hatching in its colour, the outline in ink."""
    left, top, width, height = (value * FINER for value in box_of(spot, hand.unit, 3))
    paints = paints_of(spot.colour)
    layer = picture.crop((left, top, left + width, top + height))
    canvas, strokes = ImageDraw.Draw(layer), hatch(width, height, hand.unit)
    for part in placed(spot, hand.unit * FINER, left, top):
        colour = paints[part.paint]
        if not part.width and np.ptp(part.points, axis=0).min() > hand.unit * FINER * 0.05:
            mask = Image.new("L", layer.size)
            fill(ImageDraw.Draw(mask), part, 255)
            layer.paste(mix(PAPER, colour, 0.5), (0, 0), mask)
            layer.paste(mix(colour, INK, 0.06), (0, 0), ImageChops.multiply(mask, strokes))
            draw_part(canvas, part, None, INK, hand.width, hand.waver)
        elif part.width > 3 * hand.width:
            draw_part(canvas, part, mix(PAPER, colour, 0.75), INK, hand.width, hand.waver)
        else:
            draw_part(canvas, part, colour, mix(colour, INK, 0.75), hand.width * 0.9, hand.waver)
    picture.paste(layer, (left, top))


@cache
def hatch(width: int, height: int, unit: int) -> Image.Image:
    """Slanting pencil strokes, 0 to 255."""
    rows, columns = np.ogrid[:height, :width]
    along = (columns * 0.8 + rows * 0.62) / (unit * FINER)
    across = (columns * 0.62 - rows * 0.8) / (unit * FINER)
    wave = np.sin(along * 150 + 0.8 * np.sin(across * 21)) + 0.35 * np.sin(across * 60 + along * 40)
    return Image.fromarray((np.clip(wave * 0.75 + 0.45, 0, 1) * 235).astype(np.uint8))


@cache
def grain(width: int, height: int, unit: int) -> Image.Image:
    """Loose hatching over the whole sheet, 0 to 255."""
    rows, columns = np.ogrid[:height, :width]
    along = (columns * 0.7 + rows * 0.7) / (unit * FINER)
    across = (columns * 0.7 - rows * 0.7) / (unit * FINER)
    wave = np.sin(along * 90 + np.sin(across * 9)) + 0.5 * np.sin(across * 37)
    return Image.fromarray((np.clip(wave - 0.5, 0, 1) * 38).astype(np.uint8))
