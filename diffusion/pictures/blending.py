"""Several pictures become one to begin with: the mean of what an autoencoder makes of them.

For models without an IP-Adapter, which sees them all instead.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from PIL import Image

from diffusion.pictures.sources import Guide
from diffusion.request import Told


def blend(pipeline: Any, guides: Sequence[Guide]) -> Image.Image:
    """RGB, of the pictures' size; each counts by its weight. `Told` where the latents have no mean to speak of, or
    where nothing counts."""
    vae: Any = getattr(pipeline, "vae", None)
    if not isinstance(vae, AutoencoderKL):
        raise Told("This model cannot blend pictures; choose another one, or begin with one picture alone.")
    total = sum(guide.reference.weight for guide in guides)
    if not total:
        raise Told("Of these pictures none counts; give one of them a weight above 0.")
    mean: Any = sum(_latents(vae, guide.image) * (guide.reference.weight / total) for guide in guides)
    picture = vae.decode(mean, return_dict=False)[0][0]  # (3, H, W)
    levels = ((picture.float().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return Image.fromarray(levels.permute(1, 2, 0).cpu().numpy())


def _latents(vae: Any, image: Image.Image) -> torch.Tensor:
    """(1, channels, h, w), as the autoencoder gives them."""
    pixels = torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1)[None] / 127.5 - 1
    return vae.encode(pixels.to(vae.device, vae.dtype)).latent_dist.mode()
