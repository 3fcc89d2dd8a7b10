"""A LoRA that belongs to a model's entry, above all one that lets it draw in few steps: merged into its weights.

Knows files and pipelines; LoRAs of single prompts are `adapters`'.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from diffusion.mini import TURBO
from diffusion.models.fetching import fetch
from diffusion.models.reading import READING
from diffusion.registry import ModelSpec
from diffusion.request import Told


def merge_lora(pipeline: Any, spec: ModelSpec, note: Callable[[str], None]) -> None:
    """Merges the entry's `lora`, if it has one. `Told` where it is not there, no safetensors, or of other models."""
    if not spec.lora:
        return
    lora = str(TURBO) if spec.lora == "builtin" else spec.lora
    if not lora.endswith(".safetensors"):
        raise Told(f"`lora` of {spec.name} is no safetensors file; others can run any code. Name one that is.")
    source, file = _place(lora)
    folder = fetch(source, [file], spec.name, note)
    note(f"loading {spec.name}")
    try:
        with READING:
            pipeline.load_lora_weights(str(folder), weight_name=file, use_safetensors=True, local_files_only=True)
        if not pipeline.get_active_adapters():
            raise ValueError("none of its weights has a place")
        pipeline.fuse_lora(lora_scale=spec.lora_weight)
        pipeline.unload_lora_weights()
    except (AttributeError, KeyError, OSError, RuntimeError, SafetensorError, ValueError) as error:
        raise Told(f"`lora` of {spec.name}, {spec.lora}, does not fit that model; mend its table.") from error


def _place(lora: str) -> tuple[str, str]:
    """The folder or hub id, and the file in it."""
    path = Path(lora).expanduser()
    if path.is_absolute() or path.is_file():
        return str(path.parent), path.name
    owner, name, *inner = lora.split("/")
    return f"{owner}/{name}", "/".join(inner)
