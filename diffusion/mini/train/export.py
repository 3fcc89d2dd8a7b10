"""Writes what a run has made in the form that is shipped: fp16 safetensors."""

import shutil
from pathlib import Path

import torch

from .networks import autoencoder_of, pipeline_of, preview_of, text_encoder_of, tokenizer_of, unet_of


def export_pipeline(folder: Path, out: Path) -> None:
    """An ordinary diffusers folder; the light decoder lies beside its parts where the run has one."""
    pipeline_of(
        vae=autoencoder_of(folder, torch.device("cpu")).half(),
        text_encoder=text_encoder_of(folder).half(),
        tokenizer=tokenizer_of(folder),
        unet=unet_of(folder).half(),
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
