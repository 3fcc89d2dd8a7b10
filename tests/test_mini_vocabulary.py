"""What the built-in model says about words that it does not know."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from diffusion.mini.illustrator.captions import caption
from diffusion.mini.illustrator.lot import scene_of
from diffusion.mini.illustrator.nouns import NOUNS, TOPICS
from diffusion.mini.vocabulary import CARD, EXAMPLES, explain_unknown, known_words_sentence, vocabulary
from diffusion.mini.words import words


def test_every_caption_is_made_of_known_words():
    for seed in range(3000):
        text = caption(scene_of(seed), random.Random(seed))
        assert not vocabulary().unknown(text), text


def test_a_word_that_is_not_known_is_named_with_the_nearest_known_one():
    assert explain_unknown("a zebra on the moon") == "This small model does not know “zebra” (nearest: elephant)."
    assert explain_unknown("a xylophone") == "This small model does not know “xylophone”."


def test_eighty_things_are_not_listed_in_a_chat_but_where_they_stand_is_said():
    sentence = known_words_sentence()
    assert len(sentence) < 500
    assert f"{len(NOUNS)} things (star, tree, cat" in sentence
    assert set(EXAMPLES) <= set(NOUNS)
    assert "one to four" in sentence
    assert sentence.endswith(f"`/help` lists them all, and so does {CARD}.")


def test_all_things_colours_and_styles_stand_where_the_sentence_says():
    card = (Path(__file__).parent.parent / CARD).read_text("utf-8")
    for topic in TOPICS.values():
        assert ", ".join(topic) in card
    for name in ("colours", "styles"):
        assert ", ".join(getattr(words(), name)) in card


def test_each_unknown_word_is_named_once_in_the_order_of_the_prompt():
    strange = vocabulary().unknown("A zebra, a dragon and a ZEBRA’s wig")
    assert [unknown.word for unknown in strange] == ["zebra", "dragon", "wig"]


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("sqare", "square"),
        ("yelow", "yellow"),
        ("zebra", "elephant"),
        ("elefant", "elephant"),
        ("watercolours", "watercolour"),
        ("minecraft", "pixel art"),
        ("xylophone", ""),
        ("rose", "flower"),
        ("lemon", "yellow"),
        ("alarm", "alarm clock"),
        ("ice", "ice cream"),
        ("medium", ""),
        ("seven", "four"),
        ("7", "four"),
        ("0", ""),
        ("skecth", "sketch"),
        ("woman", "smiley"),
    ],
)
def test_the_nearest_known_word_is_offered(word: str, near: str):
    (unknown,) = vocabulary().unknown(f"a {word}")
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
        "I'd like someone's alarm clock after sunset, I'm sure you can",
        "a rose pink ice cream and two teddy bears, 16:9",
    ],
)
def test_function_words_fillers_numbers_and_punctuation_are_not_complained_of(prompt: str):
    assert explain_unknown(prompt) == ""


def test_other_scripts_are_unknown_words_too():
    assert "“日本”" in explain_unknown("日本")
    assert "“猫”" in explain_unknown("猫")


@pytest.mark.parametrize(
    ("prompt", "word"), [("a cat, no dog", "no"), ("a tree without leaves", "without"), ("don’t draw a cat", "don't")]
)
def test_what_is_not_wanted_is_sent_to_the_negative_prompt(prompt: str, word: str):
    told = explain_unknown(prompt)
    assert (
        told
        == f"This small model does not understand “{word}”: what is not wanted belongs in the negative prompt (--no)."
    )
    assert "leave out what is not wanted" in explain_unknown(prompt, hears_negatives=False)
    assert explain_unknown("a cat", prompt) == ""


def test_the_negative_prompt_is_read_too():
    assert "“gnomes”" in explain_unknown("a red circle", "gnomes")


def test_a_prompt_without_any_word_is_told():
    assert explain_unknown("🐱🔴") == "This small model reads words, and there are none in this prompt."


def test_suggestions_lead_from_unknown_words_to_known_ones():
    learned, table = vocabulary().learned.union(vocabulary().parts), words()
    for word, meant in words().meant.items():
        assert word not in vocabulary().learned, word
        assert word not in (*table.spoken, *table.filler, *table.denying), word
        assert set(meant.split()) <= learned, meant


def test_neither_words_nor_weights_need_torch():
    code = "import sys, diffusion.mini.vocabulary as v; v.explain_unknown('zebra'); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
