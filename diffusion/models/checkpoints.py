"""Models as single files in the layout of their first authors, as model exchanges offer them.

diffusers turns the names of their weights into its own; what a checkpoint does not hold, settings and tokenizers
above all, comes from a folder in the diffusers layout beside it.
"""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from diffusers.loaders.single_file_utils import SingleFileComponentError
from safetensors import SafetensorError, safe_open

from diffusion.request import Told

PREFIXES = {
    "vae": ("first_stage_model.", "vae."),
    "text_encoder": ("cond_stage_model.", "conditioner.embedders.", "text_encoders."),
}
"""How the weights' names begin that belong to the parts whose name begins so."""


def open_checkpoint(
    kind: Any, file: Path, folder: Path, index: Mapping[str, Any], dtype: torch.dtype, left_out: Mapping[str, Any]
) -> Any:
    """The pipeline of class `kind` over the checkpoint's weights, with the settings of `folder`, whose `index` says of
    which class each part is.

    Text encoders and the autoencoder may be in either; the checkpoint's own count first. `Told` where a part is in
    neither.
    """
    if not hasattr(kind, "from_single_file"):
        raise Told(f"{kind.__name__} cannot be read from a single file; name a folder in the diffusers layout.")
    names = _names(file)
    parts = dict(left_out)
    for part in index:
        prefixes = next((prefixes for begin, prefixes in PREFIXES.items() if part.startswith(begin)), None)
        if prefixes and index[part][0] and not any(name.startswith(prefixes) for name in names):
            parts[part] = _beside(file, folder, part, *index[part], dtype=dtype)
    try:
        return kind.from_single_file(str(file), config=str(folder), dtype=dtype, local_files_only=True, **parts)
    except (SingleFileComponentError, KeyError, IndexError, RuntimeError, TypeError, ValueError) as error:
        raise Told(
            f"{file.name} does not hold what {kind.__name__} needs with the settings of {folder}; choose the folder of "
            "a model of its own family as its `config`."
        ) from error


def _names(file: Path) -> list[str]:
    try:
        with safe_open(file, "pt") as opened:
            return list(opened.keys())
    except SafetensorError as error:
        raise Told(f"{file} is damaged or holds no safetensors; fetch it again.") from error


def _beside(file: Path, folder: Path, part: str, library: str, kind: str, *, dtype: torch.dtype) -> Any:
    if not list((folder / part).glob("*.safetensors")):
        raise Told(f"{file.name} holds no {part} ({kind}), and {folder} neither; put its weights into {folder / part}.")
    found = getattr(import_module(library), kind)
    return found.from_pretrained(folder / part, dtype=dtype, use_safetensors=True, local_files_only=True)
