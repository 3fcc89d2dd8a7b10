"""The prompt language through the whole engine: drawn words, LoRAs and embeddings, and what is told of them."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from diffusion import metadata
from diffusion.engine import Engine
from diffusion.registry import ModelSpec
from diffusion.request import Event, Failed, Finished, Progress, Request
from diffusion.settings import EngineSettings
from tests.loras import save_lora
from tests.test_engine import finish, finished, pixels
from tests.tiny_models import spec

pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:diffusers", "ignore::FutureWarning:diffusers"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    parent = tmp_path_factory.mktemp("language")
    models = parent / "models"
    models.mkdir()
    save_lora(spec("sd", models), parent / "loras" / "ink.safetensors", seed=1)
    save_lora(spec("mini", models), parent / "loras" / "mini-ink.safetensors", seed=2)
    (parent / "embeddings").mkdir()
    torch.manual_seed(3)
    save_file({"emb_params": torch.randn(2, 32)}, parent / "embeddings" / "inky.safetensors")
    (parent / "embeddings" / "blue.pt").write_bytes(b"a pickle")
    (parent / "wildcards").mkdir()
    return parent


@pytest.fixture(scope="module")
def engine(folder: Path) -> Engine:
    specs = {family: spec(family, folder / "models") for family in ("sd", "sdxl", "lcm", "flux", "mini")}
    loras, embeddings, wildcards = (str(folder / name) for name in ("loras", "embeddings", "wildcards"))
    settings = EngineSettings(device="cpu", preview_every=60, loras=loras, embeddings=embeddings, wildcards=wildcards)
    return Engine(specs, settings)


def ask(prompt: str, **values: Any) -> Request:
    usual = {"model": "sd", "width": 32, "height": 32, "steps": 3, "guidance": 4.0, "sampler": "DDIM", "seed": 7}
    return Request(prompt=prompt, **{**usual, **values})


def events(engine: Engine, request: Request) -> list[Event]:
    engine.admit("one", request)
    return finish(engine)["one"]


def make(engine: Engine, prompt: str, **values: Any) -> np.ndarray:
    return pixels(finished(events(engine, ask(prompt, **values))).pictures[0].image)


def failed(engine: Engine, prompt: str, **values: Any) -> str:
    event = events(engine, ask(prompt, **values))[-1]
    assert isinstance(event, Failed)
    assert event.told, event
    return event.reason


def test_each_picture_says_its_drawn_words_and_is_made_again_from_them(engine: Engine, folder: Path) -> None:
    file = folder / "wildcards" / "thing.txt"
    file.write_text("circle\nsquare\nstar\n")
    request = ask("a {red|blue|green} __thing__", negative="__thing__", count=4)
    pictures = finished(events(engine, request)).pictures
    requests = [metadata.read(picture.image) for picture in pictures]
    prompts = [each.prompt for each in requests if each]
    assert len(set(prompts)) > 1
    assert not any(letter in prompt for prompt in prompts for letter in "{|_")
    file.write_text("something else\n")
    for index, (picture, again) in enumerate(zip(pictures, requests, strict=True)):
        assert again is not None
        assert again == replace(request.alone(index), prompt=again.prompt, negative=again.negative)
        made = finished(events(engine, again)).pictures[0].image
        assert np.abs(pixels(made) - pixels(picture.image)).max() <= 1


def test_the_request_replays_as_long_as_the_wildcards_are_the_same(engine: Engine) -> None:
    assert np.array_equal(
        make(engine, "a {red|blue|green} {circle|star}"), make(engine, "a {red|blue|green} {circle|star}")
    )


def test_a_lora_of_the_prompt_changes_its_picture_and_no_other(engine: Engine) -> None:
    plain = make(engine, "a red circle")
    assert np.array_equal(make(engine, "a red circle <lora:ink:0>"), plain)
    with_ink = make(engine, "a red circle <lora:ink:1>")
    assert np.abs(with_ink - plain).max() > 3
    engine.admit("plain", ask("a red circle"))
    engine.admit("ink", ask("a red circle <lora:INK:1>"))
    together = {key: pixels(finished(each).pictures[0].image) for key, each in finish(engine).items()}
    assert np.abs(together["plain"] - plain).max() <= 1
    assert np.abs(together["ink"] - with_ink).max() <= 1
    assert np.array_equal(make(engine, "a red circle"), plain)


def test_the_picture_of_a_lora_says_it(engine: Engine) -> None:
    picture = finished(events(engine, ask("a {red} circle <lora:ink:0.5>"))).pictures[0]
    again = metadata.read(picture.image)
    assert again is not None
    assert again.prompt == "a red circle <lora:ink:0.5>"


def test_a_drawn_lora_counts_for_its_picture_alone(engine: Engine) -> None:
    request = ask("a red circle {<lora:ink:1>|}", count=4)
    for index, picture in enumerate(finished(events(engine, request)).pictures):
        again = metadata.read(picture.image)
        assert again is not None
        words = "a red circle <lora:ink:1>" if "lora" in again.prompt else "a red circle"
        assert np.abs(make(engine, words, seed=7 + index) - pixels(picture.image)).max() <= 1


def test_what_is_wrong_with_the_words_is_told(engine: Engine) -> None:
    assert "There is no LoRA “inc”" in failed(engine, "a <lora:inc:1>")
    assert "another family of models than sd" in failed(engine, "a <lora:mini-ink:1>")
    assert "another family of models than flux" in failed(engine, "a <lora:ink:1>", model="flux", sampler="Euler")
    assert "never closed" in failed(engine, "a {red")
    assert "no wildcard" in failed(engine, "a __gone__")


def test_a_failed_lora_harms_nobody(engine: Engine) -> None:
    plain = make(engine, "a star")
    engine.admit("good", ask("a star"))
    engine.admit("bad", ask("a star <lora:mini-ink:1>"))
    answers = finish(engine)
    assert isinstance(answers["bad"][-1], Failed)
    assert np.abs(pixels(finished(answers["good"]).pictures[0].image) - plain).max() <= 1


@pytest.mark.parametrize(
    ("dtype", "mend"),
    [("bfloat16", 'set dtype = "float32"'), ("float32", "leave LoRAs out, or choose another model")],
)
def test_a_picture_that_is_no_numbers_is_told_with_a_mend_that_helps(folder: Path, dtype: str, mend: str) -> None:
    strong = {name: value * 1e30 for name, value in load_file(folder / "loras" / "ink.safetensors").items()}
    save_file(strong, folder / "loras" / "loud.safetensors")
    settings = EngineSettings(device="cpu", dtype=dtype, preview_every=0, loras=str(folder / "loras"))
    loud = Engine({"sd": spec("sd", folder / "models")}, settings)
    assert mend in failed(loud, "a star <lora:loud:1>")


def test_weights_long_prompts_and_embeddings_reach_the_picture(engine: Engine) -> None:
    plain = make(engine, "a red circle")
    assert np.array_equal(make(engine, "a (red:1.0) circle"), plain)
    for words in (
        "a (red:1.6) circle",
        "a inky circle",
        "a red circle" + " on a blue background" * 10,
        "a BREAK circle",
    ):
        assert np.abs(make(engine, words) - plain).max() > 0, words
    assert np.array_equal(make(engine, "a red circle"), plain)


def test_a_negative_prompt_changes_nothing_where_nothing_is_guided() -> None:
    turbo = ModelSpec(name="turbo", source="builtin", lora="builtin", size=128, guided=False)
    engine = Engine({"turbo": turbo}, EngineSettings(device="cpu", preview_every=60))
    values = {"model": "turbo", "width": 64, "height": 64}
    plain = make(engine, "a red circle", **values)
    for negative, guidance in (("tree " * 100, 1.0), ("a BREAK b", 1.0), ("tree " * 100, 9.0)):
        assert np.array_equal(make(engine, "a red circle", negative=negative, guidance=guidance, **values), plain)


@pytest.mark.parametrize(("model", "sampler"), [("sd", "DDIM"), ("sdxl", "Euler"), ("lcm", "LCM")])
def test_weights_reach_what_grows_from_a_picture_too(engine: Engine, model: str, sampler: str) -> None:
    data = BytesIO()
    Image.new("RGB", (32, 32), "teal").save(data, "PNG")
    grown = []
    for words in ("a red circle", "a (red:1.0) circle", "a (red:1.7) circle", "a red circle <lora:ink:0>"):
        request = ask(words, model=model, sampler=sampler, source="a" * 64, strength=0.7, guidance=2.0)
        engine.admit("one", request, {"a" * 64: data.getvalue()})
        grown.append(pixels(finished(finish(engine)["one"]).pictures[0].image))
    assert np.abs(grown[1] - grown[0]).max() <= 1
    assert np.abs(grown[2] - grown[0]).max() > 0
    assert np.array_equal(grown[3], grown[0])


def test_a_pickle_and_an_embedding_for_other_models_are_plain_words(engine: Engine) -> None:
    mini = {"model": "mini", "width": 64, "height": 64}
    assert np.array_equal(make(engine, "a inky circle", **mini), make(engine, "a inky circle ", **mini))
    assert np.array_equal(make(engine, "a blue circle"), make(engine, "a blue circle "))


@pytest.mark.parametrize("model", ["mini", "flux"])
def test_that_an_embedding_for_other_models_is_a_plain_word_is_said(engine: Engine, model: str) -> None:
    values = {"model": model, "width": 64, "height": 64, "sampler": "Euler"}

    def notes(words: str) -> list[str]:
        return [event.note for event in events(engine, ask(words, **values)) if isinstance(event, Progress)]

    said = f"“inky”: embeddings for other models than {model}, so read as plain words"
    assert notes("an inky circle").count(said) == 1
    assert said not in notes("a red circle")


def test_a_model_without_weights_of_words_says_so_and_reads_the_plain_words(engine: Engine) -> None:
    flux = {"model": "flux", "sampler": "Euler"}
    answers = events(engine, ask("a ((red)) (circle:1.3)", **flux))
    notes = [event.note for event in answers if isinstance(event, Progress) and event.note]
    remark = "flux reads no weights of words; they are taken out"
    assert remark in notes
    assert isinstance(answers[-1], Finished)
    assert np.array_equal(pixels(answers[-1].pictures[0].image), make(engine, "a red circle", **flux))
    quiet = [event.note for event in events(engine, ask("a red circle", **flux)) if isinstance(event, Progress)]
    assert remark not in quiet
