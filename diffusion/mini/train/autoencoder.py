"""Trains the autoencoder: cut-outs of the pictures first, whole ones then."""

import random
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor, nn

from diffusion.mini.page import page
from diffusion.mini.pixels import pictures

from .config import Config
from .loop import Pupil, Watch, train
from .networks import made_faster, new_autoencoder
from .pictures import Pictures, buckets_of, choose, turn
from .run import Run
from .sheets import sheet_path

SHOWN = 8


def train_autoencoder(config: Config, run: Run) -> None:
    recipe, shelves = config.autoencoder, buckets_of(config.data, run)
    autoencoder = new_autoencoder(config)
    made_faster(autoencoder, run)

    def loss(step: int, randomness: Generator) -> Tensor:
        lot = run.lot(step)
        shelf = turn(shelves, lot)
        whole = step >= recipe.crops_until * recipe.steps
        count = shelf.bucket.at_once(recipe.batch)
        drawn = shelf[choose(shelf.for_training, count, randomness)]
        drawn = drawn if whole else cut_out(drawn, recipe.crop, lot)
        latents = autoencoder.encode(drawn).latent_dist
        noise = torch.randn(latents.mean.shape, generator=randomness, device=run.device)
        copies = autoencoder.decode(latents.mean + latents.std * noise).sample.float()
        return unlikeness(copies, drawn, recipe.edges) + recipe.kl * latents.kl().mean() / latents.mean[0].numel()

    if graduate := train("autoencoder", Pupil(autoencoder), recipe, run, loss, copies_shown(shelves, run)):
        trained = graduate.module
        trained.register_to_config(scaling_factor=1 / latent_spread(trained, shelves))
        trained.save_pretrained(run.folder / "vae")
        run.finish("autoencoder", seconds=round(graduate.seconds), decibels=held_out_decibels(trained, shelves))


def cut_out(drawn: Tensor, side: int, lot: random.Random) -> Tensor:
    """The same part of each picture, (pictures, 3, side, side) where they are as large."""
    top, left = (lot.randint(0, max(0, length - side)) for length in drawn.shape[-2:])
    return drawn[..., top : top + side, left : left + side]


def unlikeness(copies: Tensor, drawn: Tensor, edges: float) -> Tensor:
    error = copies - drawn
    return error.abs().mean() + error.square().mean() + edges * edge_error(error)


def edge_error(error: Tensor) -> Tensor:
    """The mean error of the differences between neighbouring pixels: what blurs an edge costs twice."""
    across, down = error.diff(dim=-1).abs().mean(), error.diff(dim=-2).abs().mean()
    return across + down


@torch.no_grad()
def latent_spread(autoencoder: Any, shelves: list[Pictures]) -> float:
    """The standard deviation of the latents: its inverse is the scaling factor."""
    found = [autoencoder.encode(shelf.held_out(64)).latent_dist.mean.flatten() for shelf in shelves]
    return float(torch.cat(found).std())


@torch.no_grad()
def held_out_decibels(autoencoder: Any, shelves: list[Pictures]) -> float:
    """The mean peak signal-to-noise ratio on pictures that were not trained on."""
    found = []
    for shelf in shelves:
        drawn = shelf.held_out(64)
        copies = autoencoder.decode(autoencoder.encode(drawn).latent_dist.mean).sample.clamp(-1, 1)
        found.append(10 * torch.log10(4 / (copies - drawn).square().mean((1, 2, 3))))
    return round(float(np.mean(torch.cat(found).cpu().numpy())), 2)


def copies_shown(shelves: list[Pictures], run: Run, stage: str = "autoencoder") -> Watch:
    """Held-out pictures over what the autoencoder leaves of them."""
    drawn = shelves[0].held_out(SHOWN)

    @torch.no_grad()
    def watch(module: nn.Module, step: int) -> None:
        autoencoder: Any = module
        copies = autoencoder.decode(autoencoder.encode(drawn).latent_dist.mean).sample
        rows = [*pictures(drawn.cpu()), *pictures(copies.cpu())]
        page([(picture, "") for picture in rows], len(drawn), lines=0).save(sheet_path(run.folder, stage, step))

    return watch
