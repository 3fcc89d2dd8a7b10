"""What can be measured in a flat picture on a plain background without a classifier: colour, place, count, size.

The style and the setting are told by `recogniser.py`, the noun by a judge that has learned from `lessons.py`.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
from PIL import Image, ImageFilter

from diffusion.mini.illustrator.atmosphere import PLAIN_COLOURS
from diffusion.mini.illustrator.colours import COLOURS, paints_of
from diffusion.mini.illustrator.layout import RADII
from diffusion.mini.illustrator.nouns import NOUNS

DIFFERENT = 36
"""A pixel whose red, green or blue is this far from the background's belongs to a thing."""
SMALLEST = 0.003
"""The share of the picture that counts as a thing at all."""
PIECE = 0.25
"""A piece smaller than this share of the largest belongs to another (steam, a string)."""
SIDEWAYS, ASTRAY, ASLANT = 0.1, 0.16, 0.22
"""How far to a side, in shares of the picture's, what is on that side must lie at least; and the other way, of which
nothing is said, at most: from the picture's middle, and from another thing."""
OWN = ("body", "dark", "light")


def thing_mask(picture: Image.Image) -> np.ndarray:
    """Where the picture shows something else than its background, (rows, columns) of bool."""
    pixels = np.asarray(picture.convert("RGB")).astype(int)
    edges = np.concatenate([pixels[:, :4], pixels[:, -4:]], axis=1)
    behind = np.median(edges, axis=1)[:, None]  # (rows, 1, 3): plain backgrounds darken downwards
    middle = np.median(behind, axis=0)  # where a thing lies at an edge, its row's colour would be wrong
    behind = np.where(np.abs(behind - middle).max(axis=-1, keepdims=True) > DIFFERENT, middle, behind)
    return np.abs(pixels - behind).max(axis=-1) > DIFFERENT


def colours_in(picture: Image.Image) -> np.ndarray:
    """The number of the nearest colour (in COLOURS) of every pixel of the things, -1 elsewhere; (rows, columns)."""
    tones, owners = palette()
    mask = thing_mask(picture)
    seen = np.asarray(picture.convert("RGB")).astype(int)[mask]
    found = np.full(mask.shape, -1)
    found[mask] = owners[np.abs(seen[:, None] - tones).sum(axis=-1).argmin(axis=1)]
    return found


@cache
def palette() -> tuple[np.ndarray, np.ndarray]:
    """The tones of all colours, (tones, 3), and the number of each one's colour."""
    rows = [(paints_of(name)[paint], number) for number, name in enumerate(COLOURS) for paint in OWN]
    return np.array([tone for tone, _ in rows]), np.array([number for _, number in rows])


def mask_of(picture: Image.Image, colour: str) -> np.ndarray:
    """Where the things have this colour, (rows, columns) of bool."""
    return colours_in(picture) == list(COLOURS).index(colour)


def background_of(picture: Image.Image) -> str:
    """The plain colour that comes nearest to what is seen at the left and right edges."""
    pixels = np.asarray(picture.convert("RGB")).astype(int)
    seen = np.median(np.concatenate([pixels[:, :4], pixels[:, -4:]], axis=1), axis=(0, 1))
    return min(PLAIN_COLOURS, key=lambda name: float(np.abs(seen - np.array(PLAIN_COLOURS[name])).sum()))


def thing_colour(picture: Image.Image) -> str:
    """The colour that most of the things have; empty if there is no thing."""
    found = colours_in(picture)
    if (found >= 0).mean() < SMALLEST:
        return ""
    return list(COLOURS)[np.bincount(found[found >= 0], minlength=len(COLOURS)).argmax()]


def stands_at(picture: Image.Image, place: str) -> bool:
    """Whether the middle of all things lies at a place."""
    centre = middle_of(thing_mask(picture))
    if centre is None:
        return False
    x, y = centre[0] - 0.5, centre[1] - 0.5
    if place == "centre":
        return abs(x) < 0.15 and abs(y) < 0.2
    words = set(place.split())
    wanted = {"left": x < -SIDEWAYS, "right": x > SIDEWAYS, "top": y < -SIDEWAYS, "bottom": y > SIDEWAYS}
    across, down = words & {"left", "right"}, words & {"top", "bottom"}
    return all(wanted[word] for word in words) and bool(across or abs(x) < ASTRAY) and bool(down or abs(y) < ASTRAY)


def middle_of(mask: np.ndarray) -> tuple[float, float] | None:
    """The centre of mass in shares of width and height; None where there is too little."""
    if mask.mean() < SMALLEST:
        return None
    rows, columns = np.nonzero(mask)
    return float(columns.mean() / mask.shape[1]), float(rows.mean() / mask.shape[0])


def lowest(mask: np.ndarray) -> float:
    """How far down it reaches, in shares of the height; a few pixels aside."""
    rows = np.nonzero(mask)[0]
    return float(np.percentile(rows, 97) / mask.shape[0])


def count_of(picture: Image.Image) -> int:
    """How many separate things there are."""
    sizes = [len(piece) for piece in pieces(picture)]
    return sum(size > PIECE * max(sizes) for size in sizes)


def pieces(picture: Image.Image) -> list[np.ndarray]:
    """The connected pieces of the things, each (pixels, 2) of rows and columns at half of the picture's resolution."""
    mask = Image.fromarray(thing_mask(picture)).convert("L").filter(ImageFilter.MaxFilter(3))
    return pieces_of(np.asarray(mask.resize((mask.width // 2, mask.height // 2), Image.Resampling.NEAREST)) > 0)


def pieces_of(mask: np.ndarray) -> list[np.ndarray]:
    """The connected pieces, each (pixels, 2) of rows and columns."""
    left, found = {(row, column) for row, column in np.argwhere(mask).tolist()}, []
    while left:
        queue, piece = [left.pop()], []
        while queue:
            row, column = queue.pop()
            piece.append((row, column))
            beside = ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1))
            near = [at for at in beside if at in left]
            left.difference_update(near)
            queue += near
        found.append(np.array(piece))
    return found


def size_of(picture: Image.Image, noun: str) -> str:
    """Small, medium or large for this noun; empty if there is no thing."""
    mask = thing_mask(picture)
    if mask.mean() < SMALLEST:
        return ""
    rows, columns = np.nonzero(mask)
    radius = max(np.ptp(rows), np.ptp(columns)) / 2 / min(mask.shape) / NOUNS[noun].scale
    middles = {name: sum(reach) / 2 for name, reach in RADII.items()}
    return min(middles, key=lambda name: abs(middles[name] - radius))


def relates(picture: Image.Image, relation: str, first: str, others: Sequence[str]) -> bool:
    """Whether what has the first colour stands so to what has the others.

    “on” and “behind” need them to touch: what is on another ends in its upper part, what is behind looks out at a
    side and ends higher.
    """
    masks = [mask_of(picture, colour) for colour in (first, *others)]
    middles = [middle_of(mask) for mask in masks]
    if any(middle is None for middle in middles):
        return False
    (x, y), *rest = [middle for middle in middles if middle]
    match relation:
        case "left":
            return all(x < other[0] - SIDEWAYS and abs(y - other[1]) < ASLANT for other in rest)
        case "right":
            return all(x > other[0] + SIDEWAYS and abs(y - other[1]) < ASLANT for other in rest)
        case "above":
            return all(y < other[1] - SIDEWAYS and abs(x - other[0]) < ASLANT for other in rest)
        case "below":
            return all(y > other[1] + SIDEWAYS and abs(x - other[0]) < ASLANT for other in rest)
        case "on":
            return count_of(picture) == 1 and abs(x - rest[0][0]) < 0.2 and lowest(masks[0]) < rest[0][1]
        case "behind":
            return count_of(picture) == 1 and abs(x - rest[0][0]) > 0.06 and lowest(masks[0]) < lowest(masks[1])
        case _:  # between
            columns = np.nonzero(np.any(masks[1:], axis=0))[1] / picture.width
            return bool((columns < x).mean() > 0.2 and (columns > x).mean() > 0.2)
