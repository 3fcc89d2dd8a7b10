"""The score of the built-in model: true drawings pass, wrong pictures fail."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from diffusion.mini import TURBO, measure
from diffusion.mini.exam import IN_SETTINGS, adherence, in_settings, on_plain_backgrounds
from diffusion.mini.judge import NOTHING, Judge, nouns, trained_judge
from diffusion.mini.negatives import negative_colour, removal
from diffusion.mini.palette import clash
from diffusion.mini.scenes import HELD, Scene, render
from diffusion.mini.score import SWEEPS, judge_accuracy, main, shuffled, table
from diffusion.mini.studio import Studio

PLAIN, SETTINGS = on_plain_backgrounds(), in_settings()


@pytest.fixture(scope="module")
def judge() -> Judge:
    return trained_judge()


@pytest.fixture(scope="module")
def drawings() -> list[Image.Image]:
    return [question.drawing() for question in PLAIN]


def test_only_held_out_combinations_that_can_be_seen_are_asked_for():
    for question in [*PLAIN, *SETTINGS]:
        assert (question.colour, question.noun) in HELD
        assert not clash(question.colour, question.background)


def test_true_drawings_pass(judge: Judge, drawings: list[Image.Image]):
    assert min(adherence(PLAIN, drawings, nouns(judge, drawings)).values()) > 0.95
    landscapes = [question.drawing() for question in SETTINGS]
    assert min(adherence(SETTINGS, landscapes, nouns(judge, landscapes), IN_SETTINGS).values()) > 0.9


def test_pictures_of_other_prompts_fail(judge: Judge, drawings: list[Image.Image]):
    marks = adherence(shuffled(PLAIN), drawings, nouns(judge, drawings))
    assert marks["all"] < 0.05
    assert max(marks["colour"], marks["noun"], marks["background"]) < 0.3
    assert marks["position"] < 0.5


def test_noise_and_emptiness_fail(judge: Judge):
    noise = np.random.default_rng(0).integers(0, 256, (len(PLAIN), 128, 128, 3), dtype=np.uint8)
    for pictures in (
        [Image.fromarray(values) for values in noise],
        [Image.new("RGB", (128, 128), "white")] * len(PLAIN),
    ):
        marks = adherence(PLAIN, pictures, nouns(judge, pictures))
        assert marks["all"] == 0
        assert marks["noun"] < 0.15


@pytest.mark.parametrize(("mark", "change"), [("colour", "channels"), ("position", "turned"), ("background", "darker")])
def test_each_mark_falls_for_its_own_fault(mark: str, change: str, judge: Judge, drawings: list[Image.Image]):
    spoil = {
        "channels": lambda picture: Image.fromarray(np.asarray(picture)[:, :, ::-1].copy()),
        "turned": lambda picture: picture.transpose(Image.Transpose.ROTATE_180),
        "darker": lambda picture: Image.fromarray(np.asarray(picture) // 2),
    }[change]
    spoiled = [spoil(picture) for picture in drawings]
    assert adherence(PLAIN, spoiled, nouns(judge, spoiled))[mark] < 0.5


def test_the_judge_is_right_on_pictures_that_it_has_not_seen(judge: Judge):
    accuracy = judge_accuracy(judge, 300)
    assert accuracy["nouns"] > 0.95
    assert accuracy["nothing"] > 0.85


def test_the_judge_does_not_take_a_blob_for_a_thing(judge: Judge):
    """A circle that is eaten away on one side is no circle any more."""
    pixels = np.full((128, 128, 3), 240, np.uint8)
    rows, columns = np.mgrid[:128, :128]
    turn = np.arctan2(rows - 64, columns - 64)
    reach = 30 * (1 + 0.2 * np.cos(2 * turn) + 0.15 * np.sin(3 * turn) + 0.12 * np.cos(5 * turn + 1))
    pixels[np.hypot(rows - 64, columns - 64) < reach] = (200, 40, 40)
    assert nouns(judge, [Image.fromarray(pixels)]) == [NOTHING]


@pytest.mark.parametrize(("name", "setting"), [("sun", "day"), ("moon", "night"), ("sun", "snow"), ("sun", "desert")])
def test_sun_and_moon_are_found_where_they_are_drawn(name: str, setting: str):
    for seed in range(10):
        there, absent = (
            render(Scene(seed, setting, "empty", "medium", extras={extra: None})) for extra in (name, "clouds")
        )
        assert measure.in_the_sky(there, name)
        assert not measure.in_the_sky(absent, name)


def test_removal_counts_only_what_was_there():
    assert removal([True, True, False], [False, True, True]) == {"seen without": 2 / 3, "removed": 0.5}


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
    turbo, unguided = figures["turbo"], figures["guidance sweep"]["1"]
    assert min(turbo["colour"], turbo["position"], turbo["background"]) > 0.8
    assert min(turbo["noun"], turbo["noun in a setting"]) > 0.6
    assert turbo["all"] > unguided["all"] + 0.2
    assert TURBO.stat().st_size < 5e6


def test_guidance_strengthens_what_is_asked(figures: dict):
    weak, strong = (figures["guidance sweep"][guidance] for guidance in ("1", "4"))
    assert strong["all"] > weak["all"] + 0.2
    assert min(strong["colour"], strong["position"], strong["background"]) > 0.8


def test_a_handful_of_guided_steps_is_enough_for_colour_and_place(figures: dict):
    for count in ("4", "20"):
        row = figures["steps sweep"][count]
        assert min(row["colour"], row["position"], row["background"]) > 0.8


def test_strength_leads_from_the_source_to_the_prompt(figures: dict):
    sweep = list(figures["image to image"].values())
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
    marked = negative_colour(Studio.open(), 7)
    assert marked["seen without"] > 0.7
    assert marked["removed"] > 0.6


def test_the_table_names_every_mark_and_sweep(figures: dict):
    told = table(figures)
    for name in (*figures["model"], *SWEEPS, "inpainting", "diversity", "negative thing", "a picture"):
        assert name in told
