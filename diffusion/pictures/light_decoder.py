"""The light decoder that a model's folder may bring for previews: an AutoencoderTiny in `preview`, beside the parts.

Such decoders (https://github.com/madebyollin/taesd) make pictures of latents at a small part of the autoencoder's cost.
"""

from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_tiny import AutoencoderTiny
from torch.nn.functional import adaptive_avg_pool2d

from diffusion.models.reading import reading
from diffusion.pictures.preview import SIDE

FOLDER = "preview"


class LightDecoder:
    """Shows latents as small pictures, as `LatentColours` does for models that bring no decoder."""

    def __init__(self, decoder: Any) -> None:
        self._decoder = decoder
        self._finer = 2 ** (len(decoder.config.decoder_block_out_channels) - 1)  # pixels of a latent, along each side

    @classmethod
    def beside(cls, folder: Path, device: torch.device, dtype: torch.dtype) -> "LightDecoder | None":
        """That of a model's folder; None where it has none, `Told` where it cannot be read."""
        if not (folder / FOLDER).is_dir():
            return None
        with reading("The decoder for previews", folder / FOLDER):
            kind: Any = AutoencoderTiny
            return cls(kind.from_pretrained(folder / FOLDER, torch_dtype=dtype, use_safetensors=True).to(device).eval())

    @torch.no_grad()
    def levels(self, latents: torch.Tensor) -> torch.Tensor:
        """`latents` (channels, h, w), scaled as the denoiser sees them, as (H, W, 3), uint8, on their device.

        Its longer side has `preview.SIDE` pixels at most: of more latents the means are shown.
        """
        high, wide = latents.shape[-2:]
        shrink = max(1.0, max(high, wide) * self._finer / SIDE)
        if shrink > 1:
            latents = adaptive_avg_pool2d(latents, (max(1, round(high / shrink)), max(1, round(wide / shrink))))
        decoded = self._decoder.decode(latents[None].to(self._decoder.dtype)).sample[0].float()  # (3, H, W)
        return ((decoded.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).permute(1, 2, 0)
