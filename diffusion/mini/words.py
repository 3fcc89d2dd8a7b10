"""The words of the shipped model, from words.json. Knows nothing of pictures or torch."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .vocabulary import Phrases, Vocabulary, listed


@dataclass(frozen=True)
class Words:
    """The tables of words.json; those of the captions first, then those that only help in answering a person."""

    nouns: Phrases  # the singular and its plural
    extras: Mapping[str, str]
    sizes: Phrases
    counts: Mapping[str, str]
    positions: Phrases
    relations: Phrases
    settings: Phrases
    plain: list[str]
    empty: list[str]
    before: list[str]
    after: list[str]
    colours: list[str]
    plain_colours: list[str]
    joining: list[str]
    filler: list[str]  # changes nothing, and nobody minds
    meant: Mapping[str, str]  # an unknown word -> the known one that comes nearest in meaning


@cache
def words() -> Words:
    return Words(**json.loads(Path(__file__).with_name("words.json").read_text("utf-8")))


@cache
def vocabulary() -> Vocabulary:
    return Vocabulary(words())


def explain_unknown(prompt: str, negative: str = "") -> str:
    """What to tell the person about words that mean nothing to the model; empty if all of them do. Which ones do is
    `known_words_sentence`."""
    return vocabulary().explain_unknown(prompt, negative)


def known_words_sentence() -> str:
    table = words()
    places = [table.positions[place][0] for place in ("left", "right", "top", "bottom", "center")]
    settings = [phrases[0] for phrases in table.settings.values()]
    sizes = [phrases[0] for phrases in table.sizes.values() if phrases]
    return (
        f"It knows: {listed(table.nouns)} in {listed(table.colours)}; {listed(sizes, 'or')}; one, two or three; "
        f"{listed(places, 'or')}; on a plain background, {listed(settings, 'or')}; "
        f"with {listed(table.extras.values(), 'or')}."
    )
