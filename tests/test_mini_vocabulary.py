"""What the built-in model says about words that it does not know."""

import random
import subprocess
import sys

import pytest

from diffusion.mini.captions import caption
from diffusion.mini.objects import DRAW
from diffusion.mini.palette import COLOURS, PLAIN
from diffusion.mini.scenes import PLACES, RADII, sample_scene
from diffusion.mini.vocabulary import (
    SPOKEN,
    explain_unknown,
    known_words_sentence,
    learned_words,
    unknown_words,
    words,
)


def test_every_caption_is_made_of_known_words():
    for seed in range(3000):
        text = caption(sample_scene(seed, held=seed % 2 == 0), random.Random(seed))
        assert not unknown_words(text), text


def test_words_and_drawing_code_name_the_same_things():
    table = words()
    assert list(table.nouns) == list(DRAW)
    assert table.colours == list(COLOURS)
    assert table.colours + table.plain_colours == list(PLAIN)
    assert set(table.positions) == set(PLACES)
    assert set(table.sizes) == set(RADII)


def test_a_word_that_is_not_known_is_named_and_the_known_ones_are_told():
    assert explain_unknown("a zebra on the moon") == "This small model does not know “zebra”."
    assert known_words_sentence().startswith("It knows: circle, square,")
    assert "red" in known_words_sentence()


def test_each_unknown_word_is_named_once_in_the_order_of_the_prompt():
    strange = unknown_words("A zebra, a dragon and a ZEBRA’s hat")
    assert [unknown.word for unknown in strange] == ["zebra", "dragon", "hat"]


@pytest.mark.parametrize(
    ("word", "near"), [("sqare", "square"), ("ship", "boat"), ("yelow", "yellow"), ("gray", "grey"), ("zebra", "")]
)
def test_the_nearest_known_word_is_offered(word: str, near: str):
    (unknown,) = unknown_words(f"a {word}")
    assert unknown.near == near


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        "A masterpiece, beautiful photo of a red circle!!",
        "please draw me two small blue fish, 8k, 4K, (best quality:1.2)",
        "the house's tree in the snow, at sunset; with mountains",
        "3 stars and 1 heart on a light blue background",
        "now a yellow star please, thanks",
        "ok, let's try something else: still the same house, but at night",
    ],
)
def test_function_words_fillers_numbers_and_punctuation_are_not_complained_of(prompt: str):
    assert explain_unknown(prompt) == ""


def test_other_scripts_are_unknown_words_too():
    assert "“日本”" in explain_unknown("日本")


def test_the_negative_prompt_is_read_too():
    assert "“dogs”" in explain_unknown("a red circle", "dogs")


def test_a_prompt_without_any_word_is_told():
    assert explain_unknown("🐱🔴") == "This small model reads words, and there are none in this prompt."


def test_suggestions_lead_from_unknown_words_to_known_ones():
    known = learned_words()
    for word, meant in words().meant.items():
        assert word not in known, word
        assert word not in SPOKEN.union(words().filler), word
        assert set(meant.split()) <= known, meant


def test_neither_words_nor_weights_need_torch():
    code = "import sys, diffusion.mini.vocabulary as v; v.explain_unknown('zebra'); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
