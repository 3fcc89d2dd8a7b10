"""Every noun of the illustrator, by topic. The order is part of the data: held-out combinations are counted from it."""

from functools import cache

from . import animals, belongings, buildings, faces, food, plants, sea_animals, shapes, sky, vehicles
from .figure import Figure, Part, bounds, fitted
from .noun import Noun

TOPICS: dict[str, dict[str, Noun]] = {
    topic.__name__.rpartition(".")[2]: topic.NOUNS
    for topic in (shapes, plants, animals, sea_animals, vehicles, buildings, sky, food, faces, belongings)
}
NOUNS: dict[str, Noun] = {name: noun for topic in TOPICS.values() for name, noun in topic.items()}


@cache
def parts_of(noun: str) -> tuple[Part, ...]:
    """The noun's parts about (0, 0); the longer half-side of their box is 1."""
    figure = Figure()
    NOUNS[noun].draw(figure)
    return fitted(figure.parts)


@cache
def half_sides(noun: str) -> tuple[float, float]:
    """Half the width and half the height of the noun's box; the longer of them is 1."""
    _, _, right, bottom = bounds(parts_of(noun))
    return right, bottom


@cache
def fine_parts_of(noun: str) -> tuple[Part, ...]:
    """The same with points close enough to bend straight edges."""
    return tuple(part.finer(0.16) for part in parts_of(noun))
