"""A small picture of what is developing, from the predicted clean latents, without a decoder.

Latents are turned into colours by one small convolution, fitted to the model's own autoencoder when it is loaded.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from math import ceil, sqrt
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_dc import AutoencoderDC
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.autoencoders.autoencoder_kl_flux2 import AutoencoderKLFlux2
from diffusers.models.autoencoders.autoencoder_kl_qwenimage import AutoencoderKLQwenImage
from diffusers.models.autoencoders.vq_model import VQModel
from PIL import Image
from torch.nn.functional import adaptive_avg_pool2d, conv2d, interpolate, pad, pixel_shuffle, pixel_unshuffle, unfold

SIDE = 256
"""Pixels of one picture's longer side in a preview."""
PAINTED, LAYERS = 256, ((64, 32), (16,))
"""What the colours are fitted to: pixels along a side, and of each picture those of the patches in its layers."""
COVERED = 0.4
"""Of a layer that lies over those before it."""
FINER = 2
"""Pixels that one latent becomes along each side."""
MANY = 64
"""From so many channels on a latent is a patch of pixels itself, and its neighbours tell nothing more."""
RIDGE = 0.1
"""Holds the fit back where few latents meet many unknowns."""
TAMED, BRIGHTEST = 0.9, 1.2
"""In the first steps guidance overshoots: the colours are brought back until that part of them is at most so bright."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a scheduler was given for one step."""

    output: torch.Tensor
    timestep: Any
    sample: torch.Tensor


def predicted_clean(scheduler: Any, step: Step) -> torch.Tensor | None:
    """The clean latents that the model foresees, by what it was trained to predict: noise, velocity, flow or sample.

    None where the scheduler is of a kind that tells no noise level.
    """
    if not hasattr(scheduler, "sigmas") and not hasattr(scheduler, "alphas_cumprod"):
        return None
    sigma = _sigma(scheduler, step.timestep)
    sample = step.sample.float()
    output = step.output.float()[:, : sample.shape[1]]  # what comes after it is a variance
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
        return float(scheduler.sigmas[_index(scheduler.timesteps, timestep)])
    kept = float(scheduler.alphas_cumprod[int(timestep)].clamp(min=2**-24))
    return sqrt((1 - kept) / kept)


def _index(timesteps: torch.Tensor, timestep: Any) -> int:
    """Where it stands in the schedule. Of one that is a view into it the place is known without asking the card."""
    if isinstance(timestep, torch.Tensor) and timestep.ndim == 0:
        shared = timestep.untyped_storage().data_ptr() == timesteps.untyped_storage().data_ptr()
        if shared and timestep.dtype == timesteps.dtype:
            return (timestep.storage_offset() - timesteps.storage_offset()) // timesteps.stride(0)
    return int((timesteps == timestep).nonzero()[0])


class LatentColours:
    """The linear map from the latents of one autoencoder, each with its neighbours, to colours."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor) -> None:
        self._weight, self._bias = weight, bias  # (3 * FINER ** 2, channels, k, k), (3 * FINER ** 2,)

    @classmethod
    @torch.no_grad()
    def fit(cls, vae: Any) -> "LatentColours | None":
        """Least squares over patches of colour, encoded by `vae`; None where its latents are of an unknown kind."""
        kind = next((kind for kind in LATENTS if isinstance(vae, kind)), None)
        if kind is None:
            return None
        generator = torch.Generator("cpu").manual_seed(0)
        painted = torch.cat([_painted(cells, generator) for cells in LAYERS])  # (pictures, 3, H, W)
        latents = LATENTS[kind](vae, painted.to(vae.device, vae.dtype)).float().cpu()  # (pictures, channels, h, w)
        channels, side = latents.shape[1], 1 if latents.shape[1] >= MANY else 3
        seen = unfold(_edged(latents, side), side).mT.flatten(0, 1)  # (pictures * h * w, channels * k * k)
        seen = torch.cat([seen, torch.ones(len(seen), 1)], dim=1)
        size: Any = [length * FINER for length in latents.shape[-2:]]
        colours = pixel_unshuffle(adaptive_avg_pool2d(painted, size), FINER)  # (pictures, 3 * FINER ** 2, h, w)
        wanted = colours.permute(0, 2, 3, 1).flatten(0, 2)
        held = RIDGE * torch.eye(seen.shape[1])
        nothing = torch.zeros(len(held), wanted.shape[1])
        solved = torch.linalg.lstsq(torch.cat([seen, held]), torch.cat([wanted, nothing])).solution
        return cls(solved[:-1].T.reshape(-1, channels, side, side), solved[-1])

    def picture(self, latents: torch.Tensor) -> Image.Image:
        """`latents` (channels, h, w), scaled as the denoiser sees them."""
        return Image.fromarray(self.levels(latents).cpu().numpy())

    def levels(self, latents: torch.Tensor) -> torch.Tensor:
        """The same as (FINER * h, FINER * w, 3), uint8, on the device of the latents."""
        self._weight, self._bias = (each.to(latents.device, torch.float32) for each in (self._weight, self._bias))
        edged = _edged(latents.float()[None], self._weight.shape[-1])
        colours = pixel_shuffle(conv2d(edged, self._weight, self._bias), FINER)[0]  # (3, H, W)
        colours = colours / (colours.abs().quantile(TAMED) / BRIGHTEST).clamp(min=1)
        return ((colours.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).permute(1, 2, 0)  # (H, W, 3)


def _painted(cells: Sequence[int], generator: torch.Generator) -> torch.Tensor:
    """(1, 3, PAINTED, PAINTED), -1 to 1: layers of patches of those sizes in pixels, whose edges lie anywhere."""
    painted = torch.zeros(1, 3, PAINTED, PAINTED)
    for cell in cells:
        count = PAINTED // cell + 1
        patches = interpolate(torch.rand(1, 4, count, count, generator=generator), scale_factor=cell, mode="nearest")
        top, left = torch.randint(0, cell, (2,), generator=generator).tolist()
        layer = patches[:, :, top : top + PAINTED, left : left + PAINTED]
        covers = layer[:, 3:] < (1 if cell == cells[0] else COVERED)
        painted = torch.where(covers, layer[:, :3] * 2 - 1, painted)
    return painted


def _edged(latents: torch.Tensor, side: int) -> torch.Tensor:
    """With their edges once more around them, for neighbourhoods of that side."""
    return pad(latents, (side // 2,) * 4, mode="replicate")


def scaled(vae: Any, latents: torch.Tensor) -> torch.Tensor:
    """As the denoiser sees what an AutoencoderKL encodes."""
    return (latents - (vae.config.get("shift_factor") or 0.0)) * vae.config.scaling_factor


def unpacked(pipeline: Any, latents: torch.Tensor, width: int, height: int) -> torch.Tensor:
    """(1, channels, h, w) from a pipeline's own form for a picture of that size in pixels: some walk with a row of
    patches (1, patches, channels), some with films of one frame."""
    if latents.ndim == 3 and hasattr(pipeline, "_unpack_latents"):
        latents = pipeline._unpack_latents(latents, height, width, pipeline.vae_scale_factor)
    if latents.ndim == 3:
        rows = round(sqrt(latents.shape[1] * height / width))
        latents = latents.unflatten(1, (rows, -1)).permute(0, 3, 1, 2)
    return latents[:, :, 0] if latents.ndim == 5 else latents


def _of_films(vae: Any, painted: torch.Tensor) -> torch.Tensor:
    mean, std = (torch.tensor(vae.config[name]).view(-1, 1, 1) for name in ("latents_mean", "latents_std"))
    latents = vae.encode(painted[:, :, None]).latent_dist.mode()[:, :, 0]
    return (latents - mean.to(latents)) / std.to(latents)


def _shrunk_by_32(vae: Any, painted: torch.Tensor) -> torch.Tensor:
    return vae.encode(interpolate(painted, scale_factor=2)).latent * vae.config.scaling_factor


def _in_patches(vae: Any, painted: torch.Tensor) -> torch.Tensor:
    """Two by two, and normed by the figures of its training."""
    latents = pixel_unshuffle(vae.encode(painted).latent_dist.mode(), 2)
    spread = (vae.bn.running_var + vae.config.batch_norm_eps).sqrt()
    return (latents - vae.bn.running_mean.view(-1, 1, 1)) / spread.view(-1, 1, 1)


LATENTS: Mapping[type, Callable[[Any, torch.Tensor], torch.Tensor]] = {
    AutoencoderKL: lambda vae, painted: scaled(vae, vae.encode(painted).latent_dist.mode()),
    AutoencoderKLFlux2: _in_patches,
    AutoencoderKLQwenImage: _of_films,
    AutoencoderDC: _shrunk_by_32,
    VQModel: lambda movq, painted: movq.encode(painted).latents,
}
"""How each kind of autoencoder turns a picture, (1, 3, H, W) from -1 to 1, into what the denoiser sees."""


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
