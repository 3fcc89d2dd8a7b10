"""What to say about words that the built-in model does not know. Knows nothing of pictures or torch.

All words are those of words.json: captions are made from its phrases, and every word in them is a known word. One that
stands only in names of several words ("alarm clock", "lemon yellow") is known in such a name alone.
"""

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from .words import Words, names_of, words

FRACTION = re.compile(r"\d+(?:[.,:/]\d+)+")
GAP = re.compile(r"\{\w*\}")
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
NEAR = 0.75
"""How alike (difflib's ratio) a known word must be to be offered in place of an unknown one."""
ANSWERS = ("filler", "spoken", "denying", "meant")
"""The tables of words.json of which no caption is made."""
EXAMPLES = ("star", "tree", "cat", "boat", "castle", "moon", "apple", "robot")
NEGATIVES = {
    True: "what is not wanted belongs in the negative prompt (--no)",
    False: "leave out what is not wanted; its four-step form hears no negative prompt, the other does",
}
CARD = "diffusion/mini/README.md"
"""Where all things, colours and styles stand; their synonyms stand in words.json beside it."""


@dataclass(frozen=True)
class Unknown:
    """One word that the model does not know, and the known one that may have been meant (empty if none is near)."""

    word: str
    near: str

    def __str__(self) -> str:
        return f"“{self.word}” (nearest: {self.near})" if self.near else f"“{self.word}”"


@dataclass(frozen=True)
class Vocabulary:
    """The words that the model has learned."""

    tables: Words

    @cached_property
    def phrases(self) -> frozenset[str]:
        """All that captions are put together from, in lower case."""
        tables = {name: table for name, table in vars(self.tables).items() if name not in ANSWERS}
        names = (
            *self.tables.nouns,
            *self.tables.colours,
            *(name for also in self.tables.also.values() for name in also),
        )
        return frozenset(text.lower() for text in (*names, *strings(tables)))

    @cached_property
    def names(self) -> dict[str, str]:
        """Things and colours of several words, each with the one that a person is told."""
        of_things = {form: noun for noun in self.tables.nouns for forms in names_of(noun) for form in forms}
        of_colours = {form: form for name, others in self.tables.colours.items() for form in (name, *others)}
        found = {**of_things, **of_colours, **{name: name for name in self.tables.plain_colours}}
        return {form: told for form, told in found.items() if " " in form}

    @cached_property
    def learned(self) -> frozenset[str]:
        """The words that training gave a meaning by themselves."""
        return frozenset(word for text in self.phrases - self.names.keys() for word in split(text))

    @cached_property
    def parts(self) -> dict[str, str]:
        """A word that is known only in names of several words -> the first of those."""
        found = ((word, name) for name in reversed(self.names) for word in split(name))
        return {word: name for word, name in found if word not in self.learned}

    def unknown(self, prompt: str) -> list[Unknown]:
        """The words of a prompt that mean nothing to the model, in their order, each once."""
        text = " ".join(split(prompt))
        for name in sorted(self.names, key=len, reverse=True):
            text = re.sub(rf"\b{name}\b", "", text)
        known = self.learned.union(self.tables.filler, self.tables.spoken, self.tables.denying)
        strange = dict.fromkeys(word for word in text.split() if word not in known and (len(word) > 1 or telling(word)))
        return [Unknown(word, self.nearest(word)) for word in strange]

    def nearest(self, word: str) -> str:
        """The known word that may have been meant: by meaning if a table has one, else by spelling."""
        if meant := self.tables.meant.get(word) or self.parts.get(word):
            return meant
        if word.isdecimal() and 0 < int(word) < 100:
            return list(self.tables.counts.values())[-1][0]
        near = sorted(known for known in self.learned - set(self.tables.filler) if len(known) > 2)
        return next(iter(difflib.get_close_matches(word, near, n=1, cutoff=NEAR)), "")

    def explain_unknown(self, prompt: str, negative: str = "", *, hears_negatives: bool = True) -> str:
        """What to tell the person about words that mean nothing to the model; empty if there are none."""
        said = split(prompt)
        if prompt.strip() and not said:
            return "This small model reads words, and there are none in this prompt."
        told = []
        if strange := self.unknown(f"{prompt} {negative}"):
            told.append(f"This small model does not know {listed(strange, 'or')}.")
        if denying := next((word for word in said if word in self.tables.denying), ""):
            told.append(f"This small model does not understand “{denying}”: {NEGATIVES[hears_negatives]}.")
        return " ".join(told)


def split(text: str) -> list[str]:
    """The words and whole numbers of a text, in lower case, without punctuation; fractions and “4k” are left out."""
    found = (word.lower().replace("’", "'").removesuffix("'s") for word in WORD.findall(FRACTION.sub(" ", text)))
    return [word for word in found if word.isdecimal() or not any(letter.isdigit() for letter in word)]


def telling(letter: str) -> bool:
    """Whether a single one says something: a number, or a word of a script that writes words so."""
    return letter.isdigit() or not letter.isascii()


def strings(table: object) -> Iterator[str]:
    """Every string in a table of words.json, without the gaps that others are put into; no keys."""
    match table:
        case str():
            yield GAP.sub(" ", table)
        case list():
            yield from (text for entry in table for text in strings(entry))
        case dict():
            yield from (text for entry in table.values() for text in strings(entry))


def listed(entries: Iterable[object], last: str = "and") -> str:
    """“a, b and c”."""
    *first, end = [str(entry) for entry in entries]
    return f"{', '.join(first)} {last} {end}" if first else end


@cache
def vocabulary() -> Vocabulary:
    return Vocabulary(words())


def explain_unknown(prompt: str, negative: str = "", *, hears_negatives: bool = True) -> str:
    """What to tell the person about words that mean nothing to the built-in model; empty if there are none. Which ones
    mean something is told by `known_words_sentence`."""
    return vocabulary().explain_unknown(prompt, negative, hears_negatives=hears_negatives)


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
        f"with {listed(extras, 'or')}; in the style of {listed(styles, 'or')}. "
        f"`/help` lists them all, and so does {CARD}."
    )
