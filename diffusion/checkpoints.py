"""Models as single files in the layout of their first authors, as model exchanges offer them.

diffusers turns the names of their weights into its own; what a checkpoint does not hold, settings and tokenizers
above all, comes from a folder in the diffusers layout beside it.
"""

from pathlib import Path
from typing import Any

import torch
from diffusers.loaders.single_file_utils import LDM_VAE_KEYS, SingleFileComponentError
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from safetensors import safe_open

from diffusion.request import Told


def open_checkpoint(kind: Any, file: Path, folder: Path, dtype: torch.dtype, left_out: dict[str, Any]) -> Any:
    """The pipeline of class `kind` over the checkpoint's weights, with the settings of `folder`.

    Text encoders and the autoencoder may be in either; the checkpoint's own count first. `Told` where a part is in
    neither.
    """
    if not hasattr(kind, "from_single_file"):
        raise Told(f"{kind.__name__} cannot be read from a single file; name a folder in the diffusers layout.")
    parts = dict(left_out)
    with safe_open(file, "pt") as opened:
        own_autoencoder = any(key.startswith(tuple(LDM_VAE_KEYS)) for key in opened.keys())  # noqa: SIM118
    if not own_autoencoder:
        parts["vae"] = _autoencoder(file, folder, dtype)
    try:
        return kind.from_single_file(str(file), config=str(folder), dtype=dtype, local_files_only=True, **parts)
    except SingleFileComponentError as error:
        raise Told(
            f"A part of the model is neither in {file.name} nor in {folder}: "
            f"{str(error).splitlines()[0].removesuffix('.')}. Put its weights into that folder."
        ) from error


def _autoencoder(file: Path, folder: Path, dtype: torch.dtype) -> AutoencoderKL:
    if not list((folder / "vae").glob("*.safetensors")):
        raise Told(f"{file.name} holds no autoencoder and {folder} neither; put the weights into {folder / 'vae'}.")
    return AutoencoderKL.from_pretrained(folder, subfolder="vae", dtype=dtype, use_safetensors=True)
