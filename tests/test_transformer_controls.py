"""ControlNets of FLUX and Stable Diffusion 3: as plain diffusers does it, shared with strangers, and the same again."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch

from diffusion import samplers
from diffusion.models.pipelines import Model
from diffusion.pictures import maps
from diffusion.registry import Control, ModelSpec
from diffusion.request import Request, Told
from tests.families import companions
from tests.test_guides import CANNY, ask, develop, house, opened
from tests.tiny_models import spec

pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:diffusers", "ignore::FutureWarning:diffusers"),
]

NAMES = {"sd3": "StableDiffusion3", "flux": "Flux"}
STEPS = 3


@pytest.fixture(scope="module", params=NAMES)
def guided(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    folder = tmp_path_factory.mktemp("models")
    chosen = spec(request.param, folder)
    companions.save_transformer_control(folder / "canny", Path(chosen.source))
    return replace(chosen, controls={"canny": Control(source=str(folder / "canny"))})


@pytest.fixture(scope="module")
def model(guided: ModelSpec) -> Model:
    return opened(guided)


def plainly(chosen: ModelSpec, request: Request) -> np.ndarray:
    """What diffusers makes. Where it draws the map's latents without the picture's generator, they are the mean."""
    kind = getattr(diffusers, f"{NAMES[chosen.name]}ControlNetPipeline")
    net = getattr(diffusers, {"sd3": "SD3ControlNetModel", "flux": "FluxControlNetModel"}[chosen.name])
    pipeline: Any = kind.from_pretrained(chosen.source, controlnet=net.from_pretrained(chosen.controls["canny"].source))
    pipeline.scheduler = samplers.scheduler(request.sampler, pipeline.scheduler.config, request.steps)
    pipeline.set_progress_bar_config(disable=True)
    if chosen.name == "sd3":
        _mean(pipeline)
    with torch.inference_mode():
        return pipeline(
            request.prompt, control_image=maps.edges(house()), controlnet_conditioning_scale=0.7, width=32, height=32,
            num_inference_steps=request.steps, guidance_scale=request.guidance, output_type="np",
            generator=torch.Generator().manual_seed(request.seed),
        ).images[0]  # fmt: skip


def _mean(pipeline: Any) -> None:
    """As if nothing of the autoencoder's latents were left to chance: their logarithmic variances are far below 0."""
    inner = pipeline.vae.encoder.conv_out
    half = inner.out_channels // 2
    torch.nn.init.zeros_(inner.weight[half:])
    torch.nn.init.constant_(inner.bias[half:], -30.0)


def test_it_follows_edges_as_plain_diffusers_does(model: Model, guided: ModelSpec) -> None:
    [made], _ = develop(model, request := ask(guided, CANNY))
    np.testing.assert_allclose(made, plainly(guided, request), atol=1e-4)
    [free], _ = develop(model, ask(guided))
    assert np.abs(made - free).mean() > 0.01


def test_it_is_the_same_again_and_among_strangers_that_share_it(model: Model, guided: ModelSpec) -> None:
    requests = [ask(guided, replace(CANNY, picture=letter * 64), seed=seed) for seed, letter in enumerate("abc")]
    alone = [develop(model, request)[0][0] for request in requests]
    again = [develop(model, request)[0][0] for request in requests]
    np.testing.assert_array_equal(again, alone)
    together, hub = develop(model, *requests, ask(guided, seed=9))
    np.testing.assert_allclose(together[:3], alone, atol=1e-4)
    words = 2 * sum("text_encoder" in name for name in model.holder.components)  # also those of the empty prompt
    assert hub.forwards <= 3 * STEPS + words + 3, (
        "the net's, those that it guides, the free one's; the maps, two decodings"
    )


def test_a_map_over_a_picture_is_as_the_family_has_a_class_for_it(model: Model, guided: ModelSpec) -> None:
    request = ask(guided, CANNY, source="c" * 64, strength=0.7)
    if guided.name == "sd3":
        with pytest.raises(Told, match="sd3 follows no ControlNet where it does this; leave it out"):
            develop(model, request, image=house(5))
        return
    [made], _ = develop(model, request, image=house(5))
    [free], _ = develop(model, replace(request, references=()), image=house(5))
    assert np.abs(made - free).mean() > 0.01
