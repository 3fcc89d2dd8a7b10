"""Sheets of pictures for looking at while a model learns: always the same prompts with the same seeds."""

from pathlib import Path
from typing import Any

import torch
from PIL import Image

from diffusion.mini.page import page

from .config import Config
from .networks import autoencoder_of, pipeline_of, tokenizer_of
from .run import Run


def sheet_path(folder: Path, stage: str, step: int) -> Path:
    return folder / f"{stage}.{step:06}.png"


class Gallery:
    """Draws the recipe's held-out prompts with whatever UNet and text encoder it is shown."""

    def __init__(self, config: Config, run: Run, steps: int = 0, guidance: float | None = None):
        self.config, self.run = config, run
        self.steps = steps or config.samples.steps
        self.guidance = config.samples.guidance if guidance is None else guidance
        self.size = max(config.data.whole, key=lambda bucket: bucket.share).size
        self.autoencoder = autoencoder_of(run.folder, run.device)

    def hang(self, stage: str, unet: Any, text: Any, step: int) -> Path | None:
        """Writes the sheet beside the checkpoint; nothing where the recipe has no prompts."""
        prompts = list(self.config.samples.prompts)
        if not prompts:
            return None
        path = sheet_path(self.run.folder, stage, step)
        page([*zip(self.drawn(unet, text, prompts), prompts, strict=True)], min(6, len(prompts))).save(path)
        return path

    @torch.no_grad()
    def drawn(self, unet: Any, text: Any, prompts: list[str]) -> list[Image.Image]:
        pipeline = pipeline_of(
            vae=self.autoencoder,
            text_encoder=text,
            tokenizer=tokenizer_of(self.run.folder),
            unet=unet,
        )
        pipeline.set_progress_bar_config(disable=True)
        return pipeline(
            prompts,
            width=self.size[0],
            height=self.size[1],
            num_inference_steps=self.steps,
            guidance_scale=self.guidance,
            generator=[torch.Generator().manual_seed(seed) for seed in range(len(prompts))],
        ).images
