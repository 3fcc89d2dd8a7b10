"""Widths and heights that a model can draw: from an aspect ratio, from a wish, from another picture.

Arithmetic only; knows nothing of prompts and pictures.
"""

import math

from diffusion.registry import ModelSpec
from diffusion.request import Told

ASPECTS = ("1:1", "3:2", "2:3", "16:9", "9:16", "4:3", "3:4")
"""The ratios that people are offered; any other from 1:4 to 4:1 can be typed."""
WIDEST = 4.0
SMALLEST = 64
"""Pixels of a side; below it no model draws anything."""

Size = tuple[int, int]


def of_ratio(ratio: float, spec: ModelSpec) -> Size:
    """Width and height with about the area that the model was trained on; `ratio` is width / height."""
    ratio = min(max(ratio, 1 / WIDEST), WIDEST)
    side = math.sqrt(min(spec.size**2, spec.pixels))
    return _within(side * math.sqrt(ratio), side / math.sqrt(ratio), spec)


def of_wish(width: int, height: int, spec: ModelSpec) -> Size:
    """The nearest size to what was asked for; one beyond the model's area is `Told` with the largest of its shape."""
    if min(width, height) < SMALLEST:
        raise Told(f"{width}×{height} is too small: each side has at least {SMALLEST} pixels.")
    if max(width, height) > WIDEST * min(width, height):
        raise Told(f"{width}×{height} is too narrow: one side is at most {WIDEST:.0f} times the other.")
    if width * height > spec.pixels:
        scale = math.sqrt(spec.pixels / (width * height))
        largest = "×".join(map(str, _within(width * scale, height * scale, spec)))
        raise Told(f"{width}×{height} is more than {spec.name} can draw; the largest of that shape is {largest}.")
    return _within(width, height, spec)


def enlarged(width: int, height: int, factor: float, spec: ModelSpec) -> Size:
    """So many times the size of a picture of any shape, or the largest of that shape within the model's area; more
    times where it is smaller than any picture that is drawn. `Told` where it is too narrow for both."""
    least, most = SMALLEST / min(width, height), math.sqrt(spec.pixels / (width * height))
    if least > most:
        raise Told(
            f"{width}×{height} is too narrow to be enlarged by {spec.name}: one side is at most "
            f"{spec.pixels // SMALLEST**2} times the other; crop it first."
        )
    scale = min(max(factor, least), most)
    return _within(width * scale, height * scale, spec)


def example(spec: ModelSpec) -> str:
    """A size as it is typed, that this model can draw."""
    return "x".join(map(str, of_ratio(3 / 2, spec)))


def fits(width: int, height: int, spec: ModelSpec) -> bool:
    """Whether the model can draw exactly this."""
    whole = width % spec.multiple == 0 == height % spec.multiple
    return whole and min(width, height) >= SMALLEST and width * height <= spec.pixels


def _within(width: float, height: float, spec: ModelSpec) -> Size:
    """Both sides rounded to the model's multiple, or both down where that would leave its area."""
    step = spec.multiple
    least = math.ceil(SMALLEST / step)
    across, down = (max(least, round(side / step)) * step for side in (width, height))
    if across * down <= spec.pixels:
        return across, down
    return max(least, math.floor(width / step)) * step, max(least, math.floor(height / step)) * step
