"""What the built-in model says about words that it does not know."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from diffusion.mini.captions import caption
from diffusion.mini.illustrator import words as illustrator
from diffusion.mini.illustrator.captions import caption as illustrator_caption
from diffusion.mini.illustrator.lot import scene_of
from diffusion.mini.illustrator.nouns import NOUNS, TOPICS
from diffusion.mini.objects import DRAW
from diffusion.mini.palette import COLOURS, PLAIN
from diffusion.mini.scenes import PLACES, RADII, sample_scene
from diffusion.mini.vocabulary import SPOKEN, Vocabulary
from diffusion.mini.words import explain_unknown, known_words_sentence, vocabulary, words

VOCABULARIES = {"shipped": vocabulary(), "next": illustrator.vocabulary()}


@pytest.fixture(params=list(VOCABULARIES))
def known(request: pytest.FixtureRequest) -> Vocabulary:
    return VOCABULARIES[request.param]


def test_every_caption_is_made_of_known_words():
    for seed in range(3000):
        text = caption(sample_scene(seed, held=seed % 2 == 0), random.Random(seed))
        assert not vocabulary().unknown(text), text
        text = illustrator_caption(scene_of(seed), random.Random(seed))
        assert not illustrator.vocabulary().unknown(text), text


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


def test_eighty_things_are_not_listed_in_a_chat_but_where_they_stand_is_said():
    sentence = illustrator.known_words_sentence()
    assert len(sentence) < 500
    assert f"{len(NOUNS)} things (star, tree, cat" in sentence
    assert set(illustrator.EXAMPLES) <= set(NOUNS)
    assert "one to four" in sentence
    assert sentence.endswith(f"All its words stand in {illustrator.CARD}.")


def test_all_the_words_stand_where_the_sentence_says():
    card = (Path(__file__).parent.parent / illustrator.CARD).read_text("utf-8")
    for topic in TOPICS.values():
        assert ", ".join(topic) in card
    for name in ("colours", "styles"):
        assert ", ".join(getattr(illustrator.words(), name)) in card


def test_each_unknown_word_is_named_once_in_the_order_of_the_prompt(known: Vocabulary):
    strange = known.unknown("A zebra, a dragon and a ZEBRA’s wig")
    assert [unknown.word for unknown in strange] == ["zebra", "dragon", "wig"]


@pytest.mark.parametrize(
    ("of", "word", "near"),
    [
        ("shipped", "sqare", "square"),
        ("shipped", "ship", "boat"),
        ("shipped", "yelow", "yellow"),
        ("shipped", "gray", "grey"),
        ("shipped", "zebra", ""),
        ("next", "zebra", "elephant"),
        ("next", "elefant", "elephant"),
        ("next", "watercolours", "watercolour"),
        ("next", "minecraft", "pixel art"),
        ("next", "xylophone", ""),
    ],
)
def test_the_nearest_known_word_is_offered(of: str, word: str, near: str):
    (unknown,) = VOCABULARIES[of].unknown(f"a {word}")
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
def test_function_words_fillers_numbers_and_punctuation_are_not_complained_of(prompt: str, known: Vocabulary):
    assert known.explain_unknown(prompt) == ""


def test_other_scripts_are_unknown_words_too(known: Vocabulary):
    assert "“日本”" in known.explain_unknown("日本")


def test_the_negative_prompt_is_read_too(known: Vocabulary):
    assert "“gnomes”" in known.explain_unknown("a red circle", "gnomes")


def test_a_prompt_without_any_word_is_told(known: Vocabulary):
    assert known.explain_unknown("🐱🔴") == "This small model reads words, and there are none in this prompt."


def test_suggestions_lead_from_unknown_words_to_known_ones(known: Vocabulary):
    for word, meant in known.tables.meant.items():
        assert word not in known.learned, word
        assert word not in SPOKEN.union(known.tables.filler), word
        assert set(meant.split()) <= known.learned, meant


def test_neither_words_nor_weights_need_torch():
    code = "import sys, diffusion.mini.words as v; v.explain_unknown('zebra'); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
