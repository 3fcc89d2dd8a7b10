"""Weighted words, long prompts and embeddings reach CLIP models as in Automatic1111; what is plain is left alone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import CLIPTokenizer

from diffusion.mini import WEIGHTS
from diffusion.models.pipelines import Task, load
from diffusion.request import Request, Told
from diffusion.words.chunks import cut
from diffusion.words.conditioning import condition, encoders
from diffusion.words.inversions import Inversions, Unfit
from diffusion.words.shelf import named
from tests.tiny_models import spec

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:diffusers", "ignore::FutureWarning:diffusers")

LONG = " ".join(["a red circle on a blue background"] * 16)
"""112 tokens: four chunks of the tiny models, whose tokenizers hold 32."""


@pytest.fixture(autouse=True, scope="module")
def without_gradients(one_thread: None) -> Iterator[None]:
    with torch.inference_mode():
        yield


@pytest.fixture(scope="module", params=("mini", "sd", "sdxl", "ssd-1b"))
def pipeline(request: pytest.FixtureRequest, folder: Path) -> Any:
    model = load(spec(request.param, folder), torch.device("cpu"), torch.float32, lambda note: None)
    return model.templates[Task.TEXT]


def ask(prompt: str, negative: str = "", guidance: float = 4.0) -> Request:
    return Request(
        prompt=prompt, negative=negative, model="", width=64, height=64, steps=1, guidance=guidance, sampler="DDIM",
        seed=1,
    )  # fmt: skip


def plainly(pipeline: Any, prompt: str, negative: str | None = None) -> dict[str, torch.Tensor]:
    """What the pipeline itself makes of a prompt that it can read."""
    names = ("prompt_embeds", "negative_prompt_embeds", "pooled_prompt_embeds", "negative_pooled_prompt_embeds")
    encoded = pipeline.encode_prompt(
        prompt, device=torch.device("cpu"), num_images_per_prompt=1, do_classifier_free_guidance=True,
        negative_prompt=negative,
    )  # fmt: skip
    return dict(zip(names, encoded, strict=False))


def words(pipeline: Any, text: str) -> torch.Tensor:
    return condition(pipeline, ask(text), {})["prompt_embeds"]


def same(one: torch.Tensor, other: torch.Tensor, tolerance: float = 1e-5) -> None:
    torch.testing.assert_close(one, other, atol=tolerance, rtol=0)


@pytest.mark.parametrize("text", ["a red circle", "", "a cat: red, 50%", " ".join(["red"] * 30)])
def test_a_plain_prompt_is_left_to_the_pipeline(pipeline: Any, text: str) -> None:
    assert condition(pipeline, ask(text, negative=text), {}) == {}


def test_a_weight_of_one_changes_nothing(pipeline: Any) -> None:
    given = condition(pipeline, ask("a red (circle:1.0)", "(blue:1)"), {})
    plain = plainly(pipeline, "a red circle", "blue")
    assert given.keys() == plain.keys()
    for name, value in given.items():
        same(value, plain[name])


def test_without_a_negative_prompt_it_is_what_the_pipeline_takes(pipeline: Any) -> None:
    given, plain = condition(pipeline, ask("a red (circle:1.0)"), {}), plainly(pipeline, "a red circle")
    for name in given:
        same(given[name], plain[name])


def test_without_guidance_no_negative_prompt_is_encoded(pipeline: Any) -> None:
    given = condition(pipeline, ask("(a:2)", "(b:2)", guidance=1.0), {})
    assert not [name for name in given if "negative" in name]


def test_without_guidance_a_negative_prompt_changes_nothing(pipeline: Any) -> None:
    assert condition(pipeline, ask("a red circle", "tree " * 100, guidance=1.0), {}) == {}
    given, alone = (condition(pipeline, ask("a (circle:1.3)", each, guidance=1.0), {}) for each in ("tree " * 100, ""))
    assert given["prompt_embeds"].shape == alone["prompt_embeds"].shape
    same(given["prompt_embeds"], alone["prompt_embeds"])


def test_words_are_scaled_and_the_mean_is_restored(pipeline: Any) -> None:
    """The reference is written out: each encoder's states times the weights, and the mean that they had before."""
    plain = plainly(pipeline, "a red circle")["prompt_embeds"]  # (1, places, widths)
    weights = torch.ones(plain.shape[1])
    weights[2], weights[3] = 1.3, 1 / 1.1  # the first place is the mark of the beginning
    wanted = []
    for part in plain.split([each.model.config.hidden_size for each in encoders(pipeline)], dim=-1):
        scaled = part * weights[None, :, None]
        mean = part.mean() / scaled.mean() if part.mean().abs() > 0.01 * part.abs().mean() else 1.0
        wanted.append(scaled * mean)
    given = words(pipeline, "a (red:1.3) [circle]")
    same(given, torch.cat(wanted, dim=-1))
    assert (given - plain).abs().max() > 0.01


def test_the_pooled_prompt_is_not_weighed(pipeline: Any) -> None:
    given = condition(pipeline, ask("a (red:1.9) circle"), {})
    if "pooled_prompt_embeds" in given:
        same(given["pooled_prompt_embeds"], plainly(pipeline, "a red circle")["pooled_prompt_embeds"])


def test_a_long_prompt_is_its_chunks_one_behind_another(pipeline: Any) -> None:
    given, length = condition(pipeline, ask(LONG, "blue"), {}), pipeline.tokenizer.model_max_length
    room = length - 2
    everything = LONG.split()
    assert given["prompt_embeds"].shape[1] == given["negative_prompt_embeds"].shape[1] == length * -(-112 // room)
    for number, chunk in enumerate(given["prompt_embeds"].split(length, dim=1)):
        alone = plainly(pipeline, " ".join(everything[number * room : (number + 1) * room]))
        same(chunk, alone["prompt_embeds"])
        if number == 0 and "pooled_prompt_embeds" in given:
            same(given["pooled_prompt_embeds"], alone["pooled_prompt_embeds"])
    first, *others = given["negative_prompt_embeds"].split(length, dim=1)
    same(first, plainly(pipeline, "blue")["prompt_embeds"])
    for other in others:
        same(other, plainly(pipeline, "")["prompt_embeds"])


def test_a_break_begins_a_chunk(pipeline: Any) -> None:
    first, second = words(pipeline, "a red circle BREAK a star").chunk(2, dim=1)
    same(first, plainly(pipeline, "a red circle")["prompt_embeds"])
    same(second, plainly(pipeline, "a star")["prompt_embeds"])


def test_brackets_that_are_escaped_are_letters(pipeline: Any) -> None:
    same(words(pipeline, r"a \(red\) circle"), plainly(pipeline, "a (red) circle")["prompt_embeds"])


def test_other_families_encode_for_themselves(folder: Path) -> None:
    model = load(spec("flux", folder), torch.device("cpu"), torch.float32, lambda note: None)
    assert condition(model.templates[Task.TEXT], ask("(a:2)"), {}) == {}


# Chunks


def tokens(text: str) -> list[int]:
    """The lengths of the chunks of the real tokenizers' 75 places."""
    tokenizer = CLIPTokenizer.from_pretrained(WEIGHTS / "tokenizer", model_max_length=77)
    return [len(chunk.ids) for chunk in cut(text, tokenizer, {})]


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("", [0]),
        ("red " * 75, [75]),
        ("red " * 100, [75, 25]),
        ("red " * 60 + ", " + "red " * 39, [61, 39]),
        ("red " * 50 + ", " + "red " * 49, [75, 25]),
        ("red " * 75 + ", red", [75, 2]),
        ("red BREAK red red", [1, 2]),
        ("red BREAK BREAK red BREAK", [1, 0, 1]),
        ("red " * 80 + "BREAK red", [75, 5, 1]),
    ],
)
def test_chunks_end_at_a_comma_where_one_is_near(text: str, lengths: list[int]) -> None:
    assert tokens(text) == lengths


# Embeddings


def taught(pipeline: Any, tmp_path: Path, name: str = "Inky", places: int = 2) -> Path:
    """A file with random vectors for each of the pipeline's text encoders, as Automatic1111 writes it."""
    widths = [each.model.config.hidden_size for each in encoders(pipeline)]
    torch.manual_seed(5)
    parts = ("emb_params",) if len(widths) == 1 else ("clip_l", "clip_g")
    path = tmp_path / f"{name}.safetensors"
    save_file({part: torch.randn(places, width) for part, width in zip(parts, widths, strict=True)}, path)
    return path


def inversions(pipeline: Any) -> Inversions:
    return Inversions([each.model for each in encoders(pipeline)], 30)


def test_a_word_stands_for_its_embedding(pipeline: Any, tmp_path: Path) -> None:
    plain = plainly(pipeline, "a red circle")
    table = inversions(pipeline)
    inky = table.take(table.read(taught(pipeline, tmp_path)))
    known = {"Inky": inky}
    given = condition(pipeline, ask("a inky circle"), known)["prompt_embeds"]
    assert len(inky.ids) == 2
    assert (given - plain["prompt_embeds"]).abs().max() > 0.01
    same(given, condition(pipeline, ask("a (INKY:1) circle"), known)["prompt_embeds"])
    assert condition(pipeline, ask("a inkyred circle"), known) == {}
    again = plainly(pipeline, "a red circle")
    for name, value in plain.items():
        assert torch.equal(again[name], value)


def test_an_embedding_is_what_its_vectors_say(pipeline: Any, tmp_path: Path) -> None:
    """One that holds the vectors of real words is those words."""
    tokenizer = encoders(pipeline)[0].tokenizer
    ids = tokenizer("red circle", add_special_tokens=False).input_ids
    tables = [each.model.get_input_embeddings().weight[ids].clone() for each in encoders(pipeline)]
    parts = ("emb_params",) if len(tables) == 1 else ("clip_l", "clip_g")
    save_file(dict(zip(parts, tables, strict=True)), tmp_path / "thing.safetensors")
    table = inversions(pipeline)
    thing = table.take(table.read(tmp_path / "thing.safetensors"))
    given = condition(pipeline, ask("a thing"), {"thing": thing})
    plain = plainly(pipeline, "a red circle")
    for name in given:
        same(given[name], plain[name])


def test_a_changed_file_is_another_embedding(pipeline: Any, tmp_path: Path) -> None:
    import os

    path = taught(pipeline, tmp_path)
    table = inversions(pipeline)
    first = table.take(table.read(path))
    assert table.take(table.read(path)) == first
    os.utime(path, ns=(1, 1))
    assert table.take(table.read(path)).ids != first.ids


def test_embeddings_of_other_models_and_broken_ones_are_refused(pipeline: Any, tmp_path: Path) -> None:
    table = inversions(pipeline)
    save_file({"emb_params": torch.zeros(2, 7)}, tmp_path / "other.safetensors")
    with pytest.raises(Unfit):
        table.read(tmp_path / "other.safetensors")
    (tmp_path / "broken.safetensors").write_bytes(b"no tensors")
    with pytest.raises(Told, match="cannot be read"):
        table.read(tmp_path / "broken.safetensors")
    vectors = load_file(path := taught(pipeline, tmp_path))
    save_file({name: value * float("nan") for name, value in vectors.items()}, path)
    with pytest.raises(Told, match="“Inky” is damaged: some of its weights are no numbers"):
        table.read(path)
    with pytest.raises(Told, match="31 places and 30 fit"):
        table.read(taught(pipeline, tmp_path, "long", 31))


def test_names_are_words_of_the_prompt() -> None:
    names = ["ink", "Deep-Ink v2", "cat"]
    assert named("a deep-ink V2, catalogue, (ink:1.2) ink", names) == ["Deep-Ink v2", "ink"]
    assert named("a", []) == []
