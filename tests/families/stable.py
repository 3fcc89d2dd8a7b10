"""The families of Stable Diffusion: 1.x, XL and what was distilled from it, the consistency model, and 3."""

from pathlib import Path
from typing import Any

import torch
from diffusers.models.transformers.transformer_sd3 import SD3Transformer2DModel
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.pipelines.latent_consistency_models.pipeline_latent_consistency_text2img import (
    LatentConsistencyModelPipeline,
)
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion_inpaint import StableDiffusionInpaintPipeline
from diffusers.pipelines.stable_diffusion_3.pipeline_stable_diffusion_3 import StableDiffusion3Pipeline
from diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl import StableDiffusionXLPipeline
from diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl_img2img import (
    StableDiffusionXLImg2ImgPipeline,
)
from diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl_inpaint import (
    StableDiffusionXLInpaintPipeline,
)
from diffusers.schedulers.scheduling_euler_ancestral_discrete import EulerAncestralDiscreteScheduler
from diffusers.schedulers.scheduling_euler_discrete import EulerDiscreteScheduler
from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler
from diffusers.schedulers.scheduling_lcm import LCMScheduler
from diffusers.schedulers.scheduling_pndm import PNDMScheduler
from transformers import CLIPTextModelWithProjection

from tests.families import autoencoders, encoders, words

_BETAS: dict[str, Any] = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
_NOTHING: Any = None


def unet(**more: Any) -> UNet2DConditionModel:
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
    scheduler: Any = PNDMScheduler(**_BETAS, skip_prk_steps=True, steps_offset=1)
    StableDiffusionPipeline(
        vae=autoencoders.kl(), text_encoder=encoders.clip(), tokenizer=words.clip(), unet=unet(), scheduler=scheduler,
        safety_checker=_NOTHING, feature_extractor=_NOTHING, requires_safety_checker=False,
    ).save_pretrained(folder)  # fmt: skip


def save_sd_inpainting(folder: Path) -> None:
    """Its denoiser sees the noisy latents, where the mask is, and the latents of what is kept."""
    torch.manual_seed(17)
    scheduler: Any = PNDMScheduler(**_BETAS, skip_prk_steps=True, steps_offset=1)
    StableDiffusionInpaintPipeline(
        vae=autoencoders.kl(), text_encoder=encoders.clip(), tokenizer=words.clip(), unet=unet(in_channels=9),
        scheduler=scheduler, safety_checker=_NOTHING, feature_extractor=_NOTHING, requires_safety_checker=False,
    ).save_pretrained(folder)  # fmt: skip


def save_lcm(folder: Path) -> None:
    """A latent consistency model: the guidance is one of the denoiser's inputs."""
    torch.manual_seed(3)
    scheduler: Any = LCMScheduler(**_BETAS, original_inference_steps=50)
    LatentConsistencyModelPipeline(
        vae=autoencoders.kl(), text_encoder=encoders.clip(), tokenizer=words.clip(),
        unet=unet(time_cond_proj_dim=8), scheduler=scheduler, safety_checker=_NOTHING, feature_extractor=_NOTHING,
        requires_safety_checker=False,
    ).save_pretrained(folder)  # fmt: skip


def save_sdxl(folder: Path) -> None:
    torch.manual_seed(1)
    _save_xl(folder, _unet_xl(), EulerDiscreteScheduler(**_BETAS, steps_offset=1, timestep_spacing="leading"))


def save_sdxl_inpainting(folder: Path) -> None:
    torch.manual_seed(18)
    scheduler = EulerDiscreteScheduler(**_BETAS, steps_offset=1, timestep_spacing="leading")
    _save_xl(folder, _unet_xl(in_channels=9), scheduler, StableDiffusionXLInpaintPipeline)


def save_refiner(folder: Path) -> None:
    """SDXL's refiner: one text encoder, and a denoiser that asks how beautiful the picture is to be."""
    torch.manual_seed(19)
    scheduler: Any = EulerDiscreteScheduler(**_BETAS, steps_offset=1, timestep_spacing="leading")
    StableDiffusionXLImg2ImgPipeline(
        vae=autoencoders.kl(), text_encoder=_NOTHING, tokenizer=_NOTHING,
        text_encoder_2=encoders.clip(CLIPTextModelWithProjection, width=48), tokenizer_2=words.clip(),
        unet=_unet_xl(cross_attention_dim=48, projection_class_embeddings_input_dim=5 * 8 + 32),
        scheduler=scheduler,
        requires_aesthetics_score=True, force_zeros_for_empty_prompt=False,
    ).save_pretrained(folder)  # fmt: skip


def save_turbo(folder: Path) -> None:
    """SDXL Turbo: few trailing steps, no guidance."""
    torch.manual_seed(4)
    _save_xl(folder, _unet_xl(), EulerAncestralDiscreteScheduler(**_BETAS, steps_offset=1, timestep_spacing="trailing"))


def save_ssd_1b(folder: Path) -> None:
    """SSD-1B: as SDXL, with other numbers of transformer layers on the way up than on the way down."""
    torch.manual_seed(5)
    denoiser = _unet_xl(
        block_out_channels=(8, 16, 16),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=2, transformer_layers_per_block=[1, [2, 2], [1, 2]],
        reverse_transformer_layers_per_block=[[1, 1, 2], [2, 1, 1], 1], mid_block_type=None,
    )  # fmt: skip
    _save_xl(folder, denoiser, EulerDiscreteScheduler(**_BETAS, steps_offset=1, timestep_spacing="leading"))


def save_sd3(folder: Path) -> None:
    torch.manual_seed(6)
    transformer = SD3Transformer2DModel(
        sample_size=16, patch_size=2, in_channels=16, out_channels=16, num_layers=2, attention_head_dim=8,
        num_attention_heads=4, joint_attention_dim=64, caption_projection_dim=32, pooled_projection_dim=64,
        pos_embed_max_size=32, dual_attention_layers=(0,), qk_norm="rms_norm",
    ).eval()  # fmt: skip
    StableDiffusion3Pipeline(
        transformer=transformer, scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=autoencoders.kl(latent_channels=16, shift_factor=0.06, use_quant_conv=False, use_post_quant_conv=False),
        text_encoder=encoders.clip(CLIPTextModelWithProjection), tokenizer=words.clip(),
        text_encoder_2=encoders.clip(CLIPTextModelWithProjection), tokenizer_2=words.clip(),
        text_encoder_3=encoders.t5(64), tokenizer_3=words.t5(),
    ).save_pretrained(folder)  # fmt: skip


def _unet_xl(**more: Any) -> UNet2DConditionModel:
    values: dict[str, Any] = {
        "cross_attention_dim": 32 + 48, "addition_embed_type": "text_time", "addition_time_embed_dim": 8,
        "projection_class_embeddings_input_dim": 6 * 8 + 32, "use_linear_projection": True,
    }  # fmt: skip
    return unet(**values | more)


def _save_xl(
    folder: Path, denoiser: UNet2DConditionModel, scheduler: Any, kind: Any = StableDiffusionXLPipeline
) -> None:
    kind(
        vae=autoencoders.kl(), text_encoder=encoders.clip(),
        text_encoder_2=encoders.clip(CLIPTextModelWithProjection, width=48),
        tokenizer=words.clip(), tokenizer_2=words.clip(), unet=denoiser, scheduler=scheduler,
    ).save_pretrained(folder)  # fmt: skip
