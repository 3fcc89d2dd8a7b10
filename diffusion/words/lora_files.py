"""What stands in the file of a LoRA, as the loaders of a pipeline's family read it, and whether it suits the pipeline.

Nothing is injected here: any thread may read. Knows weights by name and shape, not what they do.
"""

import re
from collections.abc import Mapping
from copy import copy
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

Contents = Any
"""What the family's `lora_state_dict` gives: weights by name, alone or as the first of several."""

_MATRIX = re.compile(
    r"(?P<path>.+?)(?:\.processor)?(?:\.(?P<old>to_q|to_k|to_v|to_out)_lora)?"
    r"\.(?:lora\.|lora_linear_layer\.|lora_)?(?P<side>down|up|A|B)(?:\.default)?\.weight"
)
_OLD = {
    "to_q": ("to_q", "q_proj"),
    "to_k": ("to_k", "k_proj"),
    "to_v": ("to_v", "v_proj"),
    "to_out": ("to_out.0", "out_proj"),
}
"""What old files call the layers of an attention: how a UNet calls them, and a text encoder."""
_NAMED = re.compile("lora|lycoris|lokr|hada", re.IGNORECASE)
"""What the names of weights hold in a LoRA of any trainer, and of its relatives."""


def parts(pipeline: Any) -> dict[str, torch.nn.Module]:
    """The parts that can have LoRAs, by the names that files call them by."""
    names = getattr(pipeline, "_lora_loadable_modules", ())
    return {name: part for name in names if (part := getattr(pipeline, name, None)) is not None}


def is_lora(path: Path) -> bool:
    """Whether a safetensors file is a LoRA for any model, by the names of its weights. Raises what safetensors does."""
    with safe_open(path, "pt") as file:
        return any(map(_NAMED.search, file.keys()))


def contents(pipeline: Any, path: Path) -> Contents:
    """Reads a file, with its weights in the pipeline's own dtype, so that no forward has to cast them. Raises what
    safetensors and diffusers raise over files that are none."""
    read = _read(pipeline, path)
    weights, *rest = read if isinstance(read, tuple) else (read,)
    cast = {name: each.to(pipeline.dtype) if each.is_floating_point() else each for name, each in weights.items()}
    return (cast, *rest) if isinstance(read, tuple) else cast


def fits(pipeline: Any, read: Contents) -> bool:
    """Whether all matrices of a file find a layer of their size: LoRAs of other families do not."""
    there = parts(pipeline)
    matrices = [(match, value) for name, value in _weights(read).items() if (match := _MATRIX.fullmatch(name))]
    return bool(matrices) and all(_fit(there, match, value) for match, value in matrices)


def whole(read: Contents) -> bool:
    """Whether all weights are numbers. One too large for the dtype is one."""
    return not any(value.isnan().any() for value in _weights(read).values())


class _Read(Exception):
    """Carries what a loader read out of it."""

    def __init__(self, answer: Contents) -> None:
        self.answer = answer


def _read(pipeline: Any, path: Path) -> Contents:
    """Lets the family's loader read the file, and stops it before it injects anything."""
    reader = copy(pipeline)

    def stop(*args: Any, **kwargs: Any) -> None:
        raise _Read(type(pipeline).lora_state_dict(*args, **kwargs))

    reader.lora_state_dict = stop
    try:
        reader.load_lora_weights(str(path.parent), weight_name=path.name, use_safetensors=True, local_files_only=True)
    except _Read as done:
        return done.answer
    raise ValueError("nothing was read")


def _weights(read: Contents) -> Mapping[str, torch.Tensor]:
    return read[0] if isinstance(read, tuple) else read


def _fit(there: Mapping[str, torch.nn.Module], match: re.Match[str], value: torch.Tensor) -> bool:
    """Whether one matrix finds its layer in a part, and is of its width."""
    name, _, path = match["path"].partition(".")
    part = there.get(name)
    if part is None:
        return False
    path = path if hasattr(part, "text_model") else path.removeprefix("text_model.")
    paths = [f"{path}.{layer}" for layer in _OLD[match["old"]]] if match["old"] else [path]
    layer: Any = next((layer for each in paths if (layer := _layer(part, each))), None)
    if layer is None:
        return False
    shape = getattr(layer, "base_layer", layer).weight.shape
    side = 1 if match["side"] in ("down", "A") else 0
    return value.ndim == len(shape) and value.shape[side] == shape[side]


def _layer(part: torch.nn.Module, path: str) -> torch.nn.Module | None:
    try:
        return part.get_submodule(path)
    except AttributeError:
        return None
