"""Trains the UNet, and gently the text encoder with it, on the latents of the drawn pictures.

v-prediction (https://arxiv.org/abs/2202.00512) on a schedule rescaled to zero terminal SNR
(https://arxiv.org/abs/2305.08891), weighted by min-SNR (https://arxiv.org/abs/2303.09556).
"""

from pathlib import Path
from typing import Any

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from torch import Generator, Tensor, nn
from tqdm import tqdm
from transformers import CLIPTextModel

from .autoencoder import autoencoder_of
from .config import Config
from .data import Pictures
from .loop import Pupil, Run, train
from .text import tokenizer_of, tokens

ENCODED_AT_ONCE = 64
LEAST_WEIGHT = 0.5


def new_unet(config: Config) -> UNet2DConditionModel:
    """Cross-attention at 8x8 and 4x4: without the 4x4 level, positions are learned late."""
    return UNet2DConditionModel(
        sample_size=16,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        block_out_channels=config.unet_widths,
        layers_per_block=1,
        cross_attention_dim=config.text_width,
        attention_head_dim=4,
        norm_num_groups=8,
    )


def new_scheduler() -> DDIMScheduler:
    return DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
        prediction_type="v_prediction",
        timestep_spacing="trailing",
        rescale_betas_zero_snr=True,
    )


def train_denoiser(config: Config, run: Run) -> None:
    """Goes on from the UNet in the run's folder if there is one (`start`), else from nothing."""
    drawn, tokenizer = Pictures.open(run.folder, config.data), tokenizer_of(run.folder)
    pupil = nn.ModuleDict({"unet": unet_of(config, run.folder), "text": text_encoder_of(run.folder)})
    latents = Latents.encoded(drawn, run)
    empty = tokens(tokenizer, [""])
    alphas = new_scheduler().alphas_cumprod.float()  # (1000,)
    batch = config.denoiser.batch

    def loss(step: int, randomness: Generator) -> Tensor:
        chosen = drawn.choose(batch, randomness)
        ids = tokens(tokenizer, [drawn.caption(index, randomness) for index in chosen])
        ids = torch.where(torch.rand(batch, 1, generator=randomness) < config.dropped_captions, empty, ids)
        times = draw_times(config, batch, randomness)
        clean, noise = latents.sample(chosen, randomness), torch.randn(batch, 4, 16, 16, generator=randomness)
        signal, noisy = alphas[times].sqrt().view(-1, 1, 1, 1), (1 - alphas[times]).sqrt().view(-1, 1, 1, 1)
        mixed, velocity = signal * clean + noisy * noise, signal * noise - noisy * clean
        states = pupil["text"](ids.to(run.device)).last_hidden_state
        guess = pupil["unet"](mixed.to(run.device), times.to(run.device), states).sample
        error = (guess.float() - velocity.to(run.device)).square().mean((1, 2, 3))
        return (error * weights(alphas[times], config.min_snr).to(run.device)).mean()

    trained: Any = train("denoiser", Pupil(pupil, gentle={"text.": config.gentle}), config.denoiser, run, loss)
    if trained:
        trained["unet"].save_pretrained(run.folder / "unet")
        trained["text"].save_pretrained(run.folder / "text_encoder")
        new_scheduler().save_pretrained(run.folder / "scheduler")


def unet_of(config: Config, folder: Path) -> UNet2DConditionModel:
    if (folder / "unet").is_dir():
        return UNet2DConditionModel.from_pretrained(folder / "unet", torch_dtype=torch.float32)
    return new_unet(config)


def text_encoder_of(folder: Path) -> CLIPTextModel:
    return CLIPTextModel.from_pretrained(folder / "text_encoder", dtype=torch.float32)


def draw_times(config: Config, count: int, randomness: Generator) -> Tensor:
    """(count,) time steps: which band by lot, where in the band evenly spread over the batch."""
    shares, first, last = (torch.tensor(column) for column in zip(*config.times, strict=True))
    band = torch.multinomial(shares, count, replacement=True, generator=randomness)
    spread = (torch.randperm(count, generator=randomness) + torch.rand(count, generator=randomness)) / count
    return (first[band] + spread * (last - first)[band]).long().clamp(0, 999)


def weights(alphas: Tensor, most: float) -> Tensor:
    snr = alphas / (1 - alphas)
    return (snr.clamp(max=most) / (snr + 1)).clamp(min=LEAST_WEIGHT)


class Latents:
    """The pictures as the autoencoder sees them, encoded once and kept in the run's folder."""

    def __init__(self, mean: Tensor, std: Tensor, scale: float):
        self.mean, self.std, self.scale = mean, std, scale

    @classmethod
    @torch.no_grad()
    def encoded(cls, drawn: Pictures, run: Run) -> "Latents":
        autoencoder = autoencoder_of(run.folder, run.device)
        path, scale = run.folder / "latents.pt", autoencoder.config["scaling_factor"]
        if not path.exists():
            parts = []
            with torch.autocast(run.device.type, torch.bfloat16):
                for start in tqdm(range(0, len(drawn.array), ENCODED_AT_ONCE), desc="latents"):
                    some = range(start, min(start + ENCODED_AT_ONCE, len(drawn.array)))
                    found = autoencoder.encode(drawn[list(some)].to(run.device)).latent_dist
                    parts.append((found.mean.half().cpu(), found.std.half().cpu()))
            torch.save([torch.cat(tensors) for tensors in zip(*parts, strict=True)], path)
        mean, std = torch.load(path, weights_only=True)
        return cls(mean, std, scale)

    def sample(self, indices: list[int], randomness: Generator) -> Tensor:
        """(pictures, 4, 16, 16), scaled to a spread of about 1."""
        mean, std = self.mean[indices].float(), self.std[indices].float()
        return (mean + std * torch.randn(mean.shape, generator=randomness)) * self.scale
