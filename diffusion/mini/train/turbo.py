"""Distils the guided model into few steps without guidance, as a LoRA on its UNet.

The student learns to leap from stop to stop of the teacher's walks (`trajectories.py`), as in progressive distillation
(https://arxiv.org/abs/2202.00512) with the guidance taken in (https://arxiv.org/abs/2210.03142). A part of its practice
starts from where its own leaps have led it, with the teacher's walk still as the aim (backward distillation,
https://arxiv.org/abs/2405.05224), so that later leaps mend what earlier ones missed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Generator, Tensor

from diffusion.mini import TURBO

from .config import Config
from .loop import Pupil, train
from .lora import multiply_in, save_lora, with_lora
from .networks import attend_plainly, new_scheduler, text_encoder_of, unet_of
from .pictures import choose, turn
from .run import Run
from .sheets import Gallery
from .trajectories import Trajectories, draw_trajectories, trajectories_of

Student = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Latents, time steps and the text encoder's states -> velocity."""


@dataclass(frozen=True)
class Stairs:
    """The student's stops: time steps (leaps,), and cosine and sine of their angles (leaps + 1,).

    With clean latents c and noise e, x = cos(a) c + sin(a) e and v = dx/da, so that DDIM's step from the angle a down
    to b is cos(a - b) x - sin(a - b) v, whatever a is.
    """

    times: Tensor
    cosine: Tensor
    sine: Tensor

    @classmethod
    def of(cls, leaps: int, device: torch.device) -> "Stairs":
        scheduler: Any = new_scheduler()
        scheduler.set_timesteps(leaps)
        last = scheduler.final_alpha_cumprod.view(1)
        kept = torch.cat([scheduler.alphas_cumprod[scheduler.timesteps], last]).float().to(device)
        return cls(scheduler.timesteps.to(device), kept.sqrt(), (1 - kept).sqrt())

    def __len__(self) -> int:
        return len(self.times)

    def turn(self, leap: Tensor) -> tuple[Tensor, Tensor]:
        """Cosine and sine of the angle that each leap crosses, (leaps, 1, 1, 1)."""
        (c, after), (s, below) = ((values[leap], values[leap + 1]) for values in (self.cosine, self.sine))
        return (c * after + s * below).view(-1, 1, 1, 1), (s * after - c * below).view(-1, 1, 1, 1)

    def leap(self, student: Student, x: Tensor, leap: Tensor, states: Tensor) -> Tensor:
        cosine, sine = self.turn(leap)
        return cosine * x - sine * student(x, self.times[leap], states)


BEFORE = Path("turbo-before", TURBO.name)
"""Where a run keeps a LoRA that it goes on from (`start`)."""


def train_turbo(config: Config, run: Run) -> None:
    """Goes on from the LoRA that `start` has laid there, if it has."""
    if not draw_trajectories(config, run):
        return
    recipe, shelves, stairs = (
        config.turbo,
        trajectories_of(config, run),
        Stairs.of(config.turbo.student_steps, run.device),
    )
    text: Any = text_encoder_of(run.folder)
    text = text.to(run.device).eval().requires_grad_(False)
    gallery = Gallery(config, run, steps=recipe.student_steps, guidance=1.0)
    before = run.folder / BEFORE
    unet = with_lora(unet_of(run.folder), recipe.rank, run.seed, before if before.exists() else None)
    attend_plainly(unet, run)
    multiply_in(unet)

    def student(x: Tensor, times: Tensor, states: Tensor) -> Tensor:
        return unet(x, times, states).sample.float()

    def loss(step: int, randomness: Generator) -> Tensor:
        shelf = turn(shelves, run.lot(step))
        ids, stops = practice(shelf, shelf.bucket.at_once(recipe.batch), randomness)
        with torch.no_grad():
            states = text(ids).last_hidden_state
        rows = torch.arange(len(ids), device=run.device)
        leap = rows % len(stairs)  # each as often
        own = torch.rand(len(ids), generator=randomness, device=run.device) < recipe.on_policy
        way = led(student, stairs, stops[:, 0], leap * own, states)
        start = torch.where(own.view(-1, 1, 1, 1), way, stops[rows, leap])
        cosine, sine = stairs.turn(leap)
        wanted = (cosine * start - stops[rows, leap + 1]) / sine
        error = (student(start, stairs.times[leap], states) - wanted).square().mean((1, 2, 3))
        return (error * sine.flatten()).mean()

    def watch(module: Any, step: int) -> None:
        gallery.hang("turbo", module, text, step)

    if graduate := train("turbo", Pupil(unet), recipe, run, loss, watch):
        save_lora(graduate.module, run.folder / "turbo")
        walked = sum(len(shelf.ids) for shelf in shelves)
        run.finish("turbo", seconds=round(graduate.seconds), trajectories=walked)


def practice(shelf: Trajectories, count: int, randomness: Generator) -> tuple[Tensor, Tensor]:
    """Tokens and stops of some walks, on the device."""
    chosen = choose(len(shelf.ids), count, randomness)
    there = chosen.to(shelf.ids.device)
    return shelf.ids[there].long().to(chosen.device), shelf.stops[there].float().to(chosen.device)


@torch.no_grad()
def led(student: Student, stairs: Stairs, noise: Tensor, leap: Tensor, states: Tensor) -> Tensor:
    """Where the student's own leaps lead from the noise, before each row's leap of that number."""
    x = noise.clone()
    for at in range(len(stairs) - 1):
        rows = (leap > at).nonzero().flatten()
        if len(rows):
            x[rows] = stairs.leap(student, x[rows], torch.full_like(rows, at), states[rows])
    return x
