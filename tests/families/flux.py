"""The families of Flux: dev with its embedded guidance, schnell without, Chroma, and Flux 2 klein."""

from pathlib import Path
from typing import Any

import torch
from diffusers.models.transformers.transformer_chroma import ChromaTransformer2DModel
from diffusers.models.transformers.transformer_flux import FluxTransformer2DModel
from diffusers.models.transformers.transformer_flux2 import Flux2Transformer2DModel
from diffusers.pipelines.chroma.pipeline_chroma import ChromaPipeline
from diffusers.pipelines.flux.pipeline_flux import FluxPipeline
from diffusers.pipelines.flux2.pipeline_flux2_klein import Flux2KleinPipeline
from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler
from transformers import Qwen3ForCausalLM

from tests.families import autoencoders, encoders, words

_SIZES: dict[str, Any] = {
    "patch_size": 1, "in_channels": 16, "num_layers": 1, "num_single_layers": 1, "attention_head_dim": 16,
    "num_attention_heads": 2, "joint_attention_dim": 32,
}  # fmt: skip


def save_flux(folder: Path) -> None:
    """dev: the guidance is one of the denoiser's inputs, and the walk is shifted by the number of patches."""
    torch.manual_seed(2)
    _save(folder, guided=True, scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True, shift=3.0))


def save_schnell(folder: Path) -> None:
    torch.manual_seed(7)
    _save(folder, guided=False, scheduler=FlowMatchEulerDiscreteScheduler(shift=1.0))


def save_chroma(folder: Path) -> None:
    torch.manual_seed(8)
    transformer = ChromaTransformer2DModel(
        **_SIZES, axes_dims_rope=(4, 4, 8), approximator_num_channels=8, approximator_hidden_dim=16,
        approximator_layers=1,
    ).eval()  # fmt: skip
    ChromaPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(use_beta_sigmas=False, shift=3.0),
        vae=autoencoders.kl(shift_factor=0.1, use_quant_conv=False, use_post_quant_conv=False),
        text_encoder=encoders.t5(), tokenizer=words.t5(), transformer=transformer,
    ).save_pretrained(folder)  # fmt: skip


def save_klein(folder: Path) -> None:
    """Flux 2 klein as it is distilled: four steps, no guidance."""
    torch.manual_seed(9)
    _save_klein(folder, distilled=True)


def save_klein_base(folder: Path) -> None:
    torch.manual_seed(16)
    _save_klein(folder, distilled=False)


def _save_klein(folder: Path, *, distilled: bool) -> None:
    transformer = Flux2Transformer2DModel(
        **_SIZES | {"joint_attention_dim": 3 * 16}, timestep_guidance_channels=16, axes_dims_rope=(4, 4, 4, 4),
        guidance_embeds=False,
    ).eval()  # fmt: skip
    Flux2KleinPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True, shift=3.0),
        vae=autoencoders.flux2(), text_encoder=encoders.qwen3(Qwen3ForCausalLM, layers=28), tokenizer=words.qwen(),
        transformer=transformer, is_distilled=distilled,
    ).save_pretrained(folder)  # fmt: skip


def _save(folder: Path, *, guided: bool, scheduler: FlowMatchEulerDiscreteScheduler) -> None:
    transformer = FluxTransformer2DModel(
        **_SIZES, pooled_projection_dim=32, axes_dims_rope=(4, 4, 8), guidance_embeds=guided
    ).eval()
    FluxPipeline(
        scheduler=scheduler, vae=autoencoders.kl(shift_factor=0.1, use_quant_conv=False, use_post_quant_conv=False),
        text_encoder=encoders.clip(), tokenizer=words.clip(), text_encoder_2=encoders.t5(), tokenizer_2=words.t5(),
        transformer=transformer,
    ).save_pretrained(folder)  # fmt: skip
