"""The words that the model knows, and what to say about one that it does not. Knows nothing of pictures or torch.

`words.json` is the one truth: captions are made from its phrases, and every word in them is a known word.
"""

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

Phrases = Mapping[str, list[str]]
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
NEAR = 0.75
"""How alike (difflib's ratio) a known word must be to be offered in place of an unknown one."""


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


@dataclass(frozen=True)
class Unknown:
    """One word that the model does not know, and the known one that may have been meant (empty if none is near)."""

    word: str
    near: str

    def __str__(self) -> str:
        return f"“{self.word}” (nearest: {self.near})" if self.near else f"“{self.word}”"


@cache
def words() -> Words:
    return Words(**json.loads(Path(__file__).with_name("words.json").read_text("utf-8")))


def split(text: str) -> list[str]:
    """The words of a text, in lower case, without punctuation and numbers."""
    found = (word.lower().replace("’", "'").removesuffix("'s") for word in WORD.findall(text))
    return [word for word in found if not any(letter.isdigit() for letter in word)]


SPOKEN = frozenset(
    split(
        "actually again also always any anyway away back because been before being bit both bring bye change cool did "
        "do does done draw drawing each either else enough even ever every everything everyone far few fun get go "
        "going got had hello hers hey hi hmm how however if im image instead it'd it'll keep kind let let's lets lot "
        "lots many maybe more most much must never next now of oh ok okay once other otherwise per perhaps picture "
        "please pls put quick rather same shall should so something soon sort still stuff such sure take tell than "
        "thank thanks their them then they though thx too turn turned try until us use using wanna was well were what "
        "when where which while who why will wish with within yeah yep yes yet your"
    )
)
"""What people say around a wish: it was never learned, changes nothing, and nobody minds."""


def strings(table: object) -> Iterator[str]:
    """Every string in a table of words.json, keys included."""
    match table:
        case str():
            yield table
        case list():
            yield from (text for entry in table for text in strings(entry))
        case dict():
            yield from (text for pair in table.items() for entry in pair for text in strings(entry))


@cache
def learned_words() -> frozenset[str]:
    """The words that a caption can hold: those that training gave a meaning."""
    tables = {name: table for name, table in vars(words()).items() if name not in ("filler", "meant")}
    return frozenset(word for text in strings(tables) if text not in tables for word in split(text))


def unknown_words(prompt: str) -> list[Unknown]:
    """The words of a prompt that mean nothing to the model, in their order, each once."""
    known = learned_words() | SPOKEN | set(words().filler)
    strange = dict.fromkeys(word for word in split(prompt) if word not in known and len(word) > 1)
    return [Unknown(word, nearest(word)) for word in strange]


def nearest(word: str) -> str:
    """The known word that may have been meant: by meaning if the table has one, else by spelling."""
    if meant := words().meant.get(word):
        return meant
    telling = sorted(known for known in learned_words() - set(words().filler) if len(known) > 2)
    return next(iter(difflib.get_close_matches(word, telling, n=1, cutoff=NEAR)), "")


def explain_unknown(prompt: str, negative: str = "") -> str:
    """What to tell the person about words that mean nothing to the model; empty if all of them do. Which ones do is
    `known_words_sentence`."""
    if strange := unknown_words(f"{prompt} {negative}"):
        return f"This small model does not know {listed(strange, 'or')}."
    if prompt.strip() and not split(prompt):
        return "This small model reads words, and there are none in this prompt."
    return ""


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


def listed(entries: Iterable[object], last: str = "and") -> str:
    """“a, b and c”."""
    *first, end = [str(entry) for entry in entries]
    return f"{', '.join(first)} {last} {end}" if first else end
