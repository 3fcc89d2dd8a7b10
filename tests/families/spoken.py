"""The families whose words one language model reads: Qwen-Image, Z-Image, Lumina 2, Sana; PixArt-Sigma and Bria."""

from pathlib import Path
from typing import Any

import torch
from diffusers.models.transformers.pixart_transformer_2d import PixArtTransformer2DModel
from diffusers.models.transformers.sana_transformer import SanaTransformer2DModel
from diffusers.models.transformers.transformer_bria import BriaTransformer2DModel
from diffusers.models.transformers.transformer_lumina2 import Lumina2Transformer2DModel
from diffusers.models.transformers.transformer_qwenimage import QwenImageTransformer2DModel
from diffusers.models.transformers.transformer_z_image import ZImageTransformer2DModel
from diffusers.pipelines.bria.pipeline_bria import BriaPipeline
from diffusers.pipelines.lumina2.pipeline_lumina2 import Lumina2Pipeline
from diffusers.pipelines.pixart_alpha.pipeline_pixart_sigma import PixArtSigmaPipeline
from diffusers.pipelines.qwenimage.pipeline_qwenimage import QwenImagePipeline
from diffusers.pipelines.sana.pipeline_sana import SanaPipeline
from diffusers.pipelines.z_image.pipeline_z_image import ZImagePipeline
from diffusers.schedulers.scheduling_dpmsolver_multistep import DPMSolverMultistepScheduler
from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler
from transformers import Qwen3Model

from tests.families import autoencoders, encoders, words


def save_qwen(folder: Path) -> None:
    torch.manual_seed(10)
    transformer = QwenImageTransformer2DModel(
        patch_size=2, in_channels=16, out_channels=4, num_layers=2, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=16, axes_dims_rope=(4, 4, 8),
    ).eval()  # fmt: skip
    scheduler = FlowMatchEulerDiscreteScheduler(
        use_dynamic_shifting=True, base_shift=0.5, max_shift=0.9, shift_terminal=0.02, max_image_seq_len=8192,
        time_shift_type="exponential",
    )  # fmt: skip
    QwenImagePipeline(
        scheduler=scheduler, vae=autoencoders.qwen(), text_encoder=encoders.qwen_vision_language(),
        tokenizer=words.qwen(), transformer=transformer,
    ).save_pretrained(folder)  # fmt: skip


def save_z_image(folder: Path) -> None:
    torch.manual_seed(11)
    transformer = ZImageTransformer2DModel(
        in_channels=4, dim=32, n_layers=2, n_refiner_layers=1, n_heads=2, n_kv_heads=2, cap_feat_dim=16,
        axes_dims=[4, 4, 8], axes_lens=[512, 64, 64],
    ).eval()  # fmt: skip
    for padding in (transformer.x_pad_token, transformer.cap_pad_token):
        torch.nn.init.normal_(padding)  # left empty by its class
    tokenizer: Any = words.qwen()
    ZImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0), vae=autoencoders.kl(shift_factor=0.1),
        text_encoder=encoders.qwen3(Qwen3Model, layers=2), tokenizer=tokenizer, transformer=transformer,
    ).save_pretrained(folder)  # fmt: skip


def save_lumina(folder: Path) -> None:
    torch.manual_seed(12)
    transformer = Lumina2Transformer2DModel(
        sample_size=4, patch_size=2, in_channels=4, hidden_size=24, num_layers=2, num_refiner_layers=1,
        num_attention_heads=3, num_kv_heads=1, multiple_of=16, axes_dim_rope=(4, 2, 2), axes_lens=(300, 128, 128),
        cap_feat_dim=32,
    ).eval()  # fmt: skip
    Lumina2Pipeline(
        transformer=transformer, scheduler=FlowMatchEulerDiscreteScheduler(shift=6.0),
        vae=autoencoders.kl(levels=4, shift_factor=0.1), text_encoder=encoders.gemma(), tokenizer=words.gemma(),
    ).save_pretrained(folder)  # fmt: skip


def save_sana(folder: Path) -> None:
    torch.manual_seed(13)
    transformer = SanaTransformer2DModel(
        patch_size=1, in_channels=4, out_channels=4, num_layers=1, num_attention_heads=2, attention_head_dim=4,
        num_cross_attention_heads=2, cross_attention_head_dim=4, cross_attention_dim=8, caption_channels=32,
        sample_size=32,
    ).eval()  # fmt: skip
    scheduler: Any = DPMSolverMultistepScheduler(
        use_flow_sigmas=True, flow_shift=3.0, prediction_type="flow_prediction", algorithm_type="dpmsolver++"
    )
    SanaPipeline(
        tokenizer=words.gemma(), text_encoder=encoders.gemma(), vae=autoencoders.dc(), transformer=transformer,
        scheduler=scheduler,
    ).save_pretrained(folder)  # fmt: skip


def save_pixart(folder: Path) -> None:
    torch.manual_seed(14)
    transformer = PixArtTransformer2DModel(
        sample_size=16, num_layers=2, patch_size=2, attention_head_dim=8, num_attention_heads=3, caption_channels=32,
        in_channels=4, cross_attention_dim=24, out_channels=8,
    ).eval()  # fmt: skip
    scheduler: Any = DPMSolverMultistepScheduler(beta_start=0.0001, beta_end=0.02, beta_schedule="linear")
    PixArtSigmaPipeline(
        tokenizer=words.t5(), text_encoder=encoders.t5(), vae=autoencoders.kl(), transformer=transformer,
        scheduler=scheduler,
    ).save_pretrained(folder)  # fmt: skip
    words.save_pieces(folder / "tokenizer")


def save_bria(folder: Path) -> None:
    torch.manual_seed(17)
    transformer = BriaTransformer2DModel(
        patch_size=1, in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=32, axes_dims_rope=[4, 4, 8], guidance_embeds=False,
    ).eval()  # fmt: skip
    BriaPipeline(
        transformer=transformer, scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=autoencoders.kl(shift_factor=0.1), text_encoder=encoders.t5(), tokenizer=words.t5(),
    ).save_pretrained(folder)  # fmt: skip
