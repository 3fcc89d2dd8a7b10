"""Low-rank matrices beside the layers of a UNet (https://arxiv.org/abs/2106.09685), as peft and diffusers read them.

For training they are multiplied into each layer's weight first: the layer and its gradient then cost as much as without
them, where peft's own forward keeps and passes on two more activations of every layer.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from diffusers.loaders.peft import PeftAdapterMixin
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from peft import LoraConfig
from peft.tuners.lora import LoraLayer
from peft.utils import get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from diffusion.request import Told

ADAPTER = "default"


def with_lora(unet: Any, rank: int, seed: int, before: Path | None = None) -> Any:
    """The UNet, frozen, with small matrices beside all of its own but the first and the last: those of the file
    `before`, or new ones that change nothing yet."""
    torch.manual_seed(seed)
    unet.requires_grad_(False)
    names = [
        name
        for name, module in unet.named_modules()
        if isinstance(module, nn.Linear | nn.Conv2d) and name not in ("conv_in", "conv_out")
    ]
    unet.add_adapter(LoraConfig(r=rank, lora_alpha=rank, target_modules=names))
    if before:
        values = {name.removeprefix("unet."): value.float() for name, value in load_file(before).items()}
        try:
            set_peft_model_state_dict(unet, values)
        except RuntimeError as error:
            raise Told(
                f"{before} is of another rank than this recipe's; remove it, and “turbo” begins anew."
            ) from error
    return unet


def multiply_in(unet: Any) -> None:
    """Lets each layer with a LoRA count with the sum of its weight and the matrices' product."""
    for layer in unet.modules():
        if isinstance(layer, LoraLayer):
            layer.forward = partial(FORWARDS[type(layer.get_base_layer())], layer)  # type: ignore[method-assign]


def weight_of(layer: Any) -> Tensor:
    """(out, in) or (out, in, rows, columns)"""
    base, down, up = layer.get_base_layer().weight, layer.lora_A[ADAPTER].weight, layer.lora_B[ADAPTER].weight
    return base + layer.scaling[ADAPTER] * (up.flatten(1) @ down.flatten(1)).view_as(base)


def linear(layer: Any, x: Tensor, *_: Any, **__: Any) -> Tensor:
    return functional.linear(x, weight_of(layer), layer.get_base_layer().bias)


def convolution(layer: Any, x: Tensor, *_: Any, **__: Any) -> Tensor:
    base = layer.get_base_layer()
    return functional.conv2d(x, weight_of(layer), base.bias, base.stride, base.padding)


FORWARDS: dict[type, Callable[..., Tensor]] = {nn.Linear: linear, nn.Conv2d: convolution}


def save_lora(unet: PeftAdapterMixin, folder: Path) -> None:
    """In fp16, as `load_lora_weights` reads it."""
    halves: Any = {name: value.half().contiguous() for name, value in get_peft_model_state_dict(unet).items()}
    StableDiffusionPipeline.save_lora_weights(folder, unet_lora_layers=halves)
