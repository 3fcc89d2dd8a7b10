"""Pictures that guide another one: as plain diffusers does it, shared with strangers, and without a trace elsewhere."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from diffusers.models.controlnets.controlnet import ControlNetModel
from PIL import Image, ImageDraw

from diffusion import samplers
from diffusion.demands import check
from diffusion.development import Development
from diffusion.hub.pace import HostPace
from diffusion.hub.sharing import Hub
from diffusion.models.pipelines import Model, load
from diffusion.pictures import maps
from diffusion.pictures.sources import Guide, Sources
from diffusion.registry import Control, ImagePrompt, ModelSpec
from diffusion.request import Reference, Request, Told
from tests.families import companions
from tests.tiny_models import spec

pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:diffusers", "ignore::FutureWarning:diffusers"),
]

NAMES = {"sd": "StableDiffusion", "sdxl": "StableDiffusionXL"}


@pytest.fixture(scope="module", params=NAMES)
def guided(request: pytest.FixtureRequest, folder: Path) -> ModelSpec:
    """A model with all that can stand beside it."""
    chosen = spec(request.param, folder)
    beside = folder / f"{request.param} companions"
    for seed, role in enumerate(("canny", "depth")):
        companions.save_control(beside / role, folder / request.param, seed)
    companions.save_depth(beside / "estimator")
    companions.save_image_prompt(beside, folder / request.param)
    controls = {
        "canny": Control(source=str(beside / "canny")),
        "depth": Control(source=str(beside / "depth"), estimator=str(beside / "estimator")),
    }
    adapter = ImagePrompt(
        source=str(beside), weights="models/ip-adapter.safetensors", image_encoder="models/image_encoder"
    )
    return replace(chosen, controls=controls, ip_adapter=adapter)


@pytest.fixture(scope="module")
def model(guided: ModelSpec) -> Model:
    return opened(guided)


def opened(chosen: ModelSpec) -> Model:
    return load(chosen, torch.device("cpu"), torch.float32, lambda note: None)


def house(shift: int = 0) -> Image.Image:
    image = Image.new("RGB", (32, 32), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((6 + shift, 12, 22 + shift, 28), "red", "black")
    draw.polygon([(4 + shift, 12), (14 + shift, 3), (24 + shift, 12)], "blue")
    return image


def ask(model: ModelSpec, *references: Reference, **values: Any) -> Request:
    usual = {
        "prompt": "a red house",
        "width": 32,
        "height": 32,
        "steps": 3,
        "guidance": 4.0,
        "sampler": "Euler",
        "seed": 7,
    }
    return Request(**{**usual, "model": model.name, "references": references, **values})


def develop(model: Model, *requests: Request, image: Image.Image | None = None) -> tuple[list[np.ndarray], Hub]:
    """All at once through one hub."""
    hub = Hub(rows=64, pace=HostPace(lambda: 0.0))
    model.share(hub)
    with torch.inference_mode():
        made = [
            Development(request, model, sources(request, image), hub, index, lambda: 0.0, 1.0)
            for index, request in enumerate(requests)
        ]
        while hub.busy:
            hub.tick()
    for one in made:
        if one.error:
            raise one.error
    return [one.strands[0].result for one in made], hub


def sources(request: Request, image: Image.Image | None) -> Sources:
    """A reference's picture is a house further to the right, the later its name."""
    guides = tuple(Guide(each, house("abcdef".index(each.picture[0]) * 2)) for each in request.references)
    return Sources(image=image if request.source else None, guides=guides)


def plainly(
    kind: str,
    chosen: ModelSpec,
    request: Request,
    *,
    adapter: bool = False,
    scale: Any = 1.0,
    prepare: Callable[[Any], object] = lambda part: None,
    **given: Any,
) -> Any:
    """What unmodified diffusers makes."""
    name = f"{NAMES[chosen.name]}{kind}Pipeline"
    parts = {"controlnet": given.pop("controlnet")} if "controlnet" in given else {}
    pipeline: Any = getattr(diffusers, name).from_pretrained(chosen.source, **parts)
    if adapter:
        pipeline.load_ip_adapter(
            chosen.ip_adapter.source, subfolder="models", weight_name="ip-adapter.safetensors",
            image_encoder_folder="image_encoder",
        )  # fmt: skip
        pipeline.set_ip_adapter_scale(scale)
    pipeline.scheduler = samplers.scheduler(request.sampler, pipeline.scheduler.config, request.steps)
    pipeline.set_progress_bar_config(disable=True)
    for part in (pipeline.unet, pipeline.vae):
        prepare(part)
    with torch.inference_mode():
        return pipeline(
            request.prompt, num_inference_steps=request.steps, guidance_scale=request.guidance, output_type="np",
            width=32, height=32, generator=torch.Generator().manual_seed(request.seed), **given,
        ).images[0]  # fmt: skip


def net(chosen: ModelSpec, role: str) -> Any:
    return ControlNetModel.from_pretrained(chosen.controls[role].source)


CANNY = Reference("canny", "a" * 64, 0.7)
DEPTH = Reference("depth", "b" * 64, 1.0)


# ControlNets


def test_edges_are_white_on_black() -> None:
    drawn = np.asarray(maps.edges(house()))
    assert set(np.unique(drawn)) == {0, 255}
    assert 0.05 < (drawn > 0).mean() < 0.4


def test_depth_is_a_map_of_the_picture_s_size(model: Model) -> None:
    with torch.inference_mode():
        drawn = np.asarray(model.controls.estimators["depth"](house()))
    assert drawn.shape == (32, 32, 3)
    assert (drawn.min(), drawn.max()) == (0, 255)


def test_it_follows_edges_as_plain_diffusers_does(model: Model, guided: ModelSpec) -> None:
    [made], _ = develop(model, request := ask(guided, CANNY))
    asked = {"controlnet": net(guided, "canny"), "image": maps.edges(house()), "controlnet_conditioning_scale": 0.7}
    np.testing.assert_allclose(made, plainly("ControlNet", guided, request, **asked), atol=1e-4)
    [free], _ = develop(model, ask(guided))
    assert np.abs(made - free).mean() > 0.01


def test_it_follows_edges_and_depth_over_a_picture(model: Model, guided: ModelSpec) -> None:
    request = ask(guided, CANNY, DEPTH, source="c" * 64, strength=0.7)
    [made], _ = develop(model, request, image=house(5))
    with torch.inference_mode():
        depth = model.controls.estimators["depth"](house(2))
    plain = plainly(
        "ControlNetImg2Img", guided, request, controlnet=[net(guided, "canny"), net(guided, "depth")], image=house(5),
        control_image=[maps.edges(house()), depth], controlnet_conditioning_scale=[0.7, 1.0], strength=0.7,
    )  # fmt: skip
    np.testing.assert_allclose(made, plain, atol=1e-4)


def test_without_weight_it_is_as_without_a_control(model: Model, guided: ModelSpec) -> None:
    (silent, free), _ = develop(model, ask(guided, replace(CANNY, weight=0.0)), ask(guided))
    np.testing.assert_allclose(silent, free, atol=1e-5)


@pytest.mark.parametrize("strangers", [1, 2, 3, 4, 6])
def test_strangers_share_a_control(strangers: int, model: Model, guided: ModelSpec) -> None:
    """However many rows they are: the net answers with a list, of as many tensors as it has outputs."""
    letters = "abcdef"[:strangers]
    requests = [ask(guided, replace(CANNY, picture=letter * 64), seed=seed) for seed, letter in enumerate(letters)]
    together, hub = develop(model, *requests, ask(guided, seed=9))
    alone = [develop(model, request)[0][0] for request in requests]
    np.testing.assert_allclose(together[:strangers], alone, atol=1e-4)
    steps = 3
    assert hub.forwards <= 3 * steps + 6, "the net's, the guided UNet's and the free one's; words and decoding"


@pytest.mark.parametrize("shift", [(0, 9), (13, 0), (16, 16)])
def test_the_edges_of_a_tile_are_the_same_wherever_it_is_cut(shift: tuple[int, int]) -> None:
    drawn = np.asarray(maps.tiled(maps.edges, house()))
    moved = maps.tiled(maps.edges, Image.fromarray(np.roll(np.asarray(house()), shift, (0, 1))))
    np.testing.assert_array_equal(np.asarray(moved), np.roll(drawn, shift, (0, 1)))


def test_the_depth_of_a_tile_goes_on_at_its_opposite_edge(model: Model) -> None:
    slope = Image.fromarray(np.add.outer(*[np.arange(0, 128, 4)] * 2).astype(np.uint8)).convert("RGB")
    with torch.inference_mode():
        drawn = np.asarray(maps.tiled(model.controls.estimators["depth"], slope)).astype(float)
    assert drawn.shape == (32, 32, 3)
    assert drawn.std() > 10
    for axis in (0, 1):
        usual = np.abs(np.diff(drawn, axis=axis)).mean(axis=(1 - axis, 2))
        assert np.abs(drawn.take(0, axis) - drawn.take(-1, axis)).mean() < 1.5 * usual.max()


def test_a_tile_that_follows_edges_goes_on_at_its_opposite_edge(model: Model, guided: ModelSpec) -> None:
    """As plain diffusers makes it, with all convolutions of all parts going round; and nobody else's does."""
    request = ask(guided, CANNY, tile=True)
    made, _ = develop(model, request, ask(guided, CANNY))
    round_net = going_round(net(guided, "canny"))
    asked = {"image": maps.tiled(maps.edges, house()), "controlnet_conditioning_scale": 0.7}
    plain = plainly("ControlNet", guided, request, controlnet=round_net, prepare=going_round, **asked)
    np.testing.assert_allclose(made[0], plain, atol=1e-4)
    np.testing.assert_allclose(made[1], develop(model, ask(guided, CANNY))[0][0], atol=1e-5)
    assert np.abs(made[0] - made[1]).mean() > 1e-3


def going_round(part: torch.nn.Module) -> torch.nn.Module:
    for module in part.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.padding_mode = "circular"
    return part


# The IP-Adapter


@pytest.mark.parametrize("count", [1, 2])
def test_it_leans_on_pictures_as_plain_diffusers_does(model: Model, guided: ModelSpec, count: int) -> None:
    references = [Reference("image", letter * 64, 0.6) for letter in "ab"[:count]]
    [made], _ = develop(model, request := ask(guided, *references))
    images = [house(2 * index) for index in range(count)]
    plain = plainly("", guided, request, adapter=True, scale=0.6, ip_adapter_image=[images])
    np.testing.assert_allclose(made, plain, atol=1e-4)
    [free], _ = develop(model, ask(guided))
    assert np.abs(made - free).mean() > 0.01


def test_style_leans_in_one_block_alone(model: Model, guided: ModelSpec) -> None:
    [made], _ = develop(model, request := ask(guided, Reference("style", "a" * 64, 0.8)))
    plain = plainly(
        "", guided, request, adapter=True, scale={"up": {"block_0": [0.0, 0.8]}}, ip_adapter_image=[[house()]]
    )
    np.testing.assert_allclose(made, plain, atol=1e-4)


def test_those_without_a_picture_find_the_unet_as_it_was(guided: ModelSpec, model: Model) -> None:
    """Also while others lean on theirs, each in its own way."""
    bare = opened(replace(guided, ip_adapter=ImagePrompt(), controls={}))
    free = ask(guided, seed=5)
    others = [ask(guided, Reference(role, "a" * 64, 0.6)) for role in ("image", "style")]
    made, _ = develop(model, free, *others)
    np.testing.assert_allclose(made[0], develop(bare, free)[0][0], atol=1e-5)
    np.testing.assert_allclose(made[1], develop(model, others[0])[0][0], atol=1e-4)
    np.testing.assert_allclose(made[2], develop(model, others[1])[0][0], atol=1e-4)


def test_edges_and_a_picture_go_together(model: Model, guided: ModelSpec) -> None:
    request = ask(guided, CANNY, Reference("image", "b" * 64, 0.6))
    [made], _ = develop(model, request)
    plain = plainly(
        "ControlNet", guided, request, adapter=True, scale=0.6, controlnet=net(guided, "canny"),
        ip_adapter_image=[[house(2)]], image=maps.edges(house()), controlnet_conditioning_scale=0.7,
    )  # fmt: skip
    np.testing.assert_allclose(made, plain, atol=1e-4)


def test_a_blend_is_seen_by_the_adapter(model: Model, guided: ModelSpec) -> None:
    blend = [Reference("blend", letter * 64) for letter in "ab"]
    made, _ = develop(model, ask(guided, *blend), ask(guided, *(replace(each, role="image") for each in blend)))
    np.testing.assert_allclose(made[0], made[1], atol=1e-5)


def test_pictures_that_are_to_count_unequally_are_told(model: Model, guided: ModelSpec) -> None:
    with pytest.raises(Told, match="the same weight"):
        develop(model, ask(guided, Reference("image", "a" * 64, 0.6), Reference("image", "b" * 64, 0.3)))


# What is told before anything is loaded


@pytest.mark.parametrize(
    ("references", "words"),
    [
        ([Reference("pose", "a" * 64)], "no ControlNet “pose”; it has canny, depth"),
        (
            [Reference("image", "a" * 64), Reference("style", "b" * 64)],
            "Either a picture to follow or one for its style",
        ),
        ([replace(CANNY, weight=3.0)], "a number from 0 to 2"),
        ([Reference("blend", "a" * 64)], "2 to 5 pictures, not 1"),
    ],
)
def test_what_cannot_be_is_told(guided: ModelSpec, references: list[Reference], words: str) -> None:
    with pytest.raises(Told, match=words):
        check(ask(guided, *references), guided)


def test_a_companion_that_is_not_there_is_told(guided: ModelSpec, folder: Path) -> None:
    with pytest.raises(Told, match="needs; mend its table"):
        opened(replace(guided, controls={"canny": Control(source=guided.source)}, ip_adapter=ImagePrompt()))
    with pytest.raises(Told, match="is no ControlNet"):
        opened(replace(guided, controls={"canny": Control(source=f"{guided.source}/unet")}, ip_adapter=ImagePrompt()))
    with pytest.raises(Told, match="takes no IP-Adapter"):
        opened(replace(spec("flux", folder), ip_adapter=guided.ip_adapter))
