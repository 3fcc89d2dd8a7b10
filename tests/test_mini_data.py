"""What a run draws to learn from: pictures with captions, what can be read from them, and the judge's lessons."""

import random
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from diffusion.mini import WEIGHTS
from diffusion.mini.illustrator.captions import caption
from diffusion.mini.illustrator.held import held_colour, held_style
from diffusion.mini.illustrator.lessons import ANSWERS, NOTHING, lesson
from diffusion.mini.illustrator.lot import scene_of
from diffusion.mini.illustrator.nouns import NOUNS
from diffusion.mini.illustrator.scene import PLAIN, Group, Scene, Setting
from diffusion.mini.score.wordings import mentions
from diffusion.mini.train.config import Data
from diffusion.mini.train.data import ANSWERS as TRUE
from diffusion.mini.train.data import PICTURES, THINGS, captions_of, draw, draw_pictures, draw_words
from diffusion.mini.train.networks import tokenizer_of
from diffusion.mini.train.questions import NONE, QUESTIONS, ordered
from diffusion.mini.words import names_of, words
from tests.captions import named, without


def test_the_recipe_draws_in_every_shape(tmp_path: Path):
    sizes = ((64, 64), (128, 128), (96, 64), (64, 96))
    recipe = {
        "buckets": [{"width": width, "height": height, "pictures": 4} for width, height in sizes],
        "words": 20,
        "wordings": 3,
        "lessons": 4,
        "kept_back": 2,
    }
    draw(Data.model_validate(recipe), tmp_path, workers=1)
    for width, height in sizes:
        folder = tmp_path / "data" / f"{width}x{height}"
        pictures = np.load(folder / PICTURES)
        assert (pictures.shape, pictures.dtype) == ((4, height, width, 3), np.uint8)
        assert pictures.std() > 10
        captions = captions_of(folder)
        assert [len(wordings) for wordings in captions] == [3] * 4
        assert len({text for wordings in captions for text in wordings}) > 4
    answers = np.load(tmp_path / "data" / "words" / TRUE)
    assert answers.shape == (20, len(QUESTIONS))
    assert np.load(tmp_path / "data" / "lessons" / PICTURES).shape == (4, 128, 128, 3)


def test_a_close_bucket_shows_single_things_larger_and_tells_no_place():
    sides = {"width": 64, "height": 64, "pictures": 40, "share": 1}
    data = Data.model_validate({"buckets": [sides, sides | {"close": True}], "words": 20, "kept_back": 2})
    (_, whole), (said, close) = (draw_pictures(data, bucket, range(40)) for bucket in data.buckets)
    assert close[PICTURES].shape == whole[PICTURES].shape
    assert close[THINGS].mean() > 1.5 * whole[THINGS].mean()
    middle = close[THINGS][:, 4:12, 4:12].mean()
    assert middle > 2 * np.delete(close[THINGS], range(4, 12), axis=1).mean()
    table = words()
    unsaid = {phrase for tables in (table.positions, table.sizes) for phrases in tables.values() for phrase in phrases}
    assert not any(phrase in text for wordings in said for text in wordings for phrase in unsaid)


def test_a_recipe_may_choose_the_kinds_of_scenes_in_its_whole_pictures():
    sides = {"width": 64, "height": 64, "pictures": 40, "share": 1}
    shares = {"buckets": [sides, sides | {"close": True}], "words": 20, "kept_back": 2}

    def with_things(bucket: int, kinds: dict[str, float]) -> int:
        data = Data.model_validate(shares | {"kinds": kinds})
        _, drawn = draw_pictures(data, data.buckets[bucket], range(40))
        return sum(picture.any() for picture in drawn[THINGS])

    assert with_things(0, {}) > 35
    assert with_things(0, {"empty": 1}) == 0
    assert 0 < with_things(0, {"empty": 9, "related": 1}) < 12
    assert with_things(1, {"empty": 1}) == 40
    with pytest.raises(ValidationError, match="single"):
        Data.model_validate(shares | {"kinds": {"crowd": 1}})


def test_every_question_has_its_answer_among_the_possible_ones():
    seen = {name: Counter() for name in QUESTIONS}
    for seed in range(3000):
        scene = scene_of(seed)
        for name, (possible, true) in QUESTIONS.items():
            assert true(scene) in possible, name
            seen[name][true(scene)] += 1
    for name, (possible, _) in QUESTIONS.items():
        if name.startswith("third"):  # only where one thing stands between two others
            assert len(seen[name]) > 5
            continue
        assert len(seen[name]) >= len(possible) * 0.8, name


def test_scenes_that_are_said_alike_have_the_same_answers():
    red, blue = Group("cat", "red"), Group("boat", "blue")
    plain = Setting(PLAIN, colour="white")
    for one, other in (("left", "right"), ("above", "below")):
        first = Scene(1, plain, (red, blue), relation=one)
        second = Scene(2, plain, (blue, red), relation=other)
        answers = [[true(scene) for _, true in QUESTIONS.values()] for scene in (first, second)]
        assert answers[0] == answers[1]
    assert ordered(Scene(1, plain, (red, blue))) == ordered(Scene(1, plain, (blue, red)))
    assert ordered(Scene(1, plain))[0].noun == NONE


def test_lessons_show_every_noun_and_nothing():
    answers = Counter(lesson(seed)[1] for seed in range(900))
    assert set(answers) <= set(ANSWERS)
    assert len(answers) > len(NOUNS) * 0.9
    assert 60 < answers[NOTHING] < 220
    picture, _ = lesson(7)
    assert (picture.mode, picture.size) == ("RGB", (128, 128))


def test_captions_fit_the_model():
    tokenizer = tokenizer_of(WEIGHTS)
    captions = [caption(scene_of(seed), random.Random(seed)) for seed in range(3000)]
    assert max(map(len, tokenizer(captions).input_ids)) <= tokenizer.model_max_length


def test_training_reads_of_no_thing_in_its_held_out_colour_or_style():
    sides = {"width": 64, "height": 64, "pictures": 600}
    data = Data.model_validate({"buckets": [sides, sides | {"close": True}], "words": 3000, "fragments": 0.3})
    rows = [draw_words(data, range(3000)), *(draw_pictures(data, bucket, range(200)) for bucket in data.buckets)]
    table, seen = words(), Counter()
    extras = [phrase for phrases in table.extras.values() for phrase in phrases]
    texts = {text for captions, _ in rows for wordings in captions for text in wordings}
    read = [(text, {noun for noun, _ in named(without(text, extras))}) for text in texts]
    for noun in NOUNS:
        forms = "|".join(form for pair in names_of(noun) for form in pair)
        colour, style = held_colour(noun), table.styles[held_style(noun)]
        tones = "|".join((colour, *table.colours[colour]))
        with_it = [text for text, names in read if noun in names]
        seen[noun] = len(with_it)
        assert not any(re.search(rf"\b({tones}) ({forms})\b", text) for text in with_it), (colour, noun)
        assert not any(mentions(text, [*style["before"], *style["after"]]) for text in with_it), (
            noun,
            held_style(noun),
        )
    assert min(seen.values()) > 5
