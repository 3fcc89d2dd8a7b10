"""Previews show what is coming, early, small and cheaply."""

import shutil
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.autoencoders.autoencoder_tiny import AutoencoderTiny
from diffusers.schedulers.scheduling_scm import SCMScheduler
from PIL import Image
from torch.nn.functional import interpolate

from diffusion import samplers
from diffusion.mini import WEIGHTS
from diffusion.mini.illustrator.drawing import draw
from diffusion.mini.illustrator.lot import scene_of
from diffusion.models.pipelines import Task, load
from diffusion.pictures.light_decoder import FOLDER, LightDecoder
from diffusion.pictures.preview import LATENTS, LatentColours, Step, predicted_clean, scaled, sheet, unpacked
from diffusion.registry import ModelSpec
from diffusion.request import Told
from tests.families import autoencoders
from tests.tiny_models import spec

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:diffusers", "ignore::FutureWarning:diffusers")

NOISE = {"_class_name": "DDIMScheduler", "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
VELOCITY = NOISE | {"prediction_type": "v_prediction"}


@pytest.mark.parametrize("config", [NOISE, VELOCITY], ids=["noise", "velocity"])
@pytest.mark.parametrize("name", samplers.SAMPLERS)
def test_a_perfect_model_foresees_the_clean_latents(name: str, config: dict[str, str]) -> None:
    walk = samplers.scheduler(name, config, 10)
    walk.set_timesteps(10)
    clean, noise = torch.randn(2, 1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    for timestep in walk.timesteps[[0, 4, -1]]:
        kept = walk.alphas_cumprod[int(timestep)]
        if hasattr(walk, "sigmas"):
            sigma = walk.sigmas[(walk.timesteps == timestep).nonzero()[0, 0]]
            kept = 1 / (1 + sigma**2)
        noisy = kept.sqrt() * clean + (1 - kept).sqrt() * noise
        velocity = kept.sqrt() * noise - (1 - kept).sqrt() * clean
        scaled_noisy = noisy / kept.sqrt() if "Euler" in name or name == "Heun" else noisy
        output = velocity if config is VELOCITY else noise
        foreseen = predicted_clean(walk, Step(output, timestep, scaled_noisy))
        torch.testing.assert_close(foreseen, clean, atol=1e-3, rtol=1e-3)


def test_a_perfect_flow_foresees_the_clean_latents() -> None:
    walk = samplers.scheduler("Euler", {"_class_name": "FlowMatchEulerDiscreteScheduler", "shift": 3.0}, 4)
    walk.set_timesteps(4)
    clean, noise = torch.randn(2, 1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    for timestep in walk.timesteps:
        sigma = walk.sigmas[(walk.timesteps == timestep).nonzero()[0, 0]]
        noisy = (1 - sigma) * clean + sigma * noise
        torch.testing.assert_close(
            predicted_clean(walk, Step(noise - clean, timestep, noisy)), clean, atol=1e-4, rtol=1e-4
        )


def test_colours_come_out_as_the_autoencoder_would_decode_them() -> None:
    vae: Any = AutoencoderKL.from_pretrained(WEIGHTS, subfolder="vae", dtype=torch.float32)
    halves = Image.new("RGB", (128, 128), "red")
    halves.paste("blue", (64, 0, 128, 128))
    pixels = torch.from_numpy(np.array(halves)).permute(2, 0, 1)[None] / 127.5 - 1  # (1, 3, H, W)
    with torch.inference_mode():
        latents = scaled(vae, vae.encode(pixels).latent_dist.mode())
        colours = LatentColours.fit(vae)
        assert colours is not None
        shown = np.asarray(colours.picture(latents[0])).astype(int)  # (h, w, 3)
    red, blue = shown[:, :6].mean(axis=(0, 1)), shown[:, -6:].mean(axis=(0, 1))
    assert red[0] > 150 > 100 > red[2]
    assert blue[2] > 150 > 100 > blue[0]


def test_a_preview_is_near_the_picture_and_finer_than_its_latents() -> None:
    vae: Any = AutoencoderKL.from_pretrained(WEIGHTS, subfolder="vae", dtype=torch.float32)
    drawn = np.array(draw(scene_of(3), (512, 512)).picture) / 127.5 - 1  # (H, W, 3)
    pixels = torch.from_numpy(drawn).float().permute(2, 0, 1)[None]
    with torch.inference_mode():
        latents = scaled(vae, vae.encode(pixels).latent_dist.mode())
        colours = LatentColours.fit(vae)
        assert colours is not None
        shown = colours.levels(latents[0])  # (h, w, 3)
        overshot = colours.levels(latents[0] * 3).float()
    assert shown.shape == (256, 256, 3)
    seen = interpolate(shown.permute(2, 0, 1)[None] / 127.5 - 1, size=(512, 512), mode="bicubic")
    assert float((seen - pixels).square().mean().sqrt()) < 0.21  # colours alone, latent by latent: 0.23
    assert float(((overshot == 0) | (overshot == 255)).float().mean()) < 0.5  # of colours that go three times too far


def test_the_built_in_models_light_decoder_shows_the_picture() -> None:
    spec = ModelSpec(name="mini", source="builtin")
    model = load(spec, torch.device("cpu"), torch.float32, lambda note: None)
    assert isinstance(model.previewer, LightDecoder)
    vae: Any = model.templates[Task.TEXT].components["vae"]
    for seed in range(8):
        drawn = np.array(draw(scene_of(seed)).picture) / 127.5 - 1  # (H, W, 3)
        with torch.inference_mode():
            pixels = torch.from_numpy(drawn).float().permute(2, 0, 1)[None]
            latents = scaled(vae, vae.encode(pixels).latent_dist.mode())
            shown = model.previewer.levels(latents[0]).numpy() / 127.5 - 1
        assert shown.shape == drawn.shape
        assert float(np.sqrt(np.square(shown - drawn).mean())) < 0.2


def test_a_sheet_is_small_and_holds_all_pictures(tmp_path: Path) -> None:
    colours = ["red", "green", "blue", "white"]
    data = sheet([Image.new("RGB", (16, 8), colour) for colour in colours], 1024, 512)
    with Image.open(BytesIO(data)) as image:
        assert (image.format, image.size) == ("JPEG", (512, 256))
        assert [np.argmax(np.asarray(image)[at[::-1]]) for at in ((64, 64), (320, 64), (64, 192))] == [0, 1, 2]
    assert len(data) < 20_000


@pytest.mark.parametrize("family", ["flux", "qwen", "klein"])
def test_latents_are_as_the_denoiser_sees_them_and_unpacked_again(family: str, tmp_path: Path) -> None:
    """What the family's own pipelines make of a picture, and how they pack it."""
    model = load(spec(family, tmp_path), torch.device("cpu"), torch.float32, lambda note: None)
    pipeline: Any = model.templates[Task.IMAGE]
    painted = torch.rand(1, 3, 32, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.inference_mode():
        kind = next(kind for kind in LATENTS if isinstance(pipeline.vae, kind))
        latents = LATENTS[kind](pipeline.vae, painted)
        if family == "klein":  # the others draw from the distribution that is encoded
            torch.testing.assert_close(latents, pipeline._encode_vae_image(painted, torch.Generator()))
    shape = () if family == "klein" else latents.shape
    torch.testing.assert_close(unpacked(pipeline, pipeline._pack_latents(latents, *shape), 64, 32), latents)


@pytest.mark.parametrize(
    "make", [autoencoders.kl, autoencoders.flux2, autoencoders.qwen, autoencoders.dc, autoencoders.movq]
)
def test_every_kind_of_latents_has_colours(make: Callable[[], Any]) -> None:
    torch.manual_seed(0)
    vae = make()
    colours = LatentColours.fit(vae)
    assert colours is not None
    halves = -torch.ones(1, 3, 128, 128)
    halves[:, 0, :, :64], halves[:, 2, :, 64:] = 1, 1
    with torch.inference_mode():
        latents = next(encode for kind, encode in LATENTS.items() if isinstance(vae, kind))(vae, halves)
    shown = np.asarray(colours.picture(latents[0])).astype(int)  # (h, w, 3)
    eighth = shown.shape[1] // 8
    red, blue = shown[:, eighth : 3 * eighth], shown[:, -3 * eighth : -eighth]
    assert red[..., 0].mean() > blue[..., 0].mean() + 3


def test_latents_of_an_unknown_kind_have_none() -> None:
    assert LatentColours.fit(torch.nn.Linear(1, 1)) is None


def test_a_scheduler_that_tells_no_noise_level_foresees_nothing() -> None:
    walk: Any = SCMScheduler()
    walk.set_timesteps(2)
    latents = torch.zeros(1, 4, 8, 8)
    assert predicted_clean(walk, Step(latents, walk.timesteps[0], latents)) is None


def with_decoder(folder: Path) -> Path:
    """The built-in weights beside a light decoder that has learned nothing."""
    shutil.copytree(WEIGHTS, folder / "model")
    torch.manual_seed(0)
    AutoencoderTiny(
        encoder_block_out_channels=(8,) * 3,
        decoder_block_out_channels=(8,) * 3,
        num_encoder_blocks=(1,) * 3,
        num_decoder_blocks=(1,) * 3,
    ).save_pretrained(folder / "model" / FOLDER)
    return folder / "model"


def test_a_light_decoder_beside_the_parts_makes_the_previews(tmp_path: Path) -> None:
    model = ModelSpec(name="own", source=str(with_decoder(tmp_path)))
    previewer = load(model, torch.device("cpu"), torch.float32, lambda note: None).previewer
    assert isinstance(previewer, LightDecoder)
    kind: Any = AutoencoderTiny
    decoder = kind.from_pretrained(tmp_path / "model" / FOLDER)
    latents = torch.randn(4, 16, 24, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        wanted = (decoder.decode(latents[None]).sample[0].clamp(-1, 1) + 1) * 127.5
    assert (previewer.levels(latents).permute(2, 0, 1) - wanted).abs().max() <= 0.51
    assert previewer.levels(torch.randn(4, 128, 192)).shape == (172, 256, 3)


def test_a_broken_light_decoder_is_told(tmp_path: Path) -> None:
    folder = with_decoder(tmp_path)
    (folder / FOLDER / "diffusion_pytorch_model.safetensors").write_bytes(b"broken")
    with pytest.raises(Told, match="The decoder for previews cannot be loaded from"):
        LightDecoder.beside(folder, torch.device("cpu"), torch.float32)
