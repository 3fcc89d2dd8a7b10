"""A small picture of what is developing, from the predicted clean latents, without a decoder.

Latents are turned into colours by one small matrix, fitted to the model's own autoencoder when it is loaded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from math import ceil, sqrt
from typing import Any

import torch
from PIL import Image
from torch.nn.functional import avg_pool2d, interpolate

SIDE = 256
"""Pixels of one picture's longer side in a preview."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a scheduler was given for one step."""

    output: torch.Tensor
    timestep: Any
    sample: torch.Tensor


def predicted_clean(scheduler: Any, step: Step) -> torch.Tensor:
    """The clean latents that the model foresees, by what it was trained to predict: noise, velocity, flow or sample."""
    sigma = _sigma(scheduler, step.timestep)
    output, sample = step.output.float(), step.sample.float()
    kind = scheduler.config.get("prediction_type", "flow_prediction")
    if kind == "flow_prediction":
        return sample - sigma * output
    alpha = 1 / sqrt(1 + sigma**2)
    if hasattr(scheduler, "sigmas") and not hasattr(scheduler, "convert_model_output"):
        sample = sample * alpha  # these walk in x + sigma * noise
    match kind:
        case "v_prediction":
            return alpha * sample - sigma * alpha * output
        case "sample":
            return output
    return (sample - sigma * alpha * output) / alpha


def _sigma(scheduler: Any, timestep: Any) -> float:
    if hasattr(scheduler, "sigmas"):
        index = int((scheduler.timesteps == timestep).nonzero()[0])
        return float(scheduler.sigmas[index])
    kept = float(scheduler.alphas_cumprod[int(timestep)].clamp(min=2**-24))
    return sqrt((1 - kept) / kept)


class LatentColours:
    """The linear map from the latents of one autoencoder to colours."""

    def __init__(self, matrix: torch.Tensor) -> None:
        self._matrix = matrix  # (channels + 1, 3), the last row for the constant

    @classmethod
    @torch.no_grad()
    def fit(cls, vae: Any) -> "LatentColours":
        """Least squares over patches of colour, encoded by `vae` (an AutoencoderKL)."""
        factor = 2 ** (len(vae.config.block_out_channels) - 1)
        generator = torch.Generator("cpu").manual_seed(0)
        patches = torch.rand(1, 3, 8, 8, generator=generator) * 2 - 1
        painted = interpolate(patches, size=(32 * factor, 32 * factor), mode="nearest")  # (1, 3, H, W)
        latents = scaled(vae, vae.encode(painted.to(vae.device, vae.dtype)).latent_dist.mode())
        rows = latents.float().cpu()[0].flatten(1).T  # (32 * 32, channels)
        rows = torch.cat([rows, torch.ones(len(rows), 1)], dim=1)
        colours = avg_pool2d(painted, factor)[0].flatten(1).T  # (32 * 32, 3)
        return cls(torch.linalg.lstsq(rows, colours).solution)

    def picture(self, latents: torch.Tensor) -> Image.Image:
        """`latents` (channels, h, w), scaled as the denoiser sees them."""
        matrix = self._matrix.to(latents.device, torch.float32)
        colours = torch.einsum("chw,cd->dhw", latents.float(), matrix[:-1]) + matrix[-1][:, None, None]
        levels = ((colours.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).permute(1, 2, 0).cpu()  # (h, w, 3)
        return Image.fromarray(levels.numpy())


def scaled(vae: Any, latents: torch.Tensor) -> torch.Tensor:
    """As the denoiser sees what the autoencoder encodes."""
    return (latents - (vae.config.get("shift_factor") or 0.0)) * vae.config.scaling_factor


def sheet(pictures: Sequence[Image.Image], width: int, height: int) -> bytes:
    """A JPEG of all pictures, two in a row, each one as large as a preview of `width` x `height` should be."""
    shrink = SIDE / max(width, height)
    size = max(1, round(width * shrink)), max(1, round(height * shrink))
    columns = min(2, len(pictures))
    whole = Image.new("RGB", (columns * size[0], ceil(len(pictures) / columns) * size[1]))
    for index, picture in enumerate(pictures):
        row, column = divmod(index, columns)
        whole.paste(picture.resize(size, Image.Resampling.BICUBIC), (column * size[0], row * size[1]))
    data = BytesIO()
    whole.save(data, "JPEG", quality=80)
    return data.getvalue()
