"""The questions for a model that is trained on the illustrator, and what is measured in its answers."""

from collections import Counter
from dataclasses import replace

import pytest
from PIL import ImageFilter

from diffusion.mini.illustrator.drawing import draw
from diffusion.mini.illustrator.held import held_in
from diffusion.mini.illustrator.lot import scene_of
from diffusion.mini.illustrator.nouns import NOUNS
from diffusion.mini.illustrator.scene import (
    HOURS,
    LANDS,
    LOST,
    PLACES,
    PLAIN,
    RELATIONS,
    STYLES,
    Group,
    Scene,
    Setting,
)
from diffusion.mini.score import measure, recogniser
from diffusion.mini.score.measures import MEASURES, measured_rightly
from diffusion.mini.score.questions import CATEGORIES, Question, plainly, questions

WHITE = Setting(PLAIN, colour="white")


def of(category: str) -> list[Question]:
    return [question for question in questions() if question.category == category]


def test_there_are_enough_questions_of_every_kind():
    counts = Counter(question.category for question in questions())
    assert counts.total() >= 400
    assert set(counts) == set(CATEGORIES)
    assert min(counts.values()) >= 40
    assert len({question.prompt for question in questions()}) > 0.97 * counts.total()


def test_every_question_holds_what_training_never_saw():
    for question in questions():
        kinds = {"style": "style", "relation": "relation"}
        assert kinds.get(question.category, "colour") in held_in(question.scene), question.prompt


def test_the_questions_cover_everything():
    assert {question.scene.groups[0].noun for question in of("colour")} == set(NOUNS)
    assert {question.scene.style for question in of("style")} == set(STYLES) - {"flat"}
    assert {question.scene.place for question in of("position")} == set(PLACES)
    assert {question.scene.groups[0].count for question in of("count")} == {1, 2, 3, 4}
    assert {question.scene.relation for question in of("relation")} == set(RELATIONS)
    settings = {(question.scene.setting.land, question.scene.setting.hour) for question in of("setting")}
    assert settings == {(land, hour) for land in LANDS for hour in HOURS} | {("space", "")}


def test_a_prompt_leaves_nothing_out():
    scene = Scene(
        1, Setting("sea", "sunset"), (Group("boat", "red"), Group("lighthouse", "white", "large")), "pixel art"
    )
    scene = Scene(**{**vars(scene), "relation": "left"})
    assert plainly(scene) == "a red boat to the left of a large white lighthouse on the sea at sunset, pixel art"


@pytest.mark.parametrize("category", MEASURES)
def test_true_drawings_are_marked_right_and_those_of_other_questions_are_not(category: str):
    """The bounds between which a model's score lies."""
    asked = of(category)
    drawings = [question.drawing() for question in asked]
    right = [measured_rightly(question, drawing) for question, drawing in zip(asked, drawings, strict=True)]
    others = drawings[7:] + drawings[:7]
    wrong = [measured_rightly(question, drawing) for question, drawing in zip(asked, others, strict=True)]
    assert sum(map(bool, right)) >= 0.97 * len(asked)
    assert sum(map(bool, wrong)) <= 0.35 * len(asked)


@pytest.mark.parametrize(("asked", "drawn"), [(a, b) for a in ("on", "behind") for b in RELATIONS if a != b])
def test_things_that_stand_otherwise_are_marked_wrong(asked: str, drawn: str):
    scenes = [question.scene for question in of("relation") if question.scene.relation == asked]
    pictures = [draw(replace(scene, relation=drawn)).picture for scene in scenes]
    right = [MEASURES["relation"](*pair) for pair in zip(scenes, pictures, strict=True)]
    assert sum(right) <= 0.2 * len(scenes)


def test_a_blueprint_asks_for_no_background_because_it_has_its_own():
    asked = [question for question in of("style") if question.scene.style == "blueprint"]
    assert asked
    assert not any("background" in question.prompt for question in asked)


def test_a_style_is_asked_for_in_colours_that_training_shows_in_it():
    for question in of("style"):
        assert question.scene.groups[0].colour not in LOST.get(question.scene.style, ()), question.prompt


def test_every_category_is_marked():
    assert set(MEASURES) == set(CATEGORIES)


@pytest.mark.parametrize("blur", [0.0, 0.8])
def test_styles_and_settings_are_recognised_in_scenes_of_every_kind(blur: float):
    right: Counter[str] = Counter()
    for seed in range(150):
        scene = scene_of(seed)
        picture = draw(scene).picture.filter(ImageFilter.GaussianBlur(blur))
        right["style"] += recogniser.style_of(picture) == scene.style
        scene = scene_of(seed, style="flat")
        picture = draw(scene).picture.filter(ImageFilter.GaussianBlur(blur))
        right["setting"] += recogniser.setting_of(picture) == Setting(scene.setting.land, scene.setting.hour)
    assert right["style"] >= 0.92 * 150
    assert right["setting"] >= 0.97 * 150


def test_an_empty_picture_answers_nothing():
    empty = draw(Scene(4, WHITE)).picture
    assert measure.thing_colour(empty) == ""
    assert measure.size_of(empty, "cat") == ""
    assert not measure.stands_at(empty, "centre")
    assert not measure.relates(empty, "left", "red", ["blue"])
    assert measure.count_of(empty) == 0


def test_a_thing_at_the_edge_is_measured_too():
    scene = Scene(5, WHITE, (Group("house", "blue", "large"),), place="bottom right")
    picture = draw(scene).picture
    assert measure.thing_colour(picture) == "blue"
    assert measure.stands_at(picture, "bottom right")
    assert not measure.stands_at(picture, "left")


@pytest.mark.parametrize("side", [64, 128, 256])
def test_sizes_are_measured_at_every_size_of_the_picture(side: int):
    for size in ("small", "large"):
        assert measure.size_of(draw(Scene(6, WHITE, (Group("cat", "red", size),)), (side, side)).picture, "cat") == size
