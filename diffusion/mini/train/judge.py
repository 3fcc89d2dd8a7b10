"""Trains the judge of the score on pictures of its own."""

import numpy as np
import torch
from torch import Generator, Tensor
from torch.nn import functional

from diffusion.mini.illustrator.lessons import ANSWERS as LESSONS
from diffusion.mini.judge import Judge

from .config import Config
from .data import ANSWERS, PICTURES
from .loop import Pupil, train
from .pictures import Rows, choose
from .run import Run

FILE = "judge.safetensors"


def train_judge(config: Config, run: Run) -> None:
    folder = run.folder / "data" / "lessons"
    pixels = Rows(folder / PICTURES, run)
    answers = torch.from_numpy(np.load(folder / ANSWERS)).long().to(run.device)

    def loss(step: int, randomness: Generator) -> Tensor:
        chosen = choose(len(answers), config.judge.batch, randomness)
        pictures = pixels[chosen].permute(0, 3, 1, 2).float() / 127.5 - 1
        return functional.cross_entropy(
            pupil.module(disguise(pictures, randomness)).float(), answers[chosen], label_smoothing=0.05
        )

    pupil = Pupil(Judge(LESSONS, config.judge.widths))
    if graduate := train("judge", pupil, config.judge, run, loss):
        graduate.module.save(run.folder / FILE)
        run.finish("judge", seconds=round(graduate.seconds))


def disguise(pictures: Tensor, randomness: Generator) -> Tensor:
    """Exchanges the colour channels, blurs and adds noise, so that only the shape tells."""
    count, place = len(pictures), pictures.device
    order = torch.rand(count, 3, generator=randomness, device=place).argsort(dim=1)
    pictures = pictures[torch.arange(count, device=place)[:, None], order]
    blurred = functional.interpolate(functional.avg_pool2d(pictures, 2), scale_factor=2, mode="bilinear")
    share, loud = torch.rand((2, count, 1, 1, 1), generator=randomness, device=place)
    noise = torch.randn(pictures.shape, generator=randomness, device=place) * loud * 0.1
    return pictures.lerp(blurred, share) + noise
