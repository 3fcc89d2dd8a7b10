"""Trains the UNet, and gently the text encoder with it, on the latents of the drawn pictures.

v-prediction (https://arxiv.org/abs/2202.00512) on a schedule rescaled to zero terminal SNR
(https://arxiv.org/abs/2305.08891), weighted by min-SNR (https://arxiv.org/abs/2303.09556).
"""

from typing import Any

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Generator, Tensor, nn

from .config import Config, Denoiser
from .latents import latents_of
from .loop import Pupil, train
from .networks import attend_plainly, made_faster, new_scheduler, new_unet, text_encoder_of, tokenizer_of, unet_of
from .pictures import tokens, turn
from .run import Run
from .sheets import Gallery

LEAST_WEIGHT = 0.5


def train_denoiser(config: Config, run: Run) -> None:
    """Goes on from the UNet in the run's folder if there is one (`start`), else from nothing."""
    recipe, tokenizer = config.denoiser, tokenizer_of(run.folder)
    text = text_encoder_of(run.folder)
    pupil: Any = nn.ModuleDict({"unet": first_unet(config, run, text.config.hidden_size), "text": text})
    shelves, gallery = latents_of(config.data, tokenizer, run), Gallery(config, run)
    empty = tokens(tokenizer, [""]).to(run.device)
    alphas = new_scheduler().alphas_cumprod.float().to(run.device)  # (1000,)
    for network in pupil.values():
        attend_plainly(network, run)
    made_faster(pupil["unet"], run)

    def loss(step: int, randomness: Generator) -> Tensor:
        shelf = turn([shelf for shelf in shelves if shelf.bucket.is_open(step / recipe.steps)], run.lot(step))
        clean, things, ids = shelf.draw(recipe.batch, randomness)
        count, place = len(clean), clean.device
        dropped = torch.rand(count, 1, generator=randomness, device=place) < recipe.caption_dropout
        times = draw_times(recipe, count, randomness)
        noise = torch.randn(clean.shape, generator=randomness, device=place)
        signal, noisy = alphas[times].sqrt().view(-1, 1, 1, 1), (1 - alphas[times]).sqrt().view(-1, 1, 1, 1)
        mixed, velocity = signal * clean + noisy * noise, signal * noise - noisy * clean
        states = pupil["text"](torch.where(dropped, empty, ids)).last_hidden_state
        guess = pupil["unet"](mixed, times, states).sample
        more = recipe.foreground_weight * things * (times < recipe.foreground_below).view(-1, 1, 1)
        error = ((guess.float() - velocity).square().mean(1) * (1 + more)).mean((1, 2))
        return (error * weights(alphas[times], recipe.min_snr)).mean()

    def watch(module: Any, step: int) -> None:
        gallery.hang("denoiser", module["unet"], module["text"], step)

    if graduate := train("denoiser", Pupil(pupil, gentle={"text.": recipe.gentle}), recipe, run, loss, watch):
        graduate.module["unet"].save_pretrained(run.folder / "unet")
        graduate.module["text"].save_pretrained(run.folder / "text_encoder")
        new_scheduler().save_pretrained(run.folder / "scheduler")
        run.finish("denoiser", seconds=round(graduate.seconds))


def first_unet(config: Config, run: Run, text_width: int) -> UNet2DConditionModel:
    return unet_of(run.folder) if (run.folder / "unet").is_dir() else new_unet(config, text_width)


def draw_times(recipe: Denoiser, count: int, randomness: Generator) -> Tensor:
    """(count,) time steps: which band by lot, where in the band evenly spread over the batch."""
    place = randomness.device
    shares, first, last = (torch.tensor(column, device=place) for column in zip(*recipe.times, strict=True))
    band = torch.multinomial(shares, count, replacement=True, generator=randomness)
    order = torch.randperm(count, generator=randomness, device=place)
    spread = (order + torch.rand(count, generator=randomness, device=place)) / count
    return (first[band] + spread * (last - first)[band]).long().clamp(0, 999)


def weights(alphas: Tensor, most: float) -> Tensor:
    snr = alphas / (1 - alphas)
    return (snr.clamp(max=most) / (snr + 1)).clamp(min=LEAST_WEIGHT)
