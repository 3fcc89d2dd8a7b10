"""Draws a scene in its style at any size, and tells where each thing lies in the picture."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image, ImageDraw

from .backdrop import backdrop
from .layout import Layout, Spot, layout
from .raster import View, fill, placed
from .scene import Scene
from .styles import PAINT


@dataclass(frozen=True)
class Drawn:
    """A thing as it is seen: `mask` is (rows, columns) of bool, without what other things hide; the box is
    (left, top, right, bottom) and the centre (x, y) of the mask, in shares of the picture's width and height."""

    group: int
    noun: str
    colour: str
    mask: np.ndarray

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        rows, columns = np.nonzero(self.mask)
        height, width = self.mask.shape
        return columns.min() / width, rows.min() / height, (columns.max() + 1) / width, (rows.max() + 1) / height

    @cached_property
    def centre(self) -> tuple[float, float]:
        rows, columns = np.nonzero(self.mask)
        return (columns.mean() + 0.5) / self.mask.shape[1], (rows.mean() + 0.5) / self.mask.shape[0]


@dataclass(frozen=True)
class Drawing:
    """The picture of a scene, and its things in the order in which they were painted."""

    scene: Scene
    layout: Layout
    picture: Image.Image
    unit: int

    @cached_property
    def covered(self) -> np.ndarray:
        """Where any thing is seen, (rows, columns) of bool."""
        return np.any([thing.mask for thing in self.things] or [np.zeros(self.picture.size[::-1], bool)], axis=0)

    @cached_property
    def things(self) -> tuple[Drawn, ...]:
        free = np.ones(self.picture.size[::-1], dtype=bool)
        seen = []
        for spot in reversed(self.layout.spots):
            whole = silhouette(spot, self.picture.size, self.unit)
            seen.append(Drawn(spot.group, spot.noun, spot.colour, whole & free))
            free &= ~whole
        return tuple(reversed(seen))


def draw(scene: Scene, size: tuple[int, int] = (128, 128)) -> Drawing:
    """The picture of a scene, laid out for its width and height in pixels; the same scene gives the same pixels."""
    unit = min(size)
    places = layout(scene, size[0] / unit, size[1] / unit)
    view = View(places, backdrop(scene, places), scene.seed, scene.setting.land, scene.setting.hour, unit)
    return Drawing(scene, places, PAINT[scene.style](view), unit)


def silhouette(spot: Spot, size: tuple[int, int], unit: int) -> np.ndarray:
    """Where a thing lies, hidden or not, (rows, columns) of bool."""
    mask = Image.new("1", size)
    canvas = ImageDraw.Draw(mask)
    for part in placed(spot, unit):
        fill(canvas, part, 1)
    return np.asarray(mask)
