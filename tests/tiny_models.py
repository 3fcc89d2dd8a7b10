"""Tiny random models, built from the real classes and saved in the real layout: right in everything but beauty."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.transformers.transformer_flux import FluxTransformer2DModel
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.pipelines.flux.pipeline_flux import FluxPipeline
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl import StableDiffusionXLPipeline
from diffusers.schedulers.scheduling_euler_discrete import EulerDiscreteScheduler
from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler
from diffusers.schedulers.scheduling_pndm import PNDMScheduler
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    T5Config,
    T5EncoderModel,
    T5Tokenizer,
)

from diffusion.mini import WEIGHTS
from diffusion.registry import ModelSpec

WORDS = ["a", "the", "red", "blue", "green", "circle", "square", "star", "on", "background"]


def _tokenizer() -> CLIPTokenizer:
    return CLIPTokenizer.from_pretrained(WEIGHTS / "tokenizer")


def _text(kind: Callable[[CLIPTextConfig], Any] = CLIPTextModel) -> Any:
    config = CLIPTextConfig(
        vocab_size=1279, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
        max_position_embeddings=32, projection_dim=32, bos_token_id=1277, eos_token_id=1278, pad_token_id=1278,
    )  # fmt: skip
    return kind(config).eval()


def _vae(shift_factor: float | None = None) -> AutoencoderKL:
    down, up = ("DownEncoderBlock2D",) * 2, ("UpDecoderBlock2D",) * 2
    values: dict[str, Any] = {
        "block_out_channels": (16, 32), "down_block_types": down, "up_block_types": up, "layers_per_block": 1,
        "norm_num_groups": 8, "latent_channels": 4, "sample_size": 32, "scaling_factor": 0.2,
        "shift_factor": shift_factor, "mid_block_add_attention": False,
    }  # fmt: skip
    return AutoencoderKL(**values).eval()


def _unet(**more: Any) -> UNet2DConditionModel:
    values: dict[str, Any] = {
        "block_out_channels": (16, 32), "layers_per_block": 1, "sample_size": 16, "norm_num_groups": 8,
        "attention_head_dim": 8, "cross_attention_dim": 32,
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
    }  # fmt: skip
    return UNet2DConditionModel(**values | more).eval()


def save_sd(folder: Path) -> None:
    """Stable Diffusion 1.x, predicting noise."""
    torch.manual_seed(0)
    scheduler: Any = PNDMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", skip_prk_steps=True, steps_offset=1
    )
    nothing: Any = None
    StableDiffusionPipeline(
        vae=_vae(), text_encoder=_text(), tokenizer=_tokenizer(), unet=_unet(), scheduler=scheduler,
        safety_checker=nothing, feature_extractor=nothing, requires_safety_checker=False,
    ).save_pretrained(folder)  # fmt: skip


def save_sdxl(folder: Path) -> None:
    torch.manual_seed(1)
    unet = _unet(
        cross_attention_dim=64, addition_embed_type="text_time", addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=6 * 8 + 32, use_linear_projection=True,
    )  # fmt: skip
    scheduler: Any = EulerDiscreteScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1, timestep_spacing="leading"
    )
    StableDiffusionXLPipeline(
        vae=_vae(), text_encoder=_text(), text_encoder_2=_text(CLIPTextModelWithProjection),
        tokenizer=_tokenizer(), tokenizer_2=_tokenizer(), unet=unet, scheduler=scheduler,
    ).save_pretrained(folder)  # fmt: skip


def save_flux(folder: Path) -> None:
    torch.manual_seed(2)
    transformer = FluxTransformer2DModel(
        patch_size=1, in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16,
        num_attention_heads=2, joint_attention_dim=32, pooled_projection_dim=32, axes_dims_rope=(4, 4, 8),
        guidance_embeds=True,
    ).eval()  # fmt: skip
    vocabulary = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    vocabulary += [(f"▁{word}", -1.0) for word in WORDS] + [(letter, -5.0) for letter in "abcdefghijklmnopqrstuvwxyz▁"]
    t5 = T5Config(vocab_size=len(vocabulary), d_model=32, d_ff=37, d_kv=8, num_heads=4, num_layers=2)
    scheduler = FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True)
    FluxPipeline(
        scheduler=scheduler, vae=_vae(shift_factor=0.1), text_encoder=_text(),
        tokenizer=_tokenizer(), text_encoder_2=T5EncoderModel(t5).eval(),
        tokenizer_2=T5Tokenizer(vocab=vocabulary, extra_ids=0, model_max_length=16), transformer=transformer,
    ).save_pretrained(folder)  # fmt: skip


FAMILIES: dict[str, Callable[[Path], None]] = {"sd": save_sd, "sdxl": save_sdxl, "flux": save_flux}


def spec(family: str, folder: Path) -> ModelSpec:
    """A family's tiny model, made in `folder` when it is not there yet; "mini" is the built-in one."""
    if family == "mini":
        return ModelSpec(name="mini", source="builtin", size=128)
    path = folder / family
    if not path.exists():
        FAMILIES[family](path)
    return ModelSpec(name=family, source=str(path), size=32, max_pixels=64 * 64)
