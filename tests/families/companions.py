"""What stands beside a tiny model: ControlNets, an estimator of depth, an IP-Adapter; saved in their real layouts."""

from pathlib import Path
from typing import Any

import torch
from diffusers.models.controlnets.controlnet import ControlNetModel
from diffusers.models.controlnets.controlnet_flux import FluxControlNetModel
from diffusers.models.controlnets.controlnet_sd3 import SD3ControlNetModel
from diffusers.models.transformers.transformer_sd3 import SD3Transformer2DModel
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.pipelines.pipeline_utils import DiffusionPipeline
from safetensors.torch import save_file
from transformers import DPTConfig, DPTForDepthEstimation

from tests.families import encoders

TOKENS = 4
"""Words that an IP-Adapter says for a picture."""


def save_control(folder: Path, model: Path, seed: int = 0) -> None:
    """For a model of a UNet; its maps are as much larger than the latents as pictures are."""
    torch.manual_seed(seed)
    unet: Any = UNet2DConditionModel.from_pretrained(model, subfolder="unet")
    net: Any = ControlNetModel.from_unet(unet, conditioning_embedding_out_channels=(8, 16))
    for part in (net.controlnet_down_blocks, net.controlnet_mid_block, net.controlnet_cond_embedding.conv_out):
        for weights in part.parameters():  # trained ones are no zeros any more
            torch.nn.init.normal_(weights, std=0.3)
    net.save_pretrained(folder)


def save_transformer_control(folder: Path, model: Path) -> None:
    """For a FLUX or a Stable Diffusion 3; its maps are latents of the model's own autoencoder."""
    torch.manual_seed(0)
    transformer: Any = DiffusionPipeline.from_pretrained(model).components["transformer"]
    net: Any
    if isinstance(transformer, SD3Transformer2DModel):
        net = SD3ControlNetModel.from_transformer(transformer, num_layers=1, num_extra_conditioning_channels=0)
    else:
        heads, width = transformer.config.num_attention_heads, transformer.config.attention_head_dim
        net = FluxControlNetModel.from_transformer(
            transformer, 1, 0, attention_head_dim=width, num_attention_heads=heads
        )
    for weights in net.parameters():  # trained ones are no zeros any more
        if not weights.any():
            torch.nn.init.normal_(weights, std=0.3)
    net.save_pretrained(folder)


def save_depth(folder: Path) -> None:
    torch.manual_seed(0)
    config = DPTConfig(
        hidden_size=32, num_hidden_layers=4, num_attention_heads=4, intermediate_size=37, image_size=32, patch_size=8,
        backbone_out_indices=[0, 1, 2, 3], neck_hidden_sizes=[16, 16, 32, 32], fusion_hidden_size=16, is_hybrid=False,
        readout_type="project",
    )  # fmt: skip
    model = DPTForDepthEstimation(config).eval()
    for weights in model.parameters():  # fresh ones see hardly any difference
        torch.nn.init.normal_(weights, std=0.3)
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(
        '{"size": {"height": 32, "width": 32}, "image_mean": [0.4, 0.5, 0.6]}'
    )


def save_image_prompt(folder: Path, model: Path) -> None:
    """`models/ip-adapter.safetensors` and `models/image_encoder`, as the first ones were published."""
    torch.manual_seed(0)
    seeing = encoders.clip_vision()
    seeing.save_pretrained(folder / "models" / "image_encoder")
    unet: Any = UNet2DConditionModel.from_pretrained(model, subfolder="unet")
    words, seen = unet.config.cross_attention_dim, seeing.config.projection_dim
    weights = {
        "image_proj.proj.weight": torch.randn(TOKENS * words, seen),
        "image_proj.proj.bias": torch.randn(TOKENS * words),
        "image_proj.norm.weight": torch.ones(words),
        "image_proj.norm.bias": torch.zeros(words),
    }
    attending = [name for name in unet.attn_processors if "attn2" in name]
    for number, name in enumerate(attending):
        shape = unet.get_submodule(name.removesuffix(".processor")).to_k.weight.shape
        for letter in "kv":
            weights[f"ip_adapter.{2 * number + 1}.to_{letter}_ip.weight"] = torch.randn(shape) / 4
    save_file(weights, folder / "models" / "ip-adapter.safetensors")
