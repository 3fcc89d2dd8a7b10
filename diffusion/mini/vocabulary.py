"""What to say about words that a model does not know. Knows no words of its own, nothing of pictures or torch.

The words are those of a drawing code's `words.json`, which is the one truth: captions are made from its phrases, and
every word in them is a known word.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

Phrases = Mapping[str, list[str]]
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
NEAR = 0.75
"""How alike (difflib's ratio) a known word must be to be offered in place of an unknown one."""


class Tables(Protocol):
    """A dataclass of tables of words; all but these two hold what captions are made of."""

    @property
    def filler(self) -> list[str]: ...  # changes nothing, and nobody minds
    @property
    def meant(self) -> Mapping[str, str]: ...  # an unknown word -> the known one that comes nearest in meaning


@dataclass(frozen=True)
class Unknown:
    """One word that the model does not know, and the known one that may have been meant (empty if none is near)."""

    word: str
    near: str

    def __str__(self) -> str:
        return f"“{self.word}” (nearest: {self.near})" if self.near else f"“{self.word}”"


@dataclass(frozen=True)
class Vocabulary:
    """The words that a model has learned."""

    tables: Tables

    @cached_property
    def learned(self) -> frozenset[str]:
        """The words that a caption can hold: those that training gave a meaning."""
        tables = {name: table for name, table in vars(self.tables).items() if name not in ("filler", "meant")}
        return frozenset(word for text in strings(tables) if text not in tables for word in split(text))

    def unknown(self, prompt: str) -> list[Unknown]:
        """The words of a prompt that mean nothing to the model, in their order, each once."""
        known = self.learned | SPOKEN | set(self.tables.filler)
        strange = dict.fromkeys(word for word in split(prompt) if word not in known and len(word) > 1)
        return [Unknown(word, self.nearest(word)) for word in strange]

    def nearest(self, word: str) -> str:
        """The known word that may have been meant: by meaning if the table has one, else by spelling."""
        if meant := self.tables.meant.get(word):
            return meant
        telling = sorted(known for known in self.learned - set(self.tables.filler) if len(known) > 2)
        return next(iter(difflib.get_close_matches(word, telling, n=1, cutoff=NEAR)), "")

    def explain_unknown(self, prompt: str, negative: str = "") -> str:
        """What to tell the person about words that mean nothing to the model; empty if all of them do."""
        if strange := self.unknown(f"{prompt} {negative}"):
            return f"This small model does not know {listed(strange, 'or')}."
        if prompt.strip() and not split(prompt):
            return "This small model reads words, and there are none in this prompt."
        return ""


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


def listed(entries: Iterable[object], last: str = "and") -> str:
    """“a, b and c”."""
    *first, end = [str(entry) for entry in entries]
    return f"{', '.join(first)} {last} {end}" if first else end
