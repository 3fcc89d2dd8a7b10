"""Models that make no pictures from words: what they do is plain diffusers', and what they do not is told."""

from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import diffusers
import numpy as np
import pytest
import torch

from diffusion.hub.sharing import Hub
from diffusion.models.families import Task
from diffusion.models.pipelines import Model, load
from diffusion.models.warmup import Warmups
from diffusion.pictures.canvas import put_back
from diffusion.registry import ModelSpec
from diffusion.request import Request, Told
from diffusion.samplers import scheduler
from tests.families import stable
from tests.families.making import begin, shared, source, sources

pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:diffusers", "ignore::FutureWarning:diffusers"),
]

IMAGE: dict[str, Any] = {"source": "f" * 64, "strength": 0.7}
MASK: dict[str, Any] = {**IMAGE, "mask": "e" * 64}
ONLY_PARTS = "paints only parts of a picture anew; send a picture and a mask"


def opened(folder: Path, save: Callable[[Path], None]) -> Model:
    save(folder)
    spec = ModelSpec(name="special", source=str(folder), size=32, max_pixels=64 * 64)
    return load(spec, torch.device("cpu"), torch.float32, lambda note: None)


def ask(**values: Any) -> Request:
    usual: dict[str, Any] = {
        "prompt": "a red circle", "width": 32, "height": 32, "steps": 4, "guidance": 4.0, "model": "special",
        "sampler": "Euler", "seed": 7,
    }  # fmt: skip
    return Request(**usual | values)


def develop(model: Model, *requests: Request) -> list[np.ndarray]:
    """All at once."""
    hub = Hub(rows=64)
    with torch.inference_mode(), shared(model, hub):
        made = [begin(request, model, hub) for request in requests]
        while hub.busy:
            hub.tick()
    for each in made:
        if each.error:
            raise each.error
    return [each.strands[0].result for each in made]


def plainly(folder: Path, kind: str, request: Request) -> np.ndarray:
    pipeline: Any = getattr(diffusers, kind).from_pretrained(folder)
    pipeline.scheduler = scheduler(request.sampler, pipeline.scheduler.config, request.steps)
    pipeline.set_progress_bar_config(disable=True)
    canvas = sources(request).canvas
    given: dict[str, Any] = {"mask_image": canvas.mask, "width": 32, "height": 32} if canvas else {}
    with torch.inference_mode():
        made = pipeline(
            prompt=request.prompt, image=source(request), strength=request.strength, num_inference_steps=request.steps,
            guidance_scale=request.guidance, output_type="np", generator=torch.Generator().manual_seed(request.seed),
            **given,
        ).images[0]  # fmt: skip
    return put_back(made, canvas) if canvas else made


@pytest.mark.parametrize(
    ("save", "kind"),
    [
        (stable.save_sd_inpainting, "StableDiffusionInpaintPipeline"),
        (stable.save_sdxl_inpainting, "StableDiffusionXLInpaintPipeline"),
    ],
)
def test_a_denoiser_that_sees_the_mask_inpaints_only(save: Callable[[Path], None], kind: str, tmp_path: Path) -> None:
    model = opened(tmp_path, save)
    requests = [ask(**MASK), ask(**MASK, seed=8)]
    for request, made in zip(requests, develop(model, *requests), strict=True):
        np.testing.assert_allclose(made, plainly(tmp_path, kind, request), atol=1e-4)
    for lacking in (ask(), ask(**IMAGE)):
        with pytest.raises(Told, match=f"The model special {ONLY_PARTS}"):
            model.pipeline(lacking)


def test_the_refiner_goes_on_with_pictures(tmp_path: Path) -> None:
    model = opened(tmp_path, stable.save_refiner)
    requests = [ask(**IMAGE), ask(**IMAGE, seed=8), ask(**MASK)]
    first, second, parts = develop(model, *requests)
    for request, made in zip(requests, (first, second), strict=False):
        np.testing.assert_allclose(made, plainly(tmp_path, "StableDiffusionXLImg2ImgPipeline", request), atol=1e-4)
    np.testing.assert_allclose(parts, plainly(tmp_path, "StableDiffusionXLInpaintPipeline", requests[2]), atol=1e-4)
    with pytest.raises(Told, match="The model special goes on with pictures only; send one along"):
        model.pipeline(ask())


def test_a_denoiser_that_fits_nothing_is_told(tmp_path: Path) -> None:
    stable.save_sd_inpainting(tmp_path)
    stable.unet(in_channels=8).save_pretrained(tmp_path / "unet")
    with pytest.raises(Told, match=r"The denoiser of special neither draws nor paints parts .* in \[models.special\]"):
        opened(tmp_path, lambda folder: None)


def test_what_makes_nothing_from_words_is_not_warmed_up(tmp_path: Path) -> None:
    model = opened(tmp_path, stable.save_sd_inpainting)
    warmups = Warmups(Hub(4), (1, 2), perf_counter)
    warmups.add(model)
    assert Task.TEXT not in model.templates
    assert warmups.ended(model)
