"""Writes what a run has made in the form that is shipped: fp16 safetensors."""

import shutil
from pathlib import Path
from typing import Any

import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline

from .networks import autoencoder_of, new_scheduler, preview_of, text_encoder_of, tokenizer_of, unet_of


def export_pipeline(folder: Path, out: Path) -> None:
    """An ordinary diffusers folder; the light decoder lies beside its parts where the run has one."""
    kind: Any = StableDiffusionPipeline  # its hints know no pipeline without a safety checker
    kind(
        vae=autoencoder_of(folder, torch.device("cpu")).half(),
        text_encoder=text_encoder_of(folder).half(),
        tokenizer=tokenizer_of(folder),
        unet=unet_of(folder).half(),
        scheduler=new_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(out)
    if (folder / "preview").is_dir():
        preview_of(folder).half().save_pretrained(out / "preview")


def export_turbo(folder: Path, out: Path) -> bool:
    """The LoRA, which fits these weights only; False where the run has made none."""
    made = folder / "turbo" / out.name
    if made.exists():
        out.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(made, out)
    return made.exists()
