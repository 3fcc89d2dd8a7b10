"""What makes a loaded model fast on its device: layouts, attention, fused projections, FP8 and compilation.

Each follows diffusers' own guides (https://huggingface.co/docs/diffusers/optimization/fp16). Knows parts, not pictures;
pictures stay the same but for rounding, only FP8 costs some of their closeness.
"""

import importlib.util
import logging
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import torch
from diffusers.models.attention_dispatch import AttentionBackendName
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch.utils._pytree import tree_map

from diffusion.request import Told
from diffusion.settings import EngineSettings

log = logging.getLogger(__name__)

BUCKETS = (1, 2, 4, 8, 16, 32)
"""Rows for which a whole compiled denoiser has a graph each."""
FP8 = (8, 9)
"""The compute capability from which on cards multiply in FP8."""
RECOMPILED = 64
"""So often one function may be compiled, for sizes and numbers of rows; beyond that torch falls back in silence."""
FLASH = (("_flash_3", "flash_attn_interface", (9, 0)), ("flash", "flash_attn", (8, 0)))
"""Attention that is faster than torch's own: diffusers' name, the package, and the compute capability."""


def quicken(pipeline: Any, device: torch.device, settings: EngineSettings) -> None:
    """Makes the parts of a loaded pipeline fast, before anybody shares them. `Told` where an option cannot be had."""
    if device.type == "cuda":
        order_channels_last(pipeline)
    set_attention(pipeline, settings.attention, device)
    if settings.fuse:
        fuse(pipeline)
    if settings.fp8:
        quantize(pipeline, device)
    if settings.compile != "off":
        COMPILERS[settings.compile](pipeline)


def buckets(settings: EngineSettings) -> tuple[int, ...]:
    """The numbers of rows that the denoiser is to run with."""
    return BUCKETS if settings.compile == "full" else ()


def order_channels_last(pipeline: Any) -> None:
    """Convolutions of a card read pixels with all their channels faster; transformers have none to speak of."""
    for part in pipeline.components.values():
        if isinstance(part, UNet2DConditionModel | AutoencoderKL):
            torch.nn.Module.to(part, memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]


def fuse(pipeline: Any) -> None:
    """Queries, keys and values come of one matrix product. LoRAs of single prompts find no layers then."""
    for part in (*denoisers(pipeline), pipeline.components.get("vae")):
        if hasattr(part, "fuse_qkv_projections"):
            part.fuse_qkv_projections()


def set_attention(pipeline: Any, wanted: str, device: torch.device) -> None:
    """ "auto" takes the fastest that is there; a UNet always has torch's own, which chooses by card and shape."""
    if wanted != "auto" and wanted not in {each.value for each in AttentionBackendName}:
        known = ", ".join(sorted(each.value for each in AttentionBackendName if not each.value.startswith("_")))
        raise Told(f"There is no attention “{wanted}”; set `attention` to auto or one of: {known}.")
    name = wanted if wanted != "auto" else _fastest(device)
    for part in denoisers(pipeline):
        if isinstance(part, UNet2DConditionModel):
            if wanted not in ("auto", "native"):
                log.warning("attention = %s has no effect on a UNet, which has torch's own", wanted)
        elif name != "native" and hasattr(part, "set_attention_backend"):
            _set_attention(part, name)


def _fastest(device: torch.device) -> str:
    if device.type != "cuda":
        return "native"
    capability = torch.cuda.get_device_capability(device)
    there = (name for name, package, least in FLASH if capability >= least and importlib.util.find_spec(package))
    return next(there, "native")


def _set_attention(part: Any, name: str) -> None:
    try:
        part.set_attention_backend(name)
    except (ImportError, RuntimeError, ValueError) as error:
        raise Told(f"The attention “{name}” cannot be had here ({error}); set attention = “auto”.") from error


def quantize(pipeline: Any, device: torch.device) -> None:
    """Matrix products of the denoiser in FP8, with a scale for each row, through torchao."""
    if device.type != "cuda" or torch.cuda.get_device_capability(device) < FP8:
        raise Told("fp8 = true needs a card that multiplies in FP8 (Ada, Hopper or newer); set it to false.")
    try:
        from torchao.quantization import Float8DynamicActivationFloat8WeightConfig, PerRow, quantize_  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise Told(
            'fp8 = true needs torchao: install the extra with `pip install ".[fp8]"`, or set it to false.'
        ) from error

    def suits(module: torch.nn.Module, _: str) -> bool:  # smaller ones lose more in casting than they gain
        return isinstance(module, torch.nn.Linear) and min(module.in_features, module.out_features) >= 512

    for part in denoisers(pipeline):
        quantize_(part, Float8DynamicActivationFloat8WeightConfig(granularity=PerRow()), filter_fn=suits)


def compile_regions(pipeline: Any) -> None:
    """Compiles the block that a denoiser repeats, once for all of its places: starts within seconds."""
    _allow_recompiling()
    for part in denoisers(pipeline):
        if getattr(part, "_repeated_blocks", None):
            part.compile_repeated_blocks(dynamic=True)
        else:
            log.warning("%s names no blocks that repeat, so it is not compiled", type(part).__name__)


def compile_whole(pipeline: Any) -> None:
    """Compiles the whole denoiser, with CUDA graphs for each size and number of rows, and the decoder."""
    _allow_recompiling()
    for part in denoisers(pipeline):
        part.forward = _graphed(part.forward)
    vae = pipeline.components.get("vae")
    if isinstance(vae, AutoencoderKL):
        decoder: Any = vae.decoder
        compiled: Any = torch.compile(decoder.forward, dynamic=False)
        decoder.forward = wraps(decoder.forward)(lambda *args, **kwargs: compiled(*args, **kwargs))


COMPILERS: dict[str, Callable[[Any], None]] = {"regional": compile_regions, "full": compile_whole}


def denoisers(pipeline: Any) -> Iterator[Any]:
    for name, part in pipeline.components.items():
        if name.startswith(("unet", "transformer")) and isinstance(part, torch.nn.Module):
            yield part


def _graphed(forward: Callable[..., Any]) -> Callable[..., Any]:
    compiled = torch.compile(forward, mode="reduce-overhead", dynamic=False)

    @wraps(forward)
    def run(*args: Any, **kwargs: Any) -> Any:
        torch.compiler.cudagraph_mark_step_begin()
        output = compiled(*args, **kwargs)
        return tree_map(_kept, output) if torch.cuda.is_available() else output

    return run


def _kept(value: Any) -> Any:
    """A graph's output lies where its next run writes."""
    return value.clone() if isinstance(value, torch.Tensor) else value


def _allow_recompiling() -> None:
    torch._dynamo.config.recompile_limit = RECOMPILED
    torch._dynamo.config.accumulated_recompile_limit = 8 * RECOMPILED
