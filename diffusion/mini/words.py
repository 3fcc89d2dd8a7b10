"""The words of captions, from words.json, which is the one truth. Knows nothing of pictures or torch."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .vocabulary import Phrases, Vocabulary, listed

EXAMPLES = ("star", "tree", "cat", "boat", "castle", "moon", "apple", "robot")
CARD = "diffusion/mini/README.md"
"""Where all the words stand."""


@dataclass(frozen=True)
class Words:
    """The tables of words.json; those of the captions first, then those that only help in answering a person."""

    nouns: Phrases  # the singular and its plural
    also: Mapping[str, Mapping[str, str]]  # the noun, and its synonyms with their plurals
    colours: Phrases  # the colour and its synonyms
    plain_colours: list[str]
    extras: Phrases
    sizes: Phrases
    counts: Phrases
    positions: Phrases
    relations: Phrases
    settings: Phrases
    hours: Phrases
    sunny: list[str]
    plain: list[str]
    styles: Mapping[str, Phrases]  # what stands before and after the rest of the caption
    empty: list[str]
    before: list[str]
    after: list[str]
    joining: list[str]
    filler: list[str]  # changes nothing, and nobody minds
    meant: Mapping[str, str]  # an unknown word -> the known one that comes nearest in meaning


@cache
def words() -> Words:
    return Words(**json.loads(Path(__file__).with_name("words.json").read_text("utf-8")))


@cache
def names_of(noun: str) -> tuple[tuple[str, str], ...]:
    """(singular, plural) of the noun and of each of its synonyms."""
    table = words()
    return ((noun, table.nouns[noun][0]), *table.also.get(noun, {}).items())


@cache
def vocabulary() -> Vocabulary:
    return Vocabulary(words())


def explain_unknown(prompt: str, negative: str = "") -> str:
    """What to tell the person about words that mean nothing to the model; empty if all of them do. Which ones do is
    `known_words_sentence`."""
    return vocabulary().explain_unknown(prompt, negative)


def known_words_sentence() -> str:
    """Short enough for a chat: the kinds of words with examples, and where to read the rest."""
    table = words()
    sizes = [phrases[0] for phrases in table.sizes.values() if phrases]
    lands, hours = ([phrases[0] for phrases in phrases_of.values()] for phrases_of in (table.settings, table.hours))
    extras = [phrases[0] for phrases in table.extras.values()]
    styles = [style for style in table.styles if style != "flat"]
    return (
        f"It knows {len(table.nouns)} things ({listed(EXAMPLES)} are some) in {len(table.colours)} colours; "
        f"{listed(sizes, 'or')}; one to {list(table.counts.values())[-1][0]}; on the left, above, behind, between …; "
        f"{listed(lands, 'or')}, {listed(hours, 'or')}, or on a plain background; "
        f"with {listed(extras, 'or')}; in the style of {listed(styles, 'or')}. All its words stand in {CARD}."
    )
