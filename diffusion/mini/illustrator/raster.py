"""From outlines to pixels: polygons painted larger and reduced for soft edges, things cut out with their cover."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw

from .backdrop import Backdrop
from .colours import Colour
from .figure import Part
from .layout import Layout, Spot
from .nouns import fine_parts_of, parts_of

Bend = Callable[[np.ndarray], np.ndarray]
"""Displaces points, (points, 2) in pixels of a canvas over the whole picture."""
Pixels = np.ndarray
"""(rows, columns, 3) of float32, 0 to 255."""


@dataclass(frozen=True)
class View:
    """What a style paints: the places, what lies behind, and the size of the picture in pixels."""

    layout: Layout
    backdrop: Backdrop
    seed: int
    land: str
    hour: str
    unit: int
    """The pixels of the picture's shorter side."""

    @property
    def size(self) -> tuple[int, int]:
        return round(self.layout.width * self.unit), round(self.layout.height * self.unit)

    def randomness(self) -> np.random.Generator:
        return np.random.default_rng(self.seed)


@dataclass(frozen=True)
class Cutout:
    """A thing by itself: its pixels, how much each covers (rows, columns, 0 to 1), where it lies in the picture."""

    left: int
    top: int
    pixels: Pixels
    cover: np.ndarray

    def onto(self, picture: Pixels, strength: float = 1.0) -> None:
        """Lays it over the picture; what lies outside is cut off."""
        rows, columns, inner_rows, inner_columns = overlap(self, picture)
        cover = self.cover[inner_rows, inner_columns, None] * strength
        part = picture[rows, columns]
        part += (self.pixels[inner_rows, inner_columns] - part) * cover


def overlap(cutout: Cutout, picture: Pixels) -> tuple[slice, slice, slice, slice]:
    """The rows and columns of the picture, and those of the cutout, that lie on one another."""
    height, width = cutout.cover.shape
    top, left = max(cutout.top, 0), max(cutout.left, 0)
    bottom, right = min(cutout.top + height, picture.shape[0]), min(cutout.left + width, picture.shape[1])
    inner_rows, inner_columns = (
        slice(top - cutout.top, bottom - cutout.top),
        slice(left - cutout.left, right - cutout.left),
    )
    return slice(top, bottom), slice(left, right), inner_rows, inner_columns


def fill(canvas: ImageDraw.ImageDraw, part: Part, colour: Colour | int) -> None:
    """Paints a part whose points are pixels of the canvas."""
    if not part.width:
        canvas.polygon(part.filled.ravel().tolist(), fill=colour)
        return
    stroke(canvas, part.points, part.width, colour)


def stroke(canvas: ImageDraw.ImageDraw, points: np.ndarray, width: float, colour: Colour | int) -> None:
    """An open line with round ends and joints; of one pixel at least."""
    canvas.line(points.ravel().tolist(), fill=colour, width=max(1, round(width)), joint="curve")
    if width > 2:
        for x, y in (points[0], points[-1]):
            canvas.ellipse([x - width / 2, y - width / 2, x + width / 2, y + width / 2], fill=colour)


def outlines(part: Part) -> Iterable[np.ndarray]:
    """The lines round a part, each ending where it begins; of a line itself, what lies along its middle."""
    if not part.closed:
        yield part.points
    elif part.edge:
        yield part.points[: part.edge]
    else:
        for ring in (part.points, part.hole):
            if ring is not None:
                yield np.concatenate([ring, ring[:1]])


def bands(view: View, finer: int = 1) -> Pixels:
    """The gradients of the backdrop."""
    width, height = view.size
    rows = np.empty((height * finer, 3), np.float32)
    for band in view.backdrop.bands:
        top, bottom = (round(edge * view.unit * finer) for edge in (band.top, band.bottom))
        down = np.linspace(0, 1, max(bottom - top, 1), dtype=np.float32)[:, None]
        upper, lower = (np.array(view.backdrop.paints[name], np.float32) for name in (band.upper, band.lower))
        rows[top:bottom] = upper + (lower - upper) * down
    return np.repeat(rows[:, None], width * finer, axis=1)


def scenery(view: View, finer: int, bend: Bend | None = None) -> Image.Image:
    """The backdrop with everything on it, this many times larger than the picture."""
    picture = Image.fromarray(bands(view, finer).astype(np.uint8))
    canvas = ImageDraw.Draw(picture)
    for part in on_canvas(view.backdrop.parts, view.unit * finer):
        if bend and np.ptp(part.points, axis=0).max() > view.unit * finer * 0.15:
            part = bent(part.finer(view.unit * finer * 0.08), bend, (0, 0))
        fill(canvas, part, view.backdrop.paints[part.paint])
    return picture


def on_canvas(parts: Iterable[Part], scale: float) -> Iterable[Part]:
    return (part.moved((scale, scale), (0, 0)) for part in parts)


def placed(spot: Spot, scale: float, left: float = 0, top: float = 0, *, fine: bool = False) -> list[Part]:
    """The parts of a thing in pixels of a canvas whose corner lies at (left, top); fine ones can be bent."""
    parts = fine_parts_of(spot.noun) if fine else parts_of(spot.noun)
    across = -spot.radius if spot.mirrored else spot.radius
    shift = (spot.x * scale - left, spot.y * scale - top)
    return [part.moved((across * scale, spot.radius * scale), shift) for part in parts]


def box_of(spot: Spot, unit: int, margin: int) -> tuple[int, int, int, int]:
    """Left, top, width and height of a thing's box in pixels, with a margin."""
    across, down = spot.half
    left, top = int((spot.x - across) * unit) - margin, int((spot.y - down) * unit) - margin
    return left, top, int(2 * across * unit) + 2 * margin + 2, int(2 * down * unit) + 2 * margin + 2


def bent(part: Part, bend: Bend, corner: tuple[float, float]) -> Part:
    """The part with its points displaced; the corner is where its canvas lies on the picture's."""
    shifted = [None if points is None else bend(points + corner) - corner for points in (part.points, part.hole)]
    return replace(part, points=shifted[0], hole=shifted[1])


def cutout(spot: Spot, unit: int, paints: dict[str, Colour], *, finer: int = 3, bend: Bend | None = None) -> Cutout:
    """The thing in flat colours, its outlines bent by a function if there is one."""
    margin = 2 if bend is None else 4
    left, top, width, height = box_of(spot, unit, margin)
    layer = Image.new("RGB", (width * finer, height * finer), paints["body"])
    mask = Image.new("L", layer.size)
    canvas, cover = ImageDraw.Draw(layer), ImageDraw.Draw(mask)
    corner = (left * finer, top * finer)
    for part in placed(spot, unit * finer, *corner, fine=bend is not None):
        part = bent(part, bend, corner) if bend else part
        fill(canvas, part, paints[part.paint])
        fill(cover, part, 255)
    pixels = np.asarray(layer.reduce(finer), np.float32)
    return Cutout(left, top, pixels, np.asarray(mask.reduce(finer), np.float32) / 255)


def image(picture: Pixels) -> Image.Image:
    return Image.fromarray(np.clip(picture + 0.5, 0, 255).astype(np.uint8))
