"""Flat illustration with soft light from the upper left and soft shadows on the ground."""

from dataclasses import replace

import numpy as np
from PIL import Image, ImageFilter

from diffusion.mini.illustrator.colours import paints_of
from diffusion.mini.illustrator.layout import Spot
from diffusion.mini.illustrator.raster import Cutout, Pixels, View, cutout, image, scenery

FINER = 2
HOUR_LIGHT: dict[str, tuple[float, float, float]] = {"sunset": (1.0, 0.93, 0.9), "night": (0.86, 0.88, 0.98)}
"""What the hour leaves of red, green and blue on the things."""


def paint(view: View) -> Image.Image:
    picture = np.asarray(scenery(view, FINER).reduce(FINER), np.float32).copy()
    light = np.array(HOUR_LIGHT.get(view.hour, (1, 1, 1)), np.float32)
    for spot in view.layout.spots:
        thing = cutout(spot, view.unit, paints_of(spot.colour))
        if spot.habit in ("stands", "sails"):
            shadow(picture, spot, view.unit)
        lit(thing, light).onto(picture)
    return image(picture)


def lit(thing: Cutout, light: np.ndarray) -> Cutout:
    """Brighter where the surface turns to the upper left, darker at the lower right and towards the foot."""
    height, width = thing.cover.shape
    reach = max(min(height, width) * 0.09, 1.0)
    cover = Image.fromarray((thing.cover * 255).astype(np.uint8))
    soft = np.asarray(cover.filter(ImageFilter.GaussianBlur(reach)), np.float32) / 255
    step = max(round(reach), 1)
    padded = np.pad(soft, step)
    slope = padded[2 * step :, 2 * step :] - padded[: -2 * step, : -2 * step]  # (rows, columns), > 0 at the upper left
    fall = np.linspace(0.06, -0.07, height, dtype=np.float32)[:, None]
    shade = 1 + np.clip(slope, -0.5, 0.5) * 0.26 + fall
    return replace(thing, pixels=np.minimum(thing.pixels * shade[..., None] * light, 255))


def shadow(picture: Pixels, spot: Spot, unit: int) -> None:
    """A soft ellipse on the ground under the thing, a little to the right."""
    across, down = spot.half[0] * 0.95, min(spot.half[0] * 0.2, 0.05)
    x, y = (spot.x + 0.06 * spot.radius) * unit, spot.bottom * unit - 0.3 * down * unit
    top, bottom = max(int(y - down * unit * 1.6), 0), min(int(y + down * unit * 1.6) + 1, picture.shape[0])
    left, right = max(int(x - across * unit * 1.3), 0), min(int(x + across * unit * 1.3) + 1, picture.shape[1])
    rows, columns = np.ogrid[top:bottom, left:right]
    distance = ((columns + 0.5 - x) / (across * unit)) ** 2 + ((rows + 0.5 - y) / (down * unit)) ** 2
    picture[top:bottom, left:right] *= 1 - 0.34 * np.exp(-1.6 * distance**1.5)[..., None].astype(np.float32)
