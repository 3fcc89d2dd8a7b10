"""The score: true drawings pass, other pictures fail."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from diffusion.mini import JUDGE, TURBO, WEIGHTS
from diffusion.mini.illustrator.colours import COLOURS
from diffusion.mini.illustrator.drawing import draw
from diffusion.mini.illustrator.lessons import ANSWERS, NOTHING
from diffusion.mini.illustrator.scene import PLACES, PLAIN, STYLES, Group, Scene, Setting, lost
from diffusion.mini.judge import Judge, trained_judge
from diffusion.mini.score import measure
from diffusion.mini.score.__main__ import main
from diffusion.mini.score.exam import Exam, exam
from diffusion.mini.score.marks import cut_out, marks, views_of
from diffusion.mini.score.negatives import removed
from diffusion.mini.score.questions import CATEGORIES, Question, backgrounds_for, several, shuffled
from diffusion.mini.score.removals import THINGS, Removal, in_the_sky
from diffusion.mini.score.report import report
from diffusion.mini.score.studio import Studio
from diffusion.mini.score.sweeps import SIZES
from diffusion.mini.score.wordings import FILLERS, facets, in_other_words, mentions
from diffusion.mini.train.config import Config, read
from diffusion.mini.train.networks import (
    new_autoencoder,
    new_text_encoder,
    new_unet,
    pipeline_of,
    tokenizer_of,
)

MEASURED = ("colour", "position", "count", "size", "relation", "binding")
"""The categories that need no recogniser of styles and settings, which takes its time to learn."""


@pytest.fixture(scope="module")
def asked() -> list[Question]:
    return several(6, *MEASURED)


@pytest.fixture(scope="module")
def drawings(asked: list[Question]) -> list[Image.Image]:
    return [question.drawing() for question in asked]


def knowing(questions: list[Question]) -> Callable[..., list[str]]:
    """A judge that knows what it is shown."""
    nouns = [noun for question in questions for noun, _ in views_of(question, Image.new("RGB", (128, 128)))]
    return lambda pictures: nouns


def test_true_drawings_get_every_mark(asked: list[Question], drawings: list[Image.Image]):
    given = marks(asked, drawings, knowing(asked))
    assert set(given) == {
        *MEASURED,
        "count to three",
        "noun",
        "noun of several",
        "nouns of two or three",
        "background",
        "all",
    }
    assert min(given.values()) > 0.95


def test_pictures_of_other_prompts_fail(asked: list[Question], drawings: list[Image.Image]):
    given = marks(shuffled(asked), drawings, lambda pictures: [NOTHING] * len(pictures))
    assert np.mean([given[name] for name in MEASURED]) < 0.5
    single = several(8, "colour", "position", "size")
    given = marks(shuffled(single), [question.drawing() for question in single], knowing(single))
    assert max(given["all"], given["noun"]) < 0.15


def test_what_is_right_in_one_way_only_is_not_all_right(asked: list[Question], drawings: list[Image.Image]):
    given = marks(asked, drawings, lambda pictures: [NOTHING] * len(pictures))
    assert given["colour"] > 0.95
    assert given["noun"] == given["nouns of two or three"] == given["binding"] == given["all"] == 0


def test_colours_that_are_bound_to_the_wrong_things_are_no_binding():
    asked = several(12, "binding")
    exchanged = []
    for question in asked:
        one, other = question.scene.groups
        things = replace(one, noun=other.noun), replace(other, noun=one.noun)
        exchanged.append(draw(replace(question.scene, groups=things)).picture)
    seen = [group.noun for question in asked for group in reversed(question.scene.groups)]
    assert marks(asked, exchanged, lambda pictures: seen)["binding"] == 0
    assert marks(asked, exchanged, knowing(asked))["binding"] > 0.9


def test_a_thing_or_a_ground_of_another_colour_is_not_all_right():
    asked, things, grounds = several(12, "position"), [], []
    for question in asked:
        (group,), setting = question.scene.groups, question.scene.setting
        other = next(
            one
            for colour in ("red", "yellow", "blue")
            if colour != group.colour and not lost(one := replace(group, colour=colour), setting, "flat")
        )
        ground = next(one for one in backgrounds_for(group) if one != setting)
        things.append(draw(replace(question.scene, groups=(other,))).picture)
        grounds.append(draw(replace(question.scene, setting=ground)).picture)
    for pictures in (things, grounds):
        given = marks(asked, pictures, knowing(asked))
        assert given["position"] == given["noun"] == 1
        assert given["all"] == 0
    assert marks(asked, things, knowing(asked))["background"] == 1
    assert marks(asked, grounds, knowing(asked))["background"] == 0


def test_what_is_not_where_it_was_asked_for_fails():
    ground, things = Setting(PLAIN, colour="white"), (Group("cat", "red"), Group("boat", "blue"))
    for place in PLACES:
        drawn = draw(Scene(3, ground, things[:1], place=place)).picture
        assert [other for other in PLACES if measure.stands_at(drawn, other)] == [place]
    for relation in ("left", "right", "above", "below"):
        drawn = draw(Scene(3, ground, things, relation=relation)).picture
        found = [
            other for other in ("left", "right", "above", "below") if measure.relates(drawn, other, "red", ["blue"])
        ]
        assert found == [relation]
    aslant = Image.new("RGB", (128, 128), "white")
    for corner, colour in (((20, 20), (226, 60, 60)), ((80, 80), (52, 110, 226))):
        aslant.paste(colour, (*corner, corner[0] + 24, corner[1] + 24))
    assert not any(measure.relates(aslant, way, "red", ["blue"]) for way in ("left", "above"))


@pytest.mark.parametrize("size", SIZES)
def test_true_drawings_of_every_size_get_every_mark(size: tuple[int, int]):
    asked = exam().sized
    given = marks(asked, [question.drawing(size) for question in asked], trained_judge(ANSWERS, JUDGE).nouns)
    assert given["all"] > 0.85


def test_other_words_say_all_of_a_scene_and_differ_from_the_plain_ones():
    asked = exam().some
    texts = [in_other_words(question.scene) for question in asked]
    assert texts == [in_other_words(question.scene) for question in asked]
    assert not set(texts) & {question.prompt for question in asked}
    for question, text in zip(asked, texts, strict=True):
        for phrases in facets(question.scene):
            assert mentions(text, phrases), text
        assert sum(filler in text for filler in FILLERS) == 2
    assert mentions("a red cat", ["red"])
    assert not mentions("a reddish cat", ["red"])


def test_a_shuffled_question_stands_in_the_place_of_another_of_its_category():
    for some in (exam().questions, exam(True).questions):
        for question, other in zip(some, shuffled(some), strict=True):
            assert question is not other
            assert question.category == other.category


def test_each_mark_is_given_only_where_it_is_asked_for():
    plain = several(2, "colour")
    given = marks(plain, [question.drawing() for question in plain], knowing(plain))
    assert set(given) == {"colour", "noun", "background", "all"}


def test_two_things_are_judged_apart():
    scene = Scene(8, Setting(PLAIN, colour="white"), (Group("cat", "red"), Group("boat", "blue")), relation="left")
    picture = draw(scene).picture
    for colour, other in (("red", "blue"), ("blue", "red")):
        view = cut_out(picture, colour)
        assert measure.mask_of(view, colour).mean() > 1.3 * measure.mask_of(picture, colour).mean()
        assert measure.mask_of(view, other).mean() < 0.3 * measure.mask_of(view, colour).mean()
    assert [noun for noun, _ in views_of(Question("binding", scene), picture)] == ["cat", "boat"]
    assert cut_out(picture, "green") is picture


def test_of_several_things_one_is_judged():
    for question in several(4, "count"):
        picture, colour = question.drawing(), question.scene.groups[0].colour
        ((noun, view),) = views_of(question, picture)
        assert noun == question.scene.groups[0].noun
        assert measure.mask_of(view, colour).mean() > measure.mask_of(picture, colour).mean()


@pytest.mark.parametrize(("what", "hour"), [("sun", "day"), ("moon", "night"), ("clouds", "day")])
def test_extras_are_found_where_they_are_drawn(what: str, hour: str):
    for seed, (noun, colour) in enumerate(THINGS * 2):
        for land in ("meadow", "desert"):
            things = (Group(noun, colour),)
            there, absent = (
                draw(Scene(seed, Setting(land, hour), things, extras=extras)).picture for extras in ((what,), ())
            )
            assert in_the_sky(there, what)
            assert not in_the_sky(absent, what)


def test_a_negative_prompt_names_what_was_not_asked_for_but_in_the_last_kind():
    kinds = exam().removals
    assert not any(" with " in removal.prompt for removal in kinds["extra"])
    for removal in (*kinds["colour"], *kinds["own colour"]):
        assert not set(COLOURS) & set(removal.prompt.split(",")[0].split())
    assert all(" with " in removal.prompt for removal in kinds["extra that is asked for"])


class Scripted(Studio):
    """Shows what the script says for a prompt, and for a prompt with that negative prompt."""

    def imagine(self, prompts: Sequence[str], seeds: Sequence[int], negative: Sequence[str] = ()) -> list[Image.Image]:
        without = [""] * len(prompts)
        return [
            Image.new("RGB", (1, 1), self.pipeline[asked]) for asked in zip(prompts, negative or without, strict=True)
        ]


def red_at_the_corner(picture: Image.Image) -> str:
    return "red" if picture.getpixel((0, 0)) == (255, 0, 0) else ""


def cats(pictures: Sequence[Image.Image]) -> list[str]:
    return ["cat"] * len(pictures)


def has_light(picture: Image.Image) -> bool:
    return picture.getpixel((0, 0)) != (0, 0, 0)


def test_removal_counts_only_what_was_there_and_no_emptiness():
    script = {("a", ""): "red", ("b", ""): "red", ("c", ""): "blue", ("d", ""): "red"}
    script |= {("a", "red"): "red", ("b", "red"): "blue", ("d", "red"): "black"}
    removals = [Removal(prompt, 0, "cat", red_at_the_corner, has_light) for prompt in "abcd"]
    assert removed(Scripted(script), cats, removals) == {"seen without": 3 / 4, "removed": 1 / 3}


def test_a_removal_that_takes_the_thing_along_is_none():
    script = {("a", ""): "red", ("b", ""): "red", ("a", "red"): "blue", ("b", "red"): "blue"}
    removals = [Removal(prompt, 0, "cat", red_at_the_corner, has_light) for prompt in "ab"]

    def gone(pictures: Sequence[Image.Image]) -> list[str]:
        return [NOTHING if picture.getpixel((0, 0)) == (0, 0, 255) else "cat" for picture in pictures]

    assert removed(Scripted(script), gone, removals) == {"seen without": 1, "removed": 0}


def test_where_nothing_was_seen_nothing_is_said_of_its_removal():
    removals = [Removal("a", 0, "cat", red_at_the_corner, has_light)]
    assert removed(Scripted({("a", ""): "blue"}), cats, removals) == {"seen without": 0}
    dogs = ["dog"]
    assert removed(Scripted({("a", ""): "red"}), lambda _: dogs, removals) == {"seen without": 0}


@pytest.fixture(scope="module", params=[False, True], ids=["full", "quick"])
def paper(request: pytest.FixtureRequest) -> Exam:
    return exam(request.param)


def test_an_exam_asks_for_every_category_and_style(paper: Exam):
    assert {question.category for question in paper.questions} == set(CATEGORIES)
    assert {question.scene.style for question in paper.questions} == set(STYLES)
    assert set(paper.removals) == {"extra", "colour", "own colour", "extra that is asked for"}
    assert min(map(len, paper.removals.values())) >= 3
    assert len({asked.prompt for asked in paper.repaintings}) == len(paper.repaintings)
    for source, goal in paper.redrawings["style transfer"]:
        assert source.scene.groups == goal.scene.groups
        assert source.scene.style == "flat" != goal.scene.style
    for group in paper.alike:
        assert len({question.prompt for question in group}) == 1
        assert len({question.seed for question in group}) == len(group) > 1


def test_the_full_exam_asks_all_and_the_quick_one_a_fifth():
    full, quick = (Counter(question.category for question in exam(short).questions) for short in (False, True))
    assert full.total() == 463
    assert quick == Counter({category: count // 5 for category, count in full.items()})


def test_the_grid_shows_eight_of_each_category(tmp_path: Path):
    assert Counter(question.category for question in exam().shown) == Counter(dict.fromkeys(CATEGORIES, 8))
    out = tmp_path / "grid.png"
    result = CliRunner().invoke(main, ["grid", "--of", "drawings", "-o", str(out)])
    assert result.exit_code == 0, result.output
    with Image.open(out) as sheet:
        assert min(sheet.size) > 8 * 128


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model and a tiny judge that have learned nothing."""
    folder = tmp_path_factory.mktemp("untrained")
    torch.manual_seed(0)
    small, tokenizer = small_recipe(), tokenizer_of(WEIGHTS)
    pipeline_of(
        vae=new_autoencoder(small),
        text_encoder=new_text_encoder(small, tokenizer),
        tokenizer=tokenizer,
        unet=new_unet(small, small.text.width),
    ).save_pretrained(folder / "weights")
    Judge(ANSWERS, widths=(8, 8, 8)).save(folder / "judge.safetensors")
    return folder


def small_recipe() -> Config:
    recipe = read("cpu")
    smaller = {
        "denoiser": {"widths": (8, 16, 16)},
        "autoencoder": {"widths": (8, 8, 8)},
        "text": {"width": 16, "layers": 1},
    }
    return recipe.model_copy(
        update={name: getattr(recipe, name).model_copy(update=sizes) for name, sizes in smaller.items()}
    )


@pytest.fixture(scope="module")
def figures(untrained: Path) -> dict:
    places = [
        "--weights",
        untrained / "weights",
        "--judge",
        untrained / "judge.safetensors",
    ]
    result = CliRunner().invoke(main, ["--quick", "--json", "--steps", "5", *map(str, places)])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_what_has_learned_nothing_scores_nothing_beside_the_true_drawings(figures: dict):
    assert figures["pictures"] == len(exam(True).questions)
    for category in set(CATEGORIES) - {"binding"}:  # that takes a judge that knows
        assert figures["drawings"][category] > 0.85
    assert np.mean([figures["model"][category] for category in CATEGORIES]) < 0.5
    assert figures["model"]["all"] == 0
    assert "turbo" not in figures


def test_the_report_names_every_mark_and_sweep(figures: dict):
    told = report(figures)
    names = ("model", "image to image", "negative prompt", "seconds", "by size", "by wording")
    for part in (figures[name] for name in names):
        for name in part:
            assert name in told
    assert "model, 256×256" in told
    assert "style transfer" in told


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["--judge", "nowhere"], "There is no judge at nowhere; the training writes one, name it with --judge."),
        (["--judge", str(TURBO)], "pytorch_lora_weights.safetensors is no judge of these 81 answers; name one with"),
        (["--judge", __file__], "test_mini_score.py is no judge of these 81 answers; name one with --judge."),
        (["--weights", "tests"], "tests holds no model of diffusers; name its folder with --weights."),
        (["--turbo", "nowhere"], "There is no few-step form at nowhere; name it with --turbo, or leave that out."),
        (["--pictures", "nowhere/all.png"], "there is no folder nowhere; make it first."),
        (["--pictures", "all.foo"], "no picture can be written as “all.foo”; end it in .png."),
        (["--steps", "0"], "0 is not in the range x>=1."),
        (["grid", "-o", "nowhere/grid.png"], "there is no folder nowhere; make it first."),
    ],
)
def test_what_cannot_be_meant_is_told_before_anything_is_drawn(asked: list[str], told: str):
    result = CliRunner().invoke(main, asked)
    assert result.exit_code == 2
    assert told in " ".join(result.output.split())
