"""The words of captions, from words.json, which is the one truth. Knows nothing of pictures or torch."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

Phrases = Mapping[str, list[str]]


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
    filler: list[str]  # stands in prompts everywhere; changes nothing, and nobody minds
    spoken: list[str]  # what people say around a wish; likewise
    denying: list[str]  # says that something is not wanted, which a prompt cannot say
    meant: Mapping[str, str]  # an unknown word -> the known one that comes nearest in meaning


@cache
def words() -> Words:
    return Words(**json.loads(Path(__file__).with_name("words.json").read_text("utf-8")))


@cache
def names_of(noun: str) -> tuple[tuple[str, str], ...]:
    """(singular, plural) of the noun and of each of its synonyms."""
    table = words()
    return ((noun, table.nouns[noun][0]), *table.also.get(noun, {}).items())
