"""All that the built-in model knows, for a person to read: a line for each kind of words."""

from collections.abc import Iterator

from .illustrator.nouns import TOPICS
from .words import words


def lexicon() -> Iterator[tuple[str, list[str]]]:
    """The kind of words, and the usual ones of it; their synonyms stand in words.json."""
    table = words()
    yield from ((name.replace("_", " "), list(topic)) for name, topic in TOPICS.items())
    yield "colours", list(table.colours)
    yield (
        "sizes and counts",
        [*(phrases[0] for phrases in table.sizes.values() if phrases), "one", "two", "three", "four"],
    )
    yield "places", [phrases[0] for phrases in table.positions.values()]
    yield (
        "how two stand",
        [phrases[0].replace("{0}", "").replace("{1}", "").strip() for name, phrases in table.relations.items() if name],
    )
    yield "where and when", [phrases[0] for kinds in (table.settings, table.hours) for phrases in kinds.values()]
    yield "also", [f"with {phrases[0]}" for phrases in table.extras.values()]
    yield "styles", list(table.styles)
