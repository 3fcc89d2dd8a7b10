"""Models that are one file: what they make is what the same weights in the diffusers layout make."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.loaders import single_file_model
from diffusers.loaders.single_file_utils import convert_flux_transformer_checkpoint_to_diffusers as read_flux
from diffusers.pipelines.auto_pipeline import AutoPipelineForText2Image

from diffusion.models.pipelines import load
from diffusion.registry import ModelSpec
from diffusion.request import Told
from tests.families import original
from tests.families.making import ask, by_hand, develop
from tests.tiny_models import spec

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:diffusers", "ignore::FutureWarning:diffusers")

SAVED: dict[str, Callable[[Any, Path], None]] = {
    "sd": original.save_sd,
    "sdxl": original.save_sdxl,
    "flux": original.save_flux,
}
IN_THE_FILE = {
    "sd": ("unet", "vae", "text_encoder"),
    "sdxl": ("unet", "vae", "text_encoder", "text_encoder_2"),
    "flux": ("transformer",),
}


@pytest.fixture(autouse=True)
def narrow_flux(monkeypatch: pytest.MonkeyPatch) -> None:
    """diffusers writes Flux' width, 3072, into its reading of the names; the tiny one is 32 wide."""
    code = read_flux.__code__
    narrow = code.replace(co_consts=tuple(32 if value == 3072 else value for value in code.co_consts))
    reading = single_file_model.SINGLE_FILE_LOADABLE_CLASSES["FluxTransformer2DModel"]
    monkeypatch.setitem(reading, "checkpoint_mapping_fn", FunctionType(narrow, read_flux.__globals__))


def checkpoint(family: str, folder: Path) -> ModelSpec:
    """A family's model as one file, beside a folder that holds no weights of what is in it."""
    known = spec(family, folder)
    pipe = AutoPipelineForText2Image.from_pretrained(known.source, dtype=torch.float32)
    SAVED[family](pipe, folder / f"{family}.safetensors")
    settings = folder / f"{family}-settings"
    shutil.copytree(known.source, settings)
    for part in IN_THE_FILE[family]:
        for file in (settings / part).glob("*.safetensors"):
            file.unlink()
    return replace(known, source=str(folder / f"{family}.safetensors"), config=str(settings))


def opened(chosen: ModelSpec) -> Any:
    return load(chosen, torch.device("cpu"), torch.float32, lambda note: None)


@pytest.mark.parametrize("family", SAVED)
def test_it_makes_what_the_same_weights_make_in_a_folder(family: str, tmp_path: Path) -> None:
    model = opened(checkpoint(family, tmp_path))
    request = ask(model, negative="blue")
    folder = opened(spec(family, tmp_path))
    np.testing.assert_allclose(develop(model, {request: 0})[request][0], by_hand(folder, request), atol=1e-6)


def test_weights_beside_the_file_do_not_stand_in_for_its_own(tmp_path: Path) -> None:
    """The folder may be a whole model."""
    whole = spec("sd", tmp_path)
    single = checkpoint("sd", tmp_path)
    shutil.copytree(whole.source, tmp_path / "other")
    for file in (tmp_path / "other").rglob("*.safetensors"):
        if file.parent.name in IN_THE_FILE["sd"]:
            file.write_bytes(b"not these")
    model = opened(replace(single, config=str(tmp_path / "other")))
    request = ask(model)
    np.testing.assert_allclose(develop(model, {request: 0})[request][0], by_hand(opened(whole), request), atol=1e-6)


def test_a_part_that_is_nowhere_is_told(tmp_path: Path) -> None:
    single = checkpoint("flux", tmp_path)
    for part, name in (("vae", "AutoencoderKL"), ("text_encoder_2", "T5EncoderModel")):
        weights = next((Path(single.config) / part).glob("*.safetensors"))
        away = weights.rename(tmp_path / "away")
        with pytest.raises(Told, match=name):
            opened(single)
        away.rename(weights)


def test_a_file_without_settings_is_told(tmp_path: Path) -> None:
    single = checkpoint("sd", tmp_path)
    with pytest.raises(Told, match=r"set `config` in \[models.sd\]"):
        opened(replace(single, config=""))
    with pytest.raises(Told, match=r"config of the model sd, is missing"):
        opened(replace(single, config=str(tmp_path / "gone")))
    with pytest.raises(Told, match="no model in the diffusers layout"):
        opened(replace(single, config=str(tmp_path)))
    with pytest.raises(Told, match="The file of the model sd is missing"):
        opened(replace(single, source=str(tmp_path / "gone.safetensors")))


def test_something_else_in_a_file_is_told(tmp_path: Path) -> None:
    single = checkpoint("sd", tmp_path)
    Path(single.source).write_bytes(b"not safetensors at all")
    with pytest.raises(Told, match="damaged or holds no safetensors"):
        opened(single)


def test_a_file_of_another_family_is_told(tmp_path: Path) -> None:
    single = checkpoint("sd", tmp_path)
    for other in ("sdxl", "flux"):
        strange = replace(single, config=checkpoint(other, tmp_path).config)
        with pytest.raises(Told, match=r"of its own family|holds no text_encoder"):
            opened(strange)


@pytest.mark.parametrize("name", ["model.ckpt", "model.pt", "model.bin"])
def test_a_pickle_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"\x80\x04.")
    with pytest.raises(Told, match="pickled, which can run any code; choose a model with safetensors"):
        opened(ModelSpec(name="it", source=str(tmp_path / name)))


def test_a_family_that_is_in_no_single_file_is_told(tmp_path: Path) -> None:
    single = checkpoint("sd", tmp_path)
    with pytest.raises(Told, match="BriaPipeline cannot be read from a single file"):
        opened(replace(single, pipeline="BriaPipeline"))
