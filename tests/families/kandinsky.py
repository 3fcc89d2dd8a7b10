"""Kandinsky 2.2: a prior that makes a picture's embedding from the words, and a decoder that paints it."""

from pathlib import Path
from typing import Any

import torch
from diffusers.models.transformers.prior_transformer import PriorTransformer
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.pipelines.kandinsky2_2.pipeline_kandinsky2_2_combined import KandinskyV22CombinedPipeline
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler
from diffusers.schedulers.scheduling_unclip import UnCLIPScheduler
from transformers import CLIPTextModelWithProjection

from tests.families import autoencoders, encoders, words


def save_kandinsky(folder: Path) -> None:
    """Both halves in one folder, as `KandinskyV22CombinedPipeline` reads them."""
    torch.manual_seed(10)  # of which rounding grows least
    values: dict[str, Any] = {
        "in_channels": 4, "out_channels": 8, "addition_embed_type": "image", "cross_attention_dim": 32,
        "down_block_types": ("ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"),
        "up_block_types": ("SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"),
        "mid_block_type": "UNetMidBlock2DSimpleCrossAttn", "block_out_channels": (16, 32), "layers_per_block": 1,
        "encoder_hid_dim": 32, "encoder_hid_dim_type": "image_proj", "attention_head_dim": 4, "norm_num_groups": 8,
        "resnet_time_scale_shift": "scale_shift",
    }  # fmt: skip
    prior: Any = PriorTransformer(
        num_attention_heads=2, attention_head_dim=8, num_layers=1, embedding_dim=32, num_embeddings=32
    )
    prior.clip_std.data.fill_(1.0)
    scheduler: Any = DDPMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="linear")
    prior_scheduler: Any = UnCLIPScheduler(
        variance_type="fixed_small_log", prediction_type="sample", num_train_timesteps=1000, clip_sample_range=5.0
    )
    KandinskyV22CombinedPipeline(
        unet=UNet2DConditionModel(**values).eval(), scheduler=scheduler, movq=autoencoders.movq(),
        prior_prior=prior.eval(), prior_image_encoder=encoders.clip_vision(),
        prior_text_encoder=encoders.clip(CLIPTextModelWithProjection), prior_tokenizer=words.clip(),
        prior_scheduler=prior_scheduler, prior_image_processor=encoders.clip_pictures(),
    ).save_pretrained(folder)  # fmt: skip
