"""What a judge of nouns learns from: single things in every style, held-out ones too, and pictures of nothing."""

import math
import random
from dataclasses import replace

import numpy as np
from PIL import Image, ImageDraw

from .colours import COLOURS
from .drawing import draw
from .figure import curve
from .lot import scene_of
from .nouns import NOUNS

NOTHING = "nothing"
"""What a judge of nouns answers where no thing is seen."""
ANSWERS = (*NOUNS, NOTHING)
"""What it tells apart."""
SIDE, FINER = 128, 3
FORMLESS, EMPTY = 0.1, 0.05
HELD = ("", "", "", "colour", "style")


def lesson(seed: int) -> tuple[Image.Image, str]:
    """A picture, 128 x 128, and the noun that it shows."""
    rng = random.Random(f"lesson {seed}")
    chance = rng.random()
    if chance < FORMLESS + EMPTY:
        bare = replace(scene_of(seed, kind="empty"), extras=())  # a sun in the sky is a sun
        picture = draw(bare, (SIDE, SIDE)).picture
        return (formless(picture, rng) if chance < FORMLESS else picture), NOTHING
    scene = scene_of(seed, kind="single", held=rng.choice(HELD))
    return draw(scene, (SIDE, SIDE)).picture, scene.groups[0].noun


def formless(picture: Image.Image, rng: random.Random) -> Image.Image:
    """A blob of one or two colours with a wavy outline on the picture."""
    large = picture.resize((picture.width * FINER, picture.height * FINER))
    canvas = ImageDraw.Draw(large)
    x, y, size = rng.uniform(0.25, 0.75), rng.uniform(0.3, 0.75), rng.uniform(0.1, 0.3)
    for radius in (size, size * 0.5)[: rng.choice((1, 1, 2))]:
        reaches = [radius * rng.uniform(0.5, 1.3) for _ in range(9)]
        turns = [number * math.tau / 9 for number in range(9)]
        points = [(x + r * math.cos(t), y + r * math.sin(t)) for r, t in zip(reaches, turns, strict=True)]
        outline = curve(points, closed=True) * np.array(large.size)
        canvas.polygon(outline.ravel().tolist(), fill=COLOURS[rng.choice(list(COLOURS))])
    return large.reduce(FINER)
