"""Trains a light decoder for previews, in diffusers' class for such (AutoencoderTiny), on the latents as they are."""

from typing import Any

import torch
from torch import Generator, Tensor

from .autoencoder import unlikeness
from .config import Config
from .loop import Pupil, train
from .networks import autoencoder_of, new_preview
from .pictures import buckets_of, choose, turn
from .run import Run


def train_preview(config: Config, run: Run) -> None:
    """Also latents with noise: in the first steps of a walk that is what there is to show."""
    shelves, autoencoder = buckets_of(config.data, run), autoencoder_of(run.folder, run.device).eval()
    preview: Any = new_preview(config)
    preview.encoder.requires_grad_(False)

    def loss(step: int, randomness: Generator) -> Tensor:
        shelf = turn(shelves, run.lot(step))
        drawn = shelf[choose(shelf.for_training, shelf.bucket.at_once(config.preview.batch), randomness)]
        with torch.no_grad():
            latents = autoencoder.encode(drawn).latent_dist.mean * autoencoder.config.scaling_factor
        noise = torch.randn(latents.shape, generator=randomness, device=run.device)
        share = torch.rand(len(drawn), 1, 1, 1, generator=randomness, device=run.device) * config.decoder.latent_noise
        copies = preview.decode(latents + share * noise).sample.float()
        return unlikeness(copies, drawn, config.autoencoder.edges)

    if graduate := train("preview", Pupil(preview), config.preview, run, loss):
        graduate.module.save_pretrained(run.folder / "preview")
        run.finish("preview", seconds=round(graduate.seconds))
