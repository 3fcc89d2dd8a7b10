"""Folders and files of models that somebody cut short, edited or half copied: each is told in a sentence with its mend,
and others are served meanwhile."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers.pipelines.auto_pipeline import AutoPipelineForText2Image
from safetensors.torch import load_file, save_file

from diffusion.engine import Engine
from diffusion.models.loading import find_weights, reads_weights
from diffusion.registry import Control, ImagePrompt, ModelSpec
from diffusion.request import Failed, Finished, Request, Told
from diffusion.settings import EngineSettings
from tests.families import companions, original
from tests.tiny_models import spec

pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:diffusers", "ignore::FutureWarning:diffusers"),
]

INDEX, UNET, WORDS = "model_index.json", "unet/diffusion_pytorch_model.safetensors", "text_encoder/model.safetensors"
VAE, SCHEDULER = "vae/diffusion_pytorch_model.safetensors", "scheduler/scheduler_config.json"
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 3438167536\n"
Break = Callable[[Path], object]


def half(name: str) -> Break:
    return lambda folder: (folder / name).write_bytes((whole := (folder / name).read_bytes())[: len(whole) // 2])


def full_of(name: str, data: bytes) -> Break:
    return lambda folder: (folder / name).write_bytes(data)


def without(name: str) -> Break:
    return lambda folder: (shutil.rmtree if (folder / name).is_dir() else Path.unlink)(folder / name)


def index(**changes: Any) -> Break:
    """An entry that becomes `None` goes."""

    def change(folder: Path) -> None:
        said = json.loads((folder / INDEX).read_text()) | changes
        (folder / INDEX).write_text(json.dumps({name: value for name, value in said.items() if value is not None}))

    return change


def weights(name: str, change: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]]) -> Break:
    return lambda folder: save_file(change(load_file(folder / name)), folder / name)


def larger(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: torch.zeros([side + 1 for side in tensor.shape]) for name, tensor in tensors.items()}


def fewer(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return dict(list(tensors.items())[::2])


def renamed(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {f"model.{name}": tensor for name, tensor in tensors.items()}


FOLDERS: dict[str, tuple[Break, str]] = {
    "the denoiser cut short": (half(UNET), UNET),
    "the text encoder cut short": (half(WORDS), WORDS),
    "the autoencoder cut short": (half(VAE), VAE),
    "weights that are empty": (full_of(WORDS, b""), WORDS),
    "weights that are a page": (full_of(UNET, b"<html>404</html>"), UNET),
    "weights that were left in the store": (full_of(UNET, POINTER), UNET),
    "weights of other sizes": (weights(UNET, larger), ""),
    "words' weights of other sizes": (weights(WORDS, larger), ""),
    "weights of other names": (weights(UNET, renamed), "unet"),
    "half of the weights": (weights(UNET, fewer), "unet"),
    "no weights": (without(UNET), "unet"),
    "an index that is no JSON": (full_of(INDEX, b"{"), INDEX),
    "an index that is empty": (full_of(INDEX, b""), INDEX),
    "an index that is no text": (full_of(INDEX, b"\xff\xfe\x00"), INDEX),
    "an index that is a list": (full_of(INDEX, b"[]"), INDEX),
    "an index without a class": (index(_class_name=None), INDEX),
    "an index with a number for a class": (index(_class_name=3), INDEX),
    "an index with a strange class": (index(_class_name="FooPipeline"), "FooPipeline"),
    "an index without a part": (index(unet=None), ""),
    "an index with a part that is a word": (index(unet="x"), INDEX),
    "an index with half a part": (index(unet=["diffusers"]), INDEX),
    "an index with a part that is nothing": (index(unet=[]), INDEX),
    "an index with a strange part": (index(unet=["diffusers", "FooModel"]), "FooModel"),
    "an index with a strange library": (index(unet=["foo", "FooModel"]), "foo"),
    "an index with a part of another kind": (index(unet=["diffusers", "AutoencoderKL"]), ""),
    "no denoiser": (without("unet"), "unet"),
    "no text encoder": (without("text_encoder"), "text_encoder"),
    "no tokenizer": (without("tokenizer"), "tokenizer"),
    "no scheduler": (without("scheduler"), "scheduler"),
    "a file for a folder": (lambda folder: (without("unet")(folder), full_of("unet", b"")(folder)), "unet"),
    "settings that are no JSON": (full_of("unet/config.json", b"{"), "unet/config.json"),
    "settings that are empty": (full_of("unet/config.json", b""), "unet/config.json"),
    "settings that are a list": (full_of("text_encoder/config.json", b"[]"), "text_encoder/config.json"),
    "settings without sense": (full_of("unet/config.json", b'{"block_out_channels": "x"}'), ""),
    "a scheduler that is no JSON": (full_of(SCHEDULER, b"{"), SCHEDULER),
    "a scheduler that is a list": (full_of(SCHEDULER, b"[]"), SCHEDULER),
    "a scheduler without sense": (full_of(SCHEDULER, b'{"num_train_timesteps": "x"}'), ""),
    "a tokenizer that is no JSON": (full_of("tokenizer/tokenizer.json", b"{"), ""),
}
"""What is done to a whole folder, and what the sentence names besides."""
SETTINGS = (
    "an index that is a list", "an index without a class", "settings that are no JSON", "a scheduler that is a list",
    "a scheduler without sense", "no denoiser", "no tokenizer",
)  # fmt: skip
"""Those that also happen to the folder of settings beside a single file."""


@pytest.fixture(scope="module")
def sound(folder: Path) -> ModelSpec:
    return spec("sd", folder)


@pytest.fixture(scope="module")
def specs(folder: Path, sound: ModelSpec) -> dict[str, ModelSpec]:
    """A sound model, and some whose files each test breaks in its own way."""
    beside = folder / "companions"
    companions.save_control(beside / "canny", Path(sound.source))
    companions.save_depth(beside / "estimator")
    companions.save_image_prompt(beside, Path(sound.source))
    canny = Control(source=str(folder / "broken" / "canny"), estimator=str(folder / "broken" / "estimator"))
    prompts = ImagePrompt(
        source=str(folder / "broken"), weights="models/ip-adapter.safetensors", image_encoder="models/image_encoder"
    )
    return {
        "sound": replace(sound, name="sound"),
        "broken": replace(sound, name="broken", source=str(folder / "broken")),
        "single": replace(
            sound, name="single", source=str(folder / "single.safetensors"), config=str(folder / "broken")
        ),
        "accompanied": replace(sound, name="accompanied", controls={"canny": canny}, ip_adapter=prompts),
    }


@pytest.fixture(scope="module")
def engine(specs: dict[str, ModelSpec]) -> Engine:
    return Engine(specs, EngineSettings(device="cpu"))


@pytest.fixture
def broken(folder: Path, sound: ModelSpec) -> Path:
    """A copy to be broken."""
    shutil.rmtree(folder / "broken", ignore_errors=True)
    return Path(shutil.copytree(sound.source, folder / "broken"))


@pytest.fixture(scope="module")
def one_file(folder: Path, sound: ModelSpec) -> bytes:
    pipe = AutoPipelineForText2Image.from_pretrained(sound.source, dtype=torch.float32)
    original.save_sd(pipe, folder / "whole.safetensors")
    return (folder / "whole.safetensors").read_bytes()


def refusal(engine: Engine, model: str) -> str:
    """What is said of a picture with the broken model, while one with a sound one is made."""
    plain = Request(
        prompt="a house", model="sound", width=32, height=32, steps=2, guidance=2.0, sampler="Euler", seed=7
    )
    engine.admit("sound", plain)
    engine.admit("broken", replace(plain, model=model))
    last: dict[Any, Any] = {}
    while engine.busy:
        last |= dict(engine.tick())
    assert isinstance(last["sound"], Finished), last["sound"]
    failed = last["broken"]
    assert isinstance(failed, Failed), failed
    assert failed.told, failed
    assert "\n" not in failed.reason
    return failed.reason


@pytest.mark.parametrize("fault", FOLDERS)
def test_a_folder_that_is_broken_is_told(engine: Engine, broken: Path, fault: str) -> None:
    damage, named = FOLDERS[fault]
    damage(broken)
    said = refusal(engine, "broken")
    assert "broken" in said.replace(str(broken), "")
    assert str(broken) in said
    assert named in said
    assert any(mend in said for mend in ("fetch it anew", "set `pipeline = "))


def test_a_folder_that_was_mended_is_served(engine: Engine, broken: Path) -> None:
    half(UNET)(broken)
    refusal(engine, "broken")
    shutil.copy(Path(engine._registry["sound"].source) / UNET, broken / UNET)
    with pytest.raises(AssertionError, match="Finished"):
        refusal(engine, "broken")


@pytest.mark.parametrize("fault", SETTINGS)
def test_a_single_file_with_broken_settings_is_told(
    engine: Engine, folder: Path, broken: Path, one_file: bytes, fault: str
) -> None:
    (folder / "single.safetensors").write_bytes(one_file)
    FOLDERS[fault][0](broken)
    said = refusal(engine, "single")
    assert str(broken) in said


@pytest.mark.parametrize("damage", [half, lambda name: full_of(name, b""), lambda name: weights(name, larger)])
def test_a_single_file_that_is_broken_is_told(
    engine: Engine, folder: Path, broken: Path, one_file: bytes, damage: Callable[[str], Break]
) -> None:
    (folder / "single.safetensors").write_bytes(one_file)
    damage("single.safetensors")(folder)
    assert "single.safetensors" in refusal(engine, "single")


@pytest.mark.parametrize(
    "damage",
    [
        half("canny/diffusion_pytorch_model.safetensors"),
        weights("canny/diffusion_pytorch_model.safetensors", larger),
        weights("canny/diffusion_pytorch_model.safetensors", fewer),
        full_of("canny/config.json", b"{"),
        full_of("canny/config.json", b"[]"),
        half("estimator/model.safetensors"),
        full_of("estimator/preprocessor_config.json", b"{"),
        half("models/ip-adapter.safetensors"),
        weights("models/ip-adapter.safetensors", larger),
        weights("models/ip-adapter.safetensors", fewer),
        half("models/image_encoder/model.safetensors"),
        full_of("models/image_encoder/config.json", b"[]"),
    ],
)
def test_a_companion_that_is_broken_is_told(engine: Engine, folder: Path, broken: Path, damage: Break) -> None:
    shutil.copytree(folder / "companions", broken, dirs_exist_ok=True)
    damage(broken)
    said = refusal(engine, "accompanied")
    assert "accompanied" in said
    assert str(broken) in said


@pytest.mark.parametrize("fault", [fault for fault, (_, named) in FOLDERS.items() if named == INDEX])
def test_the_bot_leaves_a_broken_index_to_the_engine(specs: dict[str, ModelSpec], broken: Path, fault: str) -> None:
    assert reads_weights(specs["broken"]) is True
    FOLDERS[fault][0](broken)
    assert reads_weights(specs["broken"]) is None
    with pytest.raises(Told, match="fetch it anew"):  # as `darkroom doctor` says it too
        find_weights(specs["broken"], lambda note: None)
