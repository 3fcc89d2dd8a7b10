"""What every model's pictures have in common, and what is said of a model that cannot be loaded.

That a picture is the one that plain diffusers makes, for each family, `test_families` proves.
"""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from diffusion.hub.pace import HostPace
from diffusion.hub.sharing import Hub
from diffusion.models.pipelines import Model, load
from diffusion.registry import ModelSpec
from diffusion.request import Told
from tests.families.making import ask, begin, develop, shared
from tests.tiny_models import FAMILIES, spec

pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:diffusers", "ignore::FutureWarning:diffusers"),
]


def opened(chosen: ModelSpec) -> Model:
    return load(chosen, torch.device("cpu"), torch.float32, lambda note: None)


@pytest.fixture(scope="module", params=("mini", "sd", "sdxl", "flux", "qwen", "kandinsky"))
def model(request: pytest.FixtureRequest, folder: Path) -> Model:
    return opened(spec(request.param, folder))


@pytest.mark.parametrize(("family", "encoders"), [("sd", 1), ("sdxl", 2), ("flux", 2)])
def test_strangers_share_their_forwards(family: str, encoders: int, folder: Path) -> None:
    model, hub = opened(spec(family, folder)), Hub(rows=64, pace=HostPace(lambda: 0.0))
    with torch.inference_mode(), shared(model, hub):
        for seed in range(3):
            begin(ask(model, seed=seed, steps=6 - seed), model, hub)
        while hub.busy:
            hub.tick()
    words = encoders * 2  # with guidance also those of the empty prompt, at most
    assert hub.forwards <= words + 6 + 3  # the longest one's steps, and a decoding at each end


def test_one_picture_of_a_grid_can_be_made_alone(model: Model) -> None:
    grid = ask(model, count=4, seed=2**32 - 2)
    pictures = develop(model, {grid: 0})[grid]
    for index in (1, 2):
        alone = grid.alone(index)
        np.testing.assert_allclose(develop(model, {alone: 0})[alone][0], pictures[index], atol=1e-4)
    assert np.abs(pictures[0] - pictures[1]).max() > 0.01


def test_a_variation_of_nothing_is_its_parent(model: Model) -> None:
    fits = FAMILIES[model.spec.name].samplers
    parent = ask(model, sampler="Euler a" if not fits or "Euler a" in fits else fits[0])
    made = develop(model, {replace(parent, variation=amount, variation_seed=9): 0 for amount in (1e-9, 0.15, 1.0)})
    still, subtle, far = (pictures[0] for pictures in made.values())
    same = develop(model, {parent: 0})[parent][0]
    np.testing.assert_allclose(still, same, atol=1e-4)
    assert 1e-3 < np.abs(subtle - same).mean() < np.abs(far - same).mean()


def test_the_weakest_strength_still_takes_a_step(model: Model) -> None:
    request = ask(model, steps=5, source="a" * 64, strength=0.01)
    assert np.isfinite(develop(model, {request: 0})[request][0]).all()


def test_a_model_without_guidance_walks_without_however_much_is_asked_for(folder: Path) -> None:
    """One forward of one row a step, though the pipeline itself could guide."""
    model = opened(replace(spec("sdxl", folder), guided=False))
    strong, none = ask(model, guidance=9.0, negative="blue"), ask(model, guidance=1.0)
    made = develop(model, {strong: 0, none: 0})
    np.testing.assert_allclose(made[strong][0], made[none][0], atol=1e-6)


def test_what_a_family_has_no_class_for_is_told(folder: Path) -> None:
    model = opened(spec("lumina", folder))
    for values, reason in (
        ({"source": "f" * 64}, "makes pictures from words only"),
        ({"source": "f" * 64, "mask": "e" * 64}, "cannot paint parts of a picture anew"),
    ):
        with pytest.raises(Told, match=f"The model lumina {reason}"):
            model.pipeline(ask(model, **values))


def test_a_family_that_autopipeline_does_not_know_is_told_with_the_key_that_names_it(folder: Path) -> None:
    known = spec("bria", folder)
    with pytest.raises(Told, match=r'set `pipeline = "BriaPipeline"` in \[models.bria\]'):
        opened(replace(known, pipeline=""))
    with pytest.raises(Told, match="diffusers has no pipeline BreaPipeline"):
        opened(replace(known, pipeline="BreaPipeline"))
    with pytest.raises(Told, match="diffusers has no pipeline AutoencoderKL"):
        opened(replace(known, pipeline="AutoencoderKL"))


def test_a_model_that_lacks_a_part_is_told(folder: Path, tmp_path: Path) -> None:
    known = spec("sd", folder)
    shutil.copytree(known.source, tmp_path / "broken")
    index = tmp_path / "broken" / "model_index.json"
    parts = json.loads(index.read_text())
    shutil.rmtree(tmp_path / "broken" / "vae")
    index.write_text(json.dumps(parts))
    with pytest.raises(Told, match="The model sd cannot be loaded from"):
        opened(replace(known, source=str(tmp_path / "broken")))


def test_a_folder_of_pickles_is_refused(folder: Path, tmp_path: Path) -> None:
    known = spec("sd", folder)
    shutil.copytree(known.source, tmp_path / "pickled")
    weights = tmp_path / "pickled" / "unet" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    with pytest.raises(Told, match="choose a model with safetensors"):
        opened(replace(known, source=str(tmp_path / "pickled")))


def test_a_folder_that_is_missing_is_told(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(Told, match="folder of the model sd is missing"):
        opened(replace(spec("sd", folder), source=str(tmp_path / "gone")))
