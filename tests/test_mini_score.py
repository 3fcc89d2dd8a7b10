"""The score of the built-in model: true drawings pass, wrong pictures fail."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from diffusion.mini import JUDGE, TURBO, measure
from diffusion.mini.exam import in_settings, marks, on_plain_backgrounds
from diffusion.mini.examination import NOTHING, Removal, shuffled
from diffusion.mini.judge import Judge, trained_judge
from diffusion.mini.negatives import removed
from diffusion.mini.palette import clash
from diffusion.mini.paper import colours, exam
from diffusion.mini.report import report
from diffusion.mini.scenes import HELD, Scene, render
from diffusion.mini.score import main
from diffusion.mini.scoring import judge_accuracy
from diffusion.mini.studio import Studio

PLAIN, SETTINGS = on_plain_backgrounds(), in_settings()


@pytest.fixture(scope="module")
def judge() -> Judge:
    return trained_judge(exam().answers, JUDGE)


@pytest.fixture(scope="module")
def drawings() -> list[Image.Image]:
    return [question.drawing() for question in PLAIN]


def test_only_held_out_combinations_that_can_be_seen_are_asked_for():
    for question in [*PLAIN, *SETTINGS]:
        assert (question.colour, question.noun) in HELD
        assert not clash(question.colour, question.background)


def test_true_drawings_pass(judge: Judge, drawings: list[Image.Image]):
    assert min(marks(PLAIN, drawings, judge.nouns).values()) > 0.95
    landscapes = [question.drawing() for question in SETTINGS]
    assert min(marks(SETTINGS, landscapes, judge.nouns).values()) > 0.9


def test_pictures_of_other_prompts_fail(judge: Judge, drawings: list[Image.Image]):
    given = marks(shuffled(PLAIN), drawings, judge.nouns)
    assert given["all"] < 0.05
    assert max(given["colour"], given["noun"], given["background"]) < 0.3
    assert given["position"] < 0.5


def test_noise_and_emptiness_fail(judge: Judge):
    noise = np.random.default_rng(0).integers(0, 256, (len(PLAIN), 128, 128, 3), dtype=np.uint8)
    for pictures in (
        [Image.fromarray(values) for values in noise],
        [Image.new("RGB", (128, 128), "white")] * len(PLAIN),
    ):
        given = marks(PLAIN, pictures, judge.nouns)
        assert given["all"] == 0
        assert given["noun"] < 0.15


@pytest.mark.parametrize(("mark", "change"), [("colour", "channels"), ("position", "turned"), ("background", "darker")])
def test_each_mark_falls_for_its_own_fault(mark: str, change: str, judge: Judge, drawings: list[Image.Image]):
    spoil = {
        "channels": lambda picture: Image.fromarray(np.asarray(picture)[:, :, ::-1].copy()),
        "turned": lambda picture: picture.transpose(Image.Transpose.ROTATE_180),
        "darker": lambda picture: Image.fromarray(np.asarray(picture) // 2),
    }[change]
    spoiled = [spoil(picture) for picture in drawings]
    assert marks(PLAIN, spoiled, judge.nouns)[mark] < 0.5


def test_the_judge_is_right_on_pictures_that_it_has_not_seen(judge: Judge):
    accuracy = judge_accuracy(judge.nouns, replace(exam(), lessons=300))
    assert accuracy["nouns"] > 0.95
    assert accuracy["nothing"] > 0.85


def test_the_judge_does_not_take_a_blob_for_a_thing(judge: Judge):
    """A circle that is eaten away on one side is no circle any more."""
    pixels = np.full((128, 128, 3), 240, np.uint8)
    rows, columns = np.mgrid[:128, :128]
    turn = np.arctan2(rows - 64, columns - 64)
    reach = 30 * (1 + 0.2 * np.cos(2 * turn) + 0.15 * np.sin(3 * turn) + 0.12 * np.cos(5 * turn + 1))
    pixels[np.hypot(rows - 64, columns - 64) < reach] = (200, 40, 40)
    assert judge.nouns([Image.fromarray(pixels)]) == [NOTHING]


@pytest.mark.parametrize(("name", "setting"), [("sun", "day"), ("moon", "night"), ("sun", "snow"), ("sun", "desert")])
def test_sun_and_moon_are_found_where_they_are_drawn(name: str, setting: str):
    for seed in range(10):
        there, absent = (
            render(Scene(seed, setting, "empty", "medium", extras={extra: None})) for extra in (name, "clouds")
        )
        assert measure.in_the_sky(there, name)
        assert not measure.in_the_sky(absent, name)


class Scripted(Studio):
    """Shows what the script says for a prompt, and for a prompt with that negative prompt."""

    def imagine(self, prompts: Sequence[str], seeds: Sequence[int], negative: Sequence[str] = ()) -> list[Image.Image]:
        without = [""] * len(prompts)
        return [
            Image.new("RGB", (1, 1), self.pipeline[asked]) for asked in zip(prompts, negative or without, strict=True)
        ]


def test_removal_counts_only_what_was_there():
    script = {("a", ""): "red", ("b", ""): "red", ("c", ""): "blue", ("a", "red"): "red", ("b", "red"): "blue"}
    removals = [
        Removal(prompt, 0, lambda picture: "red" * (picture.getpixel((0, 0)) == (255, 0, 0))) for prompt in "abc"
    ]
    assert removed(Scripted(script), removals) == {"seen without": 2 / 3, "removed": 0.5}


@pytest.fixture(scope="module")
def figures() -> dict:
    result = CliRunner().invoke(main, ["--quick", "--steps", "5", "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_model_lies_between_its_bounds(figures: dict):
    for mark in ("colour", "position", "background"):
        assert figures["shuffled"][mark] < figures["model"][mark] <= figures["drawings"][mark]
    assert figures["drawings"]["all"] >= figures["model"]["all"] > 0.6 > figures["shuffled"]["all"]
    assert figures["autoencoder psnr"] > 32


def test_four_steps_without_guidance_answer_nearly_as_well(figures: dict):
    turbo, unguided = figures["turbo"], figures["by guidance"]["1"]
    assert min(turbo["colour"], turbo["position"], turbo["background"]) > 0.8
    assert min(turbo["noun"], turbo["noun in a setting"]) > 0.6
    assert turbo["all"] > unguided["all"] + 0.2
    assert TURBO.stat().st_size < 5e6


def test_guidance_strengthens_what_is_asked(figures: dict):
    weak, strong = (figures["by guidance"][guidance] for guidance in ("1", "4"))
    assert strong["all"] > weak["all"] + 0.2
    assert min(strong["colour"], strong["position"], strong["background"]) > 0.8


def test_a_handful_of_guided_steps_is_enough_for_colour_and_place(figures: dict):
    for count in ("4", "20"):
        row = figures["by steps"][count]
        assert min(row["colour"], row["position"], row["background"]) > 0.8


def test_strength_leads_from_the_source_to_the_prompt(figures: dict):
    sweep = list(figures["image to image"]["image to image"].values())
    assert sweep[0]["changed"] < sweep[-1]["changed"]
    assert sweep[0]["background"] < sweep[-1]["background"]


def test_inpainting_paints_inside_the_mask_and_leaves_what_lies_outside(figures: dict):
    marked = figures["inpainting"]
    assert marked["changed outside"] < 0.05
    assert marked["colour outside"] > 0.8
    assert min(marked["colour inside"], marked["noun inside"]) > 0.6


def test_seeds_give_different_pictures_of_one_prompt(figures: dict):
    assert figures["diversity"]["differ"] > 0.25 * figures["diversity"]["drawings differ"]
    assert figures["diversity"]["other colour"] > 0.5


def test_a_colour_goes_away_as_negative_prompt():
    """With all its steps: a thing of no named colour has none that can be told after five."""
    marked = removed(Studio.open(), colours()[:7])
    assert marked["seen without"] > 0.7
    assert marked["removed"] > 0.6


def test_the_report_names_every_mark_and_sweep(figures: dict):
    told = report(figures)
    for name in (*figures["model"], "guidance", "steps", *figures["image to image"], "inpainting", "diversity"):
        assert name in told
    for name in (*figures["negative prompt"], "seen without", "a picture"):
        assert name in told


def test_the_grid_shows_every_question_with_its_words(tmp_path: Path):
    out = tmp_path / "grid.png"
    result = CliRunner().invoke(main, ["grid", "--of", "drawings", "-o", str(out)])
    assert result.exit_code == 0, result.output
    with Image.open(out) as sheet:
        assert sheet.width > 8 * 128
        assert sheet.height > -(-len(exam().shown) // 8) * 128


def test_what_is_missing_is_told(tmp_path: Path):
    for arguments, told in (
        (["--judge", "no"], "no judge at no"),
        (["--turbo", "no", "grid", "--of", "turbo"], "at no;"),
    ):
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 1
        assert told in result.output
