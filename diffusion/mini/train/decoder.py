"""Sharpens the decoder alone, so that the latent space stays as it is.

The decoder practises on latents with some noise, as the denoiser will hand them over, and late in the stage a patch
critic (hinge loss; its weight balanced as in VQGAN, https://arxiv.org/abs/2012.09841) asks for crisp edges.
"""

import copy
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from .autoencoder import edge_error, held_out_decibels
from .config import Config
from .loop import Pupil, train
from .networks import autoencoder_of
from .pictures import buckets_of, choose, turn
from .run import Run


def train_decoder(config: Config, run: Run) -> None:
    autoencoder = autoencoder_of(run.folder, run.device)
    lesson = DecoderLesson(config, run, autoencoder)
    if graduate := train("decoder", lesson.pupil, config.decoder, run, lesson.loss):
        autoencoder.decoder, autoencoder.post_quant_conv = graduate.module["decoder"], graduate.module["into"]
        autoencoder.save_pretrained(run.folder / "vae")
        decibels = held_out_decibels(autoencoder, lesson.shelves)
        run.finish("decoder", seconds=round(graduate.seconds), decibels=decibels)


class DecoderLesson:
    """What the decoder is taught, and the critic that learns beside it."""

    def __init__(self, config: Config, run: Run, autoencoder: Any):
        self.config, self.recipe, self.run = config, config.decoder, run
        self.shelves = buckets_of(config.data, run)
        self.frozen = copy.deepcopy(autoencoder).eval().requires_grad_(False)
        self.decoder = nn.ModuleDict({"decoder": autoencoder.decoder, "into": autoencoder.post_quant_conv})
        self.critic = critic().to(run.device)
        self.critic_optimizer = torch.optim.AdamW(self.critic.parameters(), lr=4e-4, betas=(0.5, 0.9))
        companions = {"critic": self.critic, "critic optimizer": self.critic_optimizer}
        self.pupil = Pupil(self.decoder, companions=companions)

    def loss(self, step: int, randomness: Generator) -> Tensor:
        shelf = turn(self.shelves, self.run.lot(step))
        pictures = shelf[choose(shelf.for_training, shelf.bucket.at_once(self.recipe.batch), randomness)]
        copies = self.decoder["decoder"](self.decoder["into"](self.latents(pictures, randomness))).float()
        error = copies - pictures
        likeness = error.abs().mean() + self.config.autoencoder.edges * edge_error(error)
        likeness = likeness + self.recipe.features * self.feature_error(copies, pictures)
        if step < self.recipe.critic_from * self.recipe.steps:
            return likeness
        self.teach_critic(copies.detach(), pictures)
        disbelief = -self.critic(copies).float().mean()
        return likeness + self.recipe.critic * self.balance(likeness, disbelief) * disbelief

    @torch.no_grad()
    def latents(self, pictures: Tensor, randomness: Generator) -> Tensor:
        """(pictures, 4, rows, columns), three in ten of them without added noise."""
        latents, place = self.frozen.encode(pictures).latent_dist, self.run.device
        own, added = torch.randn((2, *latents.mean.shape), generator=randomness, device=place)
        greatest, chosen = torch.rand((2, len(pictures), 1, 1, 1), generator=randomness, device=place)
        share = greatest * self.recipe.latent_noise * (chosen < 0.7) / self.frozen.config["scaling_factor"]
        return latents.mean + latents.std * own + share * added

    def feature_error(self, copies: Tensor, pictures: Tensor) -> Tensor:
        """How differently the frozen encoder sees the two, in its first three blocks."""
        with torch.no_grad():
            wanted = self.features(pictures)
        pairs = zip(self.features(copies), wanted, strict=True)
        return torch.stack([(a - b).abs().mean() / (b.abs().mean() + 1e-3) for a, b in pairs]).sum().float()

    def features(self, pictures: Tensor) -> list[Tensor]:
        encoder = self.frozen.encoder
        found = [encoder.conv_in(pictures)]
        for block in encoder.down_blocks[:3]:
            found.append(block(found[-1]))
        return found[1:]

    def teach_critic(self, copies: Tensor, pictures: Tensor) -> None:
        real, false = self.critic(pictures).float(), self.critic(copies).float()
        self.critic_optimizer.zero_grad(set_to_none=True)
        (functional.relu(1 - real).mean() + functional.relu(1 + false).mean()).backward()
        self.critic_optimizer.step()

    def balance(self, likeness: Tensor, disbelief: Tensor) -> Tensor:
        """How much smaller the critic's pull on the last layer has to be made to equal that of the likeness."""
        decoder: Any = self.decoder["decoder"]
        last = decoder.conv_out.weight
        (one,) = torch.autograd.grad(likeness, last, retain_graph=True)
        (other,) = torch.autograd.grad(disbelief, last, retain_graph=True)
        return (one.norm() / (other.norm() + 1e-6)).clamp(max=1).detach()


def critic() -> nn.Module:
    """Pictures -> a map of how real each patch looks."""
    return nn.Sequential(
        nn.Conv2d(3, 24, 4, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(24, 48, 4, stride=2, padding=1),
        nn.GroupNorm(6, 48),
        nn.LeakyReLU(0.2),
        nn.Conv2d(48, 96, 3, padding=1),
        nn.GroupNorm(6, 96),
        nn.LeakyReLU(0.2),
        nn.Conv2d(96, 1, 3, padding=1),
    )
