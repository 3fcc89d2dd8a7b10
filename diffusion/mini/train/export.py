"""Writes what a run has made in the form that is shipped: fp16 safetensors."""

import json
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
        leave_out(out / "preview" / "config.json", "block_out_channels")  # diffusers warns of it when it reads it
    for path in out.rglob("*.json"):
        leave_out(path, "_name_or_path")


def leave_out(path: Path, key: str) -> None:
    """Of a configuration that is not for others."""
    values = json.loads(path.read_text("utf-8"))
    if values.pop(key, None):
        path.write_text(json.dumps(values, indent=2) + "\n", "utf-8")


def export_turbo(folder: Path, out: Path) -> bool:
    """The LoRA, which fits these weights only; False where the run has made none."""
    made = folder / "turbo" / out.name
    if made.exists():
        out.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(made, out)
    return made.exists()
