"""Trains the autoencoder whole, or (`decoder`) only its decoder, so that the latent space stays as it is.

The decoder practises on latents with some noise, as the denoiser will hand them over, and late in the stage a patch
critic (hinge loss; its weight balanced as in VQGAN, https://arxiv.org/abs/2012.09841) asks for crisp edges.
"""

import copy
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from torch import Generator, Tensor, nn
from torch.nn import functional

from .config import Config
from .data import Pictures
from .loop import Pupil, Run, train

KL, EDGES, FEATURES, CRITIC = 2e-4, 0.5, 0.05, 0.35
LATENT_NOISE = 0.2
"""The greatest noise on the decoder's latents, in units of the denoiser's latents."""


def new_autoencoder(config: Config) -> Any:
    blocks = len(config.autoencoder_widths)
    kind: Any = AutoencoderKL  # its own hints name tuples of one
    return kind(
        down_block_types=("DownEncoderBlock2D",) * blocks,
        up_block_types=("UpDecoderBlock2D",) * blocks,
        block_out_channels=config.autoencoder_widths,
        layers_per_block=1,
        latent_channels=4,  # the stock inpainting pipeline refuses a UNet with other than 4 or 9 inputs
        norm_num_groups=1,  # few channels a group lose a colour axis
        sample_size=128,
        mid_block_add_attention=False,
    )


def autoencoder_of(folder: Path, device: torch.device) -> Any:
    autoencoder: Any = AutoencoderKL.from_pretrained(folder / "vae", torch_dtype=torch.float32)
    return autoencoder.to(device)


def train_autoencoder(config: Config, run: Run) -> None:
    drawn = Pictures.open(run.folder, config.data)
    autoencoder = new_autoencoder(config)

    def loss(step: int, randomness: Generator) -> Tensor:
        pictures = drawn[drawn.choose(config.autoencoder.batch, randomness)].to(run.device)
        latents = autoencoder.encode(pictures).latent_dist
        noise = torch.randn(latents.mean.shape, generator=randomness).to(run.device)
        copies = autoencoder.decode(latents.mean + latents.std * noise).sample.float()
        return unlikeness(copies, pictures) + KL * latents.kl().mean() / latents.mean[0].numel()

    trained: Any = train("autoencoder", Pupil(autoencoder), config.autoencoder, run, loss)
    if trained:
        trained.register_to_config(scaling_factor=1 / latent_spread(trained, drawn, run))
        trained.save_pretrained(run.folder / "vae")


def unlikeness(copies: Tensor, pictures: Tensor) -> Tensor:
    error = copies - pictures
    return error.abs().mean() + error.square().mean() + EDGES * edge_error(error)


def edge_error(error: Tensor) -> Tensor:
    """The mean error of the differences between neighbouring pixels: what blurs an edge costs twice."""
    across, down = error.diff(dim=-1).abs().mean(), error.diff(dim=-2).abs().mean()
    return across + down


@torch.no_grad()
def latent_spread(autoencoder: Any, drawn: Pictures, run: Run) -> float:
    """The standard deviation of the latents: its inverse is the scaling factor."""
    some = list(range(min(256, drawn.for_training)))
    return float(autoencoder.encode(drawn[some].to(run.device)).latent_dist.mean.std())


def train_decoder(config: Config, run: Run) -> None:
    autoencoder = autoencoder_of(run.folder, run.device)
    drawn = Pictures.open(run.folder, config.data)
    lesson = DecoderLesson(config, run, autoencoder, drawn)
    trained: Any = train("decoder", lesson.pupil, config.decoder, run, lesson.loss)
    if trained:
        autoencoder.decoder, autoencoder.post_quant_conv = trained["decoder"], trained["into"]
        autoencoder.save_pretrained(run.folder / "vae")


class DecoderLesson:
    """What the decoder is taught, and the critic that learns beside it."""

    def __init__(self, config: Config, run: Run, autoencoder: Any, drawn: Pictures):
        self.config, self.run, self.drawn = config, run, drawn
        self.frozen = copy.deepcopy(autoencoder).eval().requires_grad_(False)
        self.decoder = nn.ModuleDict({"decoder": autoencoder.decoder, "into": autoencoder.post_quant_conv})
        self.critic = critic().to(run.device)
        self.critic_optimizer = torch.optim.AdamW(self.critic.parameters(), lr=4e-4, betas=(0.5, 0.9))
        companions = {"critic": self.critic, "critic optimizer": self.critic_optimizer}
        self.pupil = Pupil(self.decoder, companions=companions)

    def loss(self, step: int, randomness: Generator) -> Tensor:
        pictures = self.drawn[self.drawn.choose(self.config.decoder.batch, randomness)].to(self.run.device)
        copies = self.decoder["decoder"](self.decoder["into"](self.latents(pictures, randomness))).float()
        error = copies - pictures
        likeness = error.abs().mean() + EDGES * edge_error(error) + FEATURES * self.feature_error(copies, pictures)
        if step < self.config.critic_from * self.config.decoder.steps:
            return likeness
        self.teach_critic(copies.detach(), pictures)
        disbelief = -self.critic(copies).float().mean()
        return likeness + CRITIC * self.balance(likeness, disbelief) * disbelief

    @torch.no_grad()
    def latents(self, pictures: Tensor, randomness: Generator) -> Tensor:
        """(pictures, 4, 16, 16), three in ten of them without added noise."""
        latents = self.frozen.encode(pictures).latent_dist
        own, added = torch.randn((2, *latents.mean.shape), generator=randomness).to(self.run.device)
        share = torch.rand(len(pictures), 1, 1, 1, generator=randomness) * LATENT_NOISE
        share = share * (torch.rand(share.shape, generator=randomness) < 0.7) / self.frozen.config["scaling_factor"]
        return latents.mean + latents.std * own + share.to(self.run.device) * added

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

    def balance(self, likeness: Tensor, disbelief: Tensor) -> float:
        """How much smaller the critic's pull on the last layer has to be made to equal that of the likeness."""
        decoder: Any = self.decoder["decoder"]
        last = decoder.conv_out.weight
        (one,) = torch.autograd.grad(likeness, last, retain_graph=True)
        (other,) = torch.autograd.grad(disbelief, last, retain_graph=True)
        return float((one.norm() / (other.norm() + 1e-6)).clamp(max=1))


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
