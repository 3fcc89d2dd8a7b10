"""Trains the judge of the score on pictures of its own: other seeds, every combination, and formless things."""

import math
import random

import torch
from PIL import Image, ImageDraw
from torch import Generator, Tensor
from torch.nn import functional

from diffusion.mini.backgrounds import draw_background
from diffusion.mini.judge import ANSWERS, NOTHING, Judge
from diffusion.mini.palette import COLOURS, jitter
from diffusion.mini.pixels import tensor
from diffusion.mini.scenes import FINER, SIDE, render, sample_scene

from .config import Config
from .loop import Pupil, Run, train

FIRST_SEED = 50_000_000
"""Far from the seeds that the model is trained on."""
FORMLESS = 0.15


def train_judge(config: Config, run: Run) -> Judge | None:
    judge = Judge()

    def loss(step: int, randomness: Generator) -> Tensor:
        first = FIRST_SEED + step * config.judge.batch
        drawn, nouns = zip(*(lesson(first + number) for number in range(config.judge.batch)), strict=True)
        pictures = disguise(tensor(drawn), randomness).to(run.device)
        answers = torch.tensor([ANSWERS.index(noun) for noun in nouns], device=run.device)
        return functional.cross_entropy(judge(pictures).float(), answers, label_smoothing=0.05)

    trained = train("judge", Pupil(judge), config.judge, run, loss)
    return trained if isinstance(trained, Judge) else None


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


def disguise(pictures: Tensor, randomness: Generator) -> Tensor:
    """Exchanges the colour channels, blurs and adds noise, so that only the shape tells."""
    count = len(pictures)
    order = torch.stack([torch.randperm(3, generator=randomness) for _ in range(count)])  # (pictures, 3)
    pictures = pictures[torch.arange(count)[:, None], order]
    blurred = functional.interpolate(functional.avg_pool2d(pictures, 2), scale_factor=2, mode="bilinear")
    share = torch.rand(count, 1, 1, 1, generator=randomness)
    noise = torch.randn(pictures.shape, generator=randomness) * torch.rand(count, 1, 1, 1, generator=randomness) * 0.1
    return pictures.lerp(blurred, share) + noise
