"""Writes what a run has made in the form that is shipped: fp16 safetensors."""

from pathlib import Path
from typing import Any

import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from safetensors.torch import save_model

from diffusion.mini.judge import Judge

from .autoencoder import autoencoder_of
from .config import Config
from .denoiser import new_scheduler, text_encoder_of, unet_of
from .text import tokenizer_of


def export_pipeline(config: Config, folder: Path, out: Path) -> None:
    """An ordinary diffusers folder."""
    kind: Any = StableDiffusionPipeline  # its hints know no pipeline without a safety checker
    kind(
        vae=autoencoder_of(folder, torch.device("cpu")).half(),
        text_encoder=text_encoder_of(folder).half(),
        tokenizer=tokenizer_of(folder),
        unet=unet_of(config, folder).half(),
        scheduler=new_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(out)


def export_judge(judge: Judge, path: Path) -> None:
    """In fp16; it is loaded into fp32 again."""
    save_model(judge.to(torch.float16), str(path))
