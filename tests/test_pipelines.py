"""A request gives the same picture alone, among others, and from plain diffusers called by hand."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.pipelines.auto_pipeline import AutoPipelineForImage2Image, AutoPipelineForText2Image
from PIL import Image

from diffusion import samplers
from diffusion.development import Development
from diffusion.pipelines import Model, Task, load
from diffusion.request import Request, Told
from diffusion.sharing import Hub
from diffusion.sources import Sources
from tests.tiny_models import spec

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:diffusers", "ignore::FutureWarning:diffusers")

FAMILIES = "mini", "sd", "sdxl", "flux"


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Models this small wait longer for a second thread than they gain by it."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module", params=FAMILIES)
def model(request: pytest.FixtureRequest, folder: Path) -> Model:
    return load(spec(request.param, folder), torch.device("cpu"), torch.float32, lambda note: None)


def ask(model: Model, **values: Any) -> Request:
    side = 128 if model.spec.name == "mini" else 32
    usual = {"prompt": "a red circle on a blue background", "width": side, "height": side, "steps": 4, "guidance": 4.0}
    return Request(**{**usual, "model": model.spec.name, "sampler": "Euler", "seed": 7, **values})


def source(request: Request) -> Image.Image:
    across = np.tile(np.linspace(0, 255, request.width), (request.height, 1))  # (height, width)
    return Image.fromarray(np.stack([across, across / 2, 255 - across], axis=-1).astype(np.uint8))


def develop(model: Model, arrivals: dict[Request, int]) -> dict[Request, list[np.ndarray]]:
    """Makes all requests in one hub, each one joining at its tick; one with a source has its picture."""
    hub = Hub(rows=64)
    model.share(hub)
    under_way: dict[Request, Development] = {}
    tick = 0
    with torch.inference_mode():
        while len(under_way) < len(arrivals) or hub.busy:
            for request in (request for request, arrival in arrivals.items() if arrival == tick):
                sources = Sources(image=source(request)) if request.source else Sources()
                under_way[request] = Development(request, model, sources, hub, request, lambda: 0.0, 1.0)
            hub.tick()
            tick += 1
    for development in under_way.values():
        assert development.error is None
    return {request: [strand.result for strand in one.strands] for request, one in under_way.items()}


def by_hand(model: Model, request: Request) -> np.ndarray:
    """Plain diffusers: its own loading, its own call."""
    pipe, trained = plain(
        model.templates[Task.TEXT].name_or_path,
        AutoPipelineForImage2Image if request.source else AutoPipelineForText2Image,
    )
    pipe.scheduler = samplers.scheduler(request.sampler, trained, request.steps)
    more = {"image": source(request), "strength": request.strength} if request.source else {}
    if not request.source or "Flux" in type(pipe).__name__:
        more |= {"width": request.width, "height": request.height}
    return pipe(
        prompt=request.prompt, negative_prompt=request.negative or None, num_inference_steps=request.steps,
        guidance_scale=request.guidance, generator=torch.Generator("cpu").manual_seed(request.seed), output_type="np",
        **more,
    ).images[0]  # fmt: skip


@cache
def plain(folder: str, kind: Any) -> Any:
    """The pipeline, and the configuration of the scheduler that it was saved with."""
    pipe = kind.from_pretrained(folder, dtype=torch.float32, use_safetensors=True)
    return pipe, pipe.scheduler.config


def strangers(model: Model) -> dict[Request, int]:
    """Requests that have nothing in common but the model and the size, and when each one joins."""
    flow = samplers.matches_flows(model.templates[Task.TEXT].scheduler.config)  # pyright: ignore[reportAttributeAccessIssue]
    names = ("Euler",) * 3 if flow else ("DPM++ 2M", "Euler a", "DDIM")
    return {
        ask(model): 0,
        ask(model, steps=7, guidance=7.0, seed=3, sampler=names[0], negative="blue", prompt="a star"): 0,
        ask(model, steps=3, guidance=1.0, seed=4, sampler=names[1], count=2): 3,
        ask(model, steps=6, seed=5, source="f" * 64, strength=0.6): 4,
        ask(model, steps=6, seed=6, source="e" * 64, strength=0.5, guidance=2.0, sampler=names[2]): 5,
    }


def test_a_picture_is_the_same_alone_among_others_and_by_hand(model: Model) -> None:
    arrivals = strangers(model)
    among = develop(model, arrivals)
    for request in arrivals:
        alone = develop(model, {request: 0})[request]
        for index, picture in enumerate(among[request]):
            np.testing.assert_allclose(picture, alone[index], atol=1e-4)
            np.testing.assert_allclose(picture, by_hand(model, request.alone(index)), atol=1e-4)


def test_strangers_share_their_forwards(model: Model) -> None:
    hub = Hub(rows=64)
    model.share(hub)
    with torch.inference_mode():
        for seed in range(3):
            Development(ask(model, seed=seed, steps=5 - seed), model, Sources(), hub, seed, lambda: 0.0, 1.0)
        while hub.busy:
            hub.tick()
    calls = {"mini": 2, "sd": 2, "sdxl": 4, "flux": 2}[model.spec.name]  # of text encoders, for each picture
    assert hub.forwards <= calls + 5 + 3  # the longest one's steps, and a decoding at each end


def test_one_picture_of_a_grid_can_be_made_alone(model: Model) -> None:
    grid = ask(model, count=4, seed=2**32 - 2, sampler="Euler")
    pictures = develop(model, {grid: 0})[grid]
    for index in (1, 2):
        alone = grid.alone(index)
        np.testing.assert_allclose(develop(model, {alone: 0})[alone][0], pictures[index], atol=1e-4)
    assert np.abs(pictures[0] - pictures[1]).max() > 0.01


def test_a_variation_of_nothing_is_its_parent(model: Model) -> None:
    stochastic = "Euler" if model.spec.name == "flux" else "Euler a"
    parent = ask(model, sampler=stochastic)
    made = develop(model, {replace(parent, variation=amount, variation_seed=9): 0 for amount in (1e-9, 0.15, 1.0)})
    still, subtle, far = (pictures[0] for pictures in made.values())
    same = develop(model, {parent: 0})[parent][0]
    np.testing.assert_allclose(still, same, atol=1e-4)
    assert 1e-3 < np.abs(subtle - same).mean() < np.abs(far - same).mean()


def test_the_weakest_strength_still_takes_a_step(model: Model) -> None:
    request = ask(model, steps=5, source="a" * 64, strength=0.01)
    assert np.isfinite(develop(model, {request: 0})[request][0]).all()


def test_a_folder_of_pickles_is_refused(folder: Path, tmp_path: Path) -> None:
    import shutil

    known = spec("sd", folder)
    shutil.copytree(known.source, tmp_path / "pickled")
    weights = tmp_path / "pickled" / "unet" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    with pytest.raises(Told, match="choose a model with safetensors"):
        load(replace(known, source=str(tmp_path / "pickled")), torch.device("cpu"), torch.float32, lambda note: None)


def test_a_folder_that_is_missing_is_told(folder: Path, tmp_path: Path) -> None:
    gone = replace(spec("sd", folder), source=str(tmp_path / "gone"))
    with pytest.raises(Told, match="folder of the model sd is missing"):
        load(gone, torch.device("cpu"), torch.float32, lambda note: None)
