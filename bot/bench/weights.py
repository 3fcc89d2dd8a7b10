"""Full-size models with random weights, so that speed can be measured without a download: they draw noise, at the pace
of the real ones.

Knows the published configurations of a few models; each is written as a folder in the diffusers layout.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diffusion.registry import ModelSpec

if TYPE_CHECKING:
    import torch

BETAS: dict[str, Any] = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1}
LONGEST = 77
"""Tokens of a prompt."""


@dataclass(frozen=True, slots=True)
class Family:
    spec: ModelSpec
    parameters: float
    """Of all parts, in billions."""
    teraflops: float
    """Of one row of one of the denoiser's forwards, at the trained size."""
    pipeline: Callable[[], Any]
    """Built on the device and in the dtype that torch has as its defaults."""


def write(name: str, folder: Path, device: "torch.device", dtype: "torch.dtype") -> None:
    """The model as a folder; its weights are made on the device itself and saved as they are."""
    import torch
    from transformers.utils import logging

    logging.disable_progress_bar()
    torch.manual_seed(0)
    with default_dtype(dtype), device:
        pipeline = FAMILIES[name].pipeline()
    pipeline.save_pretrained(folder, safe_serialization=True)


@contextmanager
def default_dtype(dtype: "torch.dtype") -> Iterator[None]:
    import torch

    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def _sd15() -> Any:
    from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
    from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
    from diffusers.schedulers.scheduling_pndm import PNDMScheduler
    from transformers import CLIPTextModel

    nothing: Any = None
    return StableDiffusionPipeline(
        vae=_autoencoder(512, 0.18215),
        text_encoder=_clip(CLIPTextModel, 768, 12, 12, "quick_gelu"),
        tokenizer=_tokenizer(),
        unet=UNet2DConditionModel(sample_size=64, cross_attention_dim=768, attention_head_dim=8),
        scheduler=_scheduler(PNDMScheduler, skip_prk_steps=True),
        safety_checker=nothing,
        feature_extractor=nothing,
        requires_safety_checker=False,
    )


def _sdxl() -> Any:
    return _xl(
        transformer_layers_per_block=[1, 2, 10],
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    )


def _ssd_1b() -> Any:
    return _xl(
        transformer_layers_per_block=[0, 2, 4],
        reverse_transformer_layers_per_block=[[4, 4, 10], [2, 1, 1], 1],
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        mid_block_type=None,
    )


def _xl(**blocks: Any) -> Any:
    from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
    from diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl import StableDiffusionXLPipeline
    from diffusers.schedulers.scheduling_euler_discrete import EulerDiscreteScheduler
    from transformers import CLIPTextModel, CLIPTextModelWithProjection

    values: dict[str, Any] = {
        "sample_size": 128, "block_out_channels": (320, 640, 1280), "attention_head_dim": [5, 10, 20],
        "cross_attention_dim": 2048, "use_linear_projection": True, "addition_embed_type": "text_time",
        "addition_time_embed_dim": 256, "projection_class_embeddings_input_dim": 2816,
    }  # fmt: skip
    return StableDiffusionXLPipeline(
        vae=_autoencoder(1024, 0.13025, force_upcast=True),
        text_encoder=_clip(CLIPTextModel, 768, 12, 12, "quick_gelu"),
        text_encoder_2=_clip(CLIPTextModelWithProjection, 1280, 32, 20, "gelu"),
        tokenizer=_tokenizer(),
        tokenizer_2=_tokenizer(),
        unet=UNet2DConditionModel(**values | blocks),
        scheduler=_scheduler(EulerDiscreteScheduler, timestep_spacing="leading"),
    )


def _mini() -> Any:
    """The built-in model's own configurations."""
    from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
    from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
    from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
    from diffusers.schedulers.scheduling_ddim import DDIMScheduler
    from transformers import CLIPTextConfig, CLIPTextModel

    from diffusion.mini import WEIGHTS

    nothing: Any = None
    vae: Any = AutoencoderKL.from_config(_config(AutoencoderKL, "vae"))
    unet: Any = UNet2DConditionModel.from_config(_config(UNet2DConditionModel, "unet"))
    return StableDiffusionPipeline(
        vae=vae,
        text_encoder=CLIPTextModel(CLIPTextConfig.from_pretrained(WEIGHTS / "text_encoder")),
        tokenizer=_tokenizer(None),
        unet=unet,
        scheduler=_scheduler(DDIMScheduler, **_config(DDIMScheduler, "scheduler")),
        safety_checker=nothing,
        feature_extractor=nothing,
        requires_safety_checker=False,
    )


def _config(kind: Any, part: str) -> dict[str, Any]:
    """Of a part of the built-in model."""
    from diffusion.mini import WEIGHTS

    return {name: value for name, value in kind.load_config(WEIGHTS / part).items() if not name.startswith("_")}


def _scheduler(kind: Callable[..., Any], **more: Any) -> Any:
    import torch

    with torch.device("cpu"):  # its tables are small, and read there
        return kind(**BETAS | more)


def _autoencoder(size: int, scale: float, **more: Any) -> Any:
    from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

    values: dict[str, Any] = {
        "down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4,
        "block_out_channels": (128, 256, 512, 512), "layers_per_block": 2, "latent_channels": 4,
        "sample_size": size, "scaling_factor": scale,
    }  # fmt: skip
    return AutoencoderKL(**values | more)


def _clip(kind: Callable[[Any], Any], width: int, layers: int, heads: int, activation: str) -> Any:
    from transformers import CLIPTextConfig

    tokenizer = _tokenizer()
    config = CLIPTextConfig(
        vocab_size=49408,
        hidden_size=width,
        intermediate_size=4 * width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        projection_dim=width,
        hidden_act=activation,
        max_position_embeddings=LONGEST,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return kind(config)


def _tokenizer(longest: int | None = LONGEST) -> Any:
    """The built-in model's, which knows few words; how many tokens a prompt has is what counts here."""
    from transformers import CLIPTokenizer

    from diffusion.mini import WEIGHTS

    more: dict[str, Any] = {"model_max_length": longest} if longest else {}
    return CLIPTokenizer.from_pretrained(WEIGHTS / "tokenizer", **more)


FAMILIES = {
    "mini": Family(
        ModelSpec(name="mini", source="", size=128, max_pixels=65536, steps=20, guidance=4.0, sampler="DDIM"),
        parameters=0.02, teraflops=0.0013, pipeline=_mini,
    ),
    "sd15": Family(
        ModelSpec(name="sd15", source="", size=512, steps=28, guidance=7.0, sampler="DPM++ 2M Karras"),
        parameters=1.07, teraflops=0.80, pipeline=_sd15,
    ),
    "ssd-1b": Family(
        ModelSpec(name="ssd-1b", source="", size=1024, steps=28, guidance=7.0, sampler="Euler"),
        parameters=2.2, teraflops=4.15, pipeline=_ssd_1b,
    ),
    "sdxl": Family(
        ModelSpec(name="sdxl", source="", size=1024, steps=30, guidance=6.0, sampler="DPM++ 2M Karras"),
        parameters=3.47, teraflops=6.76, pipeline=_sdxl,
    ),
}  # fmt: skip
"""By the name that --random-weights takes; the settings are those of config.toml."""
