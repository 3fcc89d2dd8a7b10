"""Tiny LoRAs, made by peft on the tiny models and saved as trainers save them."""

from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig
from peft.utils.save_and_load import get_peft_model_state_dict
from safetensors.torch import load_file, save_file

from diffusion.models.pipelines import Task, load
from diffusion.registry import ModelSpec

TARGETS = {
    "unet": ["to_q", "to_k", "to_v", "to_out.0"],
    "transformer": ["to_q", "to_k", "to_v"],
    "text_encoder": ["q_proj", "k_proj", "v_proj", "out_proj", "fc1"],
    "text_encoder_2": ["q_proj", "k_proj", "v_proj", "out_proj", "fc1"],
}


def save_lora(spec: ModelSpec, path: Path, seed: int = 0, parts: tuple[str, ...] = tuple(TARGETS)) -> Path:
    """A LoRA with random weights for those of the parts that the model has, in diffusers' layout."""
    pipeline: Any = load(spec, torch.device("cpu"), torch.float32, lambda note: None).templates[Task.TEXT]
    torch.manual_seed(seed)
    layers: dict[str, torch.Tensor] = {}
    for name in parts:
        part = pipeline.components.get(name)
        if part is None or name not in pipeline._lora_loadable_modules:
            continue
        config = LoraConfig(r=4, lora_alpha=4, target_modules=TARGETS[name], init_lora_weights=False)
        part.add_adapter(config, adapter_name="made")
        made = get_peft_model_state_dict(part, adapter_name="made")
        layers |= {f"{name}.{key}": value.contiguous() for key, value in made.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(layers, path)
    return path


def as_kohya(source: Path, path: Path, alpha: float) -> Path:
    """The same LoRA of Stable Diffusion 1.x as Kohya's trainer writes it; `alpha` over the rank scales it."""
    found: dict[str, torch.Tensor] = {}
    for name, value in load_file(source).items():
        part, _, rest = name.partition(".")
        prefix = {"unet": "lora_unet", "text_encoder": "lora_te_text_model"}[part]
        module, side = rest.removesuffix(".weight").rsplit(".", 1)
        key = f"{prefix}_{module.replace('.', '_')}"
        found[f"{key}.{'lora_down' if side == 'lora_A' else 'lora_up'}.weight"] = value
        found[f"{key}.alpha"] = torch.tensor(alpha)
    save_file(found, path)
    return path
