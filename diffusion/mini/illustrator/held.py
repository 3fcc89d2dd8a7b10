"""The combinations that training never sees, so that the score can ask for them. Rules, not lists, and tested."""

import zlib
from collections.abc import Sequence

from .colours import COLOURS
from .nouns import NOUNS
from .scene import STYLES, Group, Scene

ORDER = {noun: number for number, noun in enumerate(NOUNS)}
TURNED = {"right": "left", "below": "above"}
"""Relations that say the same as another with the two sides exchanged."""
ONE_IN = 16


def held_colour(noun: str) -> str:
    """The one colour in which the noun is never drawn for training: never one that it has by itself."""
    free = [colour for colour in COLOURS if colour not in NOUNS[noun].usual]
    return free[ORDER[noun] * 5 % len(free)]


def held_style(noun: str) -> str:
    """The one style, other than flat, in which the noun is never drawn for training."""
    return STYLES[1 + ORDER[noun] % (len(STYLES) - 1)]


def is_held_pair(first: str, relation: str, second: str) -> bool:
    """Whether two nouns never stand in this relation; what says the same the other way round is the same."""
    if relation in TURNED:
        first, relation, second = second, TURNED[relation], first
    return zlib.crc32(f"{first} {relation} {second}".encode()) % ONE_IN == 0


def held_in(scene: Scene) -> frozenset[str]:
    """Which of “colour”, “style” and “relation” make this a scene that training never sees."""
    held = {
        "colour": any(group.colour == held_colour(group.noun) for group in scene.groups),
        "style": any(scene.style == held_style(group.noun) for group in scene.groups),
        "relation": any(is_held_pair(*pair) for pair in related(scene.groups, scene.relation)),
    }
    return frozenset(name for name, is_held in held.items() if is_held)


def related(groups: Sequence[Group], relation: str) -> list[tuple[str, str, str]]:
    """(noun, relation, noun) for the first group and each of the others."""
    return [(groups[0].noun, relation, other.noun) for other in groups[1:]] if relation else []
