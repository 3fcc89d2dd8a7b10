"""The networks of the model in their standard classes: new ones as the recipe has them, and those of a run's folder.

The folder of a run has the layout of a diffusers pipeline.
"""

from pathlib import Path
from typing import Any

import torch
from diffusers.models.attention_processor import AttnProcessor
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.autoencoders.autoencoder_tiny import AutoencoderTiny
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from .config import SHRINK, Config
from .run import Run

CHANNELS = 4
"""Of the latents. The stock inpainting pipeline refuses a UNet with other than 4 or 9 inputs."""


def new_autoencoder(config: Config) -> Any:
    blocks = len(config.autoencoder.widths)
    kind: Any = AutoencoderKL  # its own hints name tuples of one
    return kind(
        down_block_types=("DownEncoderBlock2D",) * blocks,
        up_block_types=("UpDecoderBlock2D",) * blocks,
        block_out_channels=config.autoencoder.widths,
        layers_per_block=1,
        latent_channels=CHANNELS,
        norm_num_groups=1,  # few channels a group lose a colour axis
        sample_size=128,
        mid_block_add_attention=False,
    )


def new_preview(config: Config) -> AutoencoderTiny:
    """A light decoder; its encoder is the least that the class takes, and is not trained."""
    width = config.preview.width
    return AutoencoderTiny(
        encoder_block_out_channels=(8,) * 3,
        decoder_block_out_channels=(width,) * 3,
        num_encoder_blocks=(1,) * 3,
        num_decoder_blocks=(2, 1, 1),
        latent_channels=CHANNELS,
    )


def new_text_encoder(config: Config, tokenizer: CLIPTokenizer) -> CLIPTextModel:
    width = config.text.width
    marks: dict[str, Any] = {name: getattr(tokenizer, name) for name in ("bos_token_id", "eos_token_id")}
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=width,
            intermediate_size=width * 4,
            projection_dim=width,
            num_hidden_layers=config.text.layers,
            num_attention_heads=4,
            max_position_embeddings=tokenizer.model_max_length,
            pad_token_id=marks["eos_token_id"],
            **marks,
        )
    )


def new_unet(config: Config, text_width: int) -> UNet2DConditionModel:
    """Words are looked at on all levels but the finest: shapes need that of 16x16, positions those of 4x4 and 2x2."""
    below = len(config.denoiser.widths) - 1
    return UNet2DConditionModel(
        sample_size=128 // SHRINK,
        down_block_types=("DownBlock2D", *("CrossAttnDownBlock2D",) * below),
        up_block_types=(*("CrossAttnUpBlock2D",) * below, "UpBlock2D"),
        block_out_channels=config.denoiser.widths,
        layers_per_block=1,
        cross_attention_dim=text_width,
        attention_head_dim=4,
        norm_num_groups=8,
    )


def new_scheduler() -> DDIMScheduler:
    """Scaled-linear betas rescaled to zero terminal SNR (https://arxiv.org/abs/2305.08891), v-prediction."""
    return DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
        prediction_type="v_prediction",
        timestep_spacing="trailing",
        rescale_betas_zero_snr=True,
    )


def tokenizer_of(folder: Path) -> CLIPTokenizer:
    return CLIPTokenizer.from_pretrained(folder / "tokenizer")


def autoencoder_of(folder: Path, device: torch.device) -> Any:
    autoencoder: Any = AutoencoderKL.from_pretrained(folder / "vae", torch_dtype=torch.float32)
    return autoencoder.to(device)


def text_encoder_of(folder: Path) -> CLIPTextModel:
    return CLIPTextModel.from_pretrained(folder / "text_encoder", dtype=torch.float32)


def unet_of(folder: Path) -> UNet2DConditionModel:
    return UNet2DConditionModel.from_pretrained(folder / "unet", torch_dtype=torch.float32)


def preview_of(folder: Path) -> AutoencoderTiny:
    return AutoencoderTiny.from_pretrained(folder / "preview", torch_dtype=torch.float32)


def made_faster(network: Any, run: Run) -> None:
    """Compiles a network in its place, so that its weights keep their names, where the machine's recipe says so."""
    if run.machine.compile:
        network.compile(dynamic=False)


def attend_plainly(network: Any, run: Run) -> None:
    """Counts the attention of a UNet or a text encoder in plain matrices on a CPU, where training takes longer with
    torch's fused form: forwards and backwards of the denoiser's UNet 1.4 times as long."""
    if run.device.type != "cpu":
        return
    if isinstance(network, UNet2DConditionModel):
        network.set_attn_processor(AttnProcessor())
    else:
        network.set_attn_implementation("eager")


def pipeline_of(**parts: Any) -> Any:
    """The stock pipeline over these parts, with the schedule that they are trained on."""
    kind: Any = StableDiffusionPipeline  # its hints know no pipeline without a safety checker
    return kind(
        **parts,
        scheduler=new_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
