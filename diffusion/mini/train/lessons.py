"""What the judge of the first drawing code learns from: other seeds, every combination, formless things."""

import math
import random

from PIL import Image, ImageDraw

from diffusion.mini.backgrounds import draw_background
from diffusion.mini.examination import NOTHING
from diffusion.mini.objects import DRAW
from diffusion.mini.palette import COLOURS, jitter
from diffusion.mini.scenes import FINER, SIDE, render, sample_scene

FIRST_SEED = 50_000_000
"""Far from the seeds that the model is trained on."""
FORMLESS = 0.15
ANSWERS = (*DRAW, NOTHING)


def lesson(seed: int) -> tuple[Image.Image, str]:
    """A picture and the noun that it shows."""
    rng = random.Random(seed)
    if rng.random() < FORMLESS:
        return formless(rng), NOTHING
    scene = sample_scene(seed, held=rng.random() < 0.2)
    while scene.kind not in ("single", "empty"):
        seed += 1_000_000_000
        scene = sample_scene(seed, held=rng.random() < 0.2)
    return render(scene), scene.things[0].noun if scene.things else NOTHING


def formless(rng: random.Random) -> Image.Image:
    """A blob of one or two colours with a wavy outline, on a background of the drawing code."""
    large = SIDE * FINER
    picture = Image.new("RGB", (large, large))
    scene = sample_scene(rng.randrange(10**9))
    draw_background(picture, rng, scene.background, scene.extras)
    x, y, size = rng.uniform(0.25, 0.75), rng.uniform(0.25, 0.75), rng.uniform(0.1, 0.3)
    for radius in (size, size * 0.5)[: rng.choice((1, 1, 2))]:
        waves = [(wave, rng.uniform(0.06, 0.16), rng.uniform(0, math.tau)) for wave in (2, 3, 4, 5)]
        outline = []
        for part in range(72):
            angle = part * math.tau / 72
            reach = radius * (1 + sum(high * math.cos(wave * angle + turn) for wave, high, turn in waves))
            outline.append(((x + reach * math.cos(angle)) * large, (y + reach * math.sin(angle)) * large))
        ImageDraw.Draw(picture).polygon(outline, fill=jitter(rng, COLOURS[rng.choice(list(COLOURS))], 20))
    return picture.reduce(FINER)
