"""Autoencoders a few channels wide, one of each kind."""

from typing import Any

from diffusers.models.autoencoders.autoencoder_dc import AutoencoderDC
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.autoencoders.autoencoder_kl_flux2 import AutoencoderKLFlux2
from diffusers.models.autoencoders.autoencoder_kl_qwenimage import AutoencoderKLQwenImage
from diffusers.models.autoencoders.vq_model import VQModel


def kl(levels: int = 2, **more: Any) -> AutoencoderKL:
    """Shrinks by 2 ** (levels - 1)."""
    values: dict[str, Any] = {
        **_levels(levels), "latent_channels": 4, "sample_size": 32, "scaling_factor": 0.2,
        "mid_block_add_attention": False,
    }  # fmt: skip
    return AutoencoderKL(**values | more).eval()


def flux2() -> AutoencoderKLFlux2:
    """Its latents are packed two by two and normed by running figures, which are not the plain ones here."""
    values: dict[str, Any] = {**_levels(2), "latent_channels": 4, "sample_size": 32, "mid_block_add_attention": False}
    vae: Any = AutoencoderKLFlux2(**values).eval()
    vae.bn.running_mean.normal_(0, 0.1)
    vae.bn.running_var.uniform_(0.5, 1.5)
    return vae


def qwen() -> AutoencoderKLQwenImage:
    """Of films; a picture is one of a single frame."""
    vae: Any = AutoencoderKLQwenImage(
        base_dim=8, z_dim=4, dim_mult=[1, 1, 1, 1], num_res_blocks=1, temperal_downsample=[False, True, True],
        latents_mean=[-0.1, 0.2, 0.0, 0.1], latents_std=[0.8, 1.2, 0.9, 1.1],
    )  # fmt: skip
    return vae.eval()


def dc() -> AutoencoderDC:
    kinds: Any = ("ResBlock", "EfficientViTBlock")
    vae: Any = AutoencoderDC(
        latent_channels=4, attention_head_dim=2, encoder_block_types=kinds, decoder_block_types=kinds,
        encoder_block_out_channels=(8, 8),
        decoder_block_out_channels=(8, 8), encoder_layers_per_block=(1, 1), decoder_layers_per_block=(1, 1),
        encoder_qkv_multiscales=((), (5,)), decoder_qkv_multiscales=((), (5,)), downsample_block_type="conv",
        upsample_block_type="interpolate", decoder_norm_types="rms_norm", decoder_act_fns="silu", scaling_factor=0.41,
    )  # fmt: skip
    return vae.eval()


def movq() -> VQModel:
    vae: Any = VQModel(
        block_out_channels=(32, 64), down_block_types=("DownEncoderBlock2D", "AttnDownEncoderBlock2D"),
        up_block_types=("AttnUpDecoderBlock2D", "UpDecoderBlock2D"), layers_per_block=1, latent_channels=4,
        norm_num_groups=8, norm_type="spatial", num_vq_embeddings=12, vq_embed_dim=4,
    )  # fmt: skip
    return vae.eval()


def _levels(count: int) -> dict[str, Any]:
    return {
        "block_out_channels": (16,) * (count - 1) + (32,),
        "down_block_types": ("DownEncoderBlock2D",) * count,
        "up_block_types": ("UpDecoderBlock2D",) * count,
        "layers_per_block": 1,
        "norm_num_groups": 8,
    }
