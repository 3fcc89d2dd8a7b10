"""The picture that is painted on: where its source lies, which part is painted anew, and how the two meet.

Knows pictures and arithmetic; no request, no model.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from diffusion.request import Frame, Told

FEATHER = 1 / 16
"""Of the canvas' shorter side: how far a frame's new part reaches, ever weaker, into the kept one."""
SPREAD = 1 / 64
"""The same of a painted mask, outwards on either side of its seam."""
BLUR = 1 / 24
"""Of the canvas' longer side: how soft the picture's edge is drawn on, as a ground for what is painted there."""

ANY = [0] + [255] * 255
"""White for every level but black, as a table for `Image.point`."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """What is inpainted, and how its old part is put back."""

    image: Image.Image
    """RGB: the source, and a rough ground around it."""
    seam: Image.Image
    """L: 0 where the image is kept to the bit, 255 where it is new, and the way from one to the other."""

    @property
    def mask(self) -> Image.Image:
        """L, black and white: white wherever anything is new."""
        return self.seam.point(ANY)


def framed(source: Image.Image, frame: Frame, size: tuple[int, int]) -> Canvas:
    """The source, of the frame's size, where the frame lies on a canvas of `size`; parts of it may lie beyond.

    The edges are drawn on and blurred; the seam is a smooth way inside the frame, along those of its edges that lie
    on the canvas.
    """
    left, top, width, height = frame or (0, 0, *size)
    across, down = np.arange(size[0]) - left, np.arange(size[1]) - top  # in pixels of the source
    rows, columns = np.clip(down, 0, height - 1), np.clip(across, 0, width - 1)
    extended = Image.fromarray(np.asarray(source)[rows][:, columns])  # (H, W, 3)
    image = extended.filter(ImageFilter.GaussianBlur(max(size) * BLUR))
    image.paste(source, (left, top))
    depth = np.minimum(_depth(down, height)[:, None], _depth(across, width)[None, :])  # (H, W)
    return Canvas(image, _levels(1 - _smooth(depth / (min(size) * FEATHER))))


def painted(source: Image.Image, mask: Image.Image) -> Canvas:
    """The source where `mask` (L, of the same size) is white is new; the seam is a little wider than that.

    `Told` where nothing is white.
    """
    if mask.getextrema()[1] < 128:  # pyright: ignore[reportOperatorIssue]
        raise Told("The mask is black all over; paint white what is to be drawn anew.")
    radius = max(2, round(min(source.size) * SPREAD))
    wide = mask.point([0] * 128 + [255] * 128).filter(ImageFilter.BoxBlur(radius))
    return Canvas(source, wide.point(ANY).filter(ImageFilter.BoxBlur(radius)))


def put_back(new: np.ndarray, canvas: Canvas) -> np.ndarray:
    """The kept part over a new picture: both (height, width, 3) between 0 and 1."""
    weight = np.asarray(canvas.seam, np.float32)[..., None] / 255  # (H, W, 1)
    kept = np.asarray(canvas.image, np.float32) / 255
    return np.where(weight > 0, weight * new + (1 - weight) * kept, kept)


def _depth(along: np.ndarray, length: int) -> np.ndarray:
    """How far inside the frame each pixel of a line lies; an edge at or beyond the canvas' own counts for nothing."""
    before = along + 0.5 if along[0] < 0 else np.full(len(along), np.inf)
    after = length - along - 0.5 if along[-1] >= length else np.full(len(along), np.inf)
    return np.minimum(before, after)


def _smooth(part: np.ndarray) -> np.ndarray:
    """From 0 to 1 with level ends."""
    part = np.clip(part, 0, 1)
    return part * part * (3 - 2 * part)


def _levels(weight: np.ndarray) -> Image.Image:
    return Image.fromarray(np.round(weight * 255).astype(np.uint8))
