"""What a text encoder must be able to read from a caption: the possible answers, and the true one of a scene."""

from collections.abc import Callable, Mapping

from diffusion.mini.illustrator.colours import COLOURS
from diffusion.mini.illustrator.held import TURNED
from diffusion.mini.illustrator.nouns import NOUNS
from diffusion.mini.illustrator.scene import (
    BACKGROUNDS,
    EXTRAS,
    HOURS,
    LANDS,
    MOST,
    PLACES,
    PLAIN,
    RELATIONS,
    SIZES,
    SPACE,
    STYLES,
    Group,
    Scene,
)

NONE = "-"
NOBODY = Group(NONE, NONE, NONE, 0)


def ordered(scene: Scene) -> tuple[Group, Group, Group]:
    """The groups in the order that any wording tells: from left to right, from top to bottom, else by name."""
    groups = scene.groups
    if scene.relation in TURNED:
        groups = groups[::-1]
    elif not scene.relation:
        groups = tuple(sorted(groups, key=lambda group: (group.noun, group.colour)))
    first, second, third = (*groups, NOBODY, NOBODY, NOBODY)[:3]
    return first, second, third


def relation(scene: Scene) -> str:
    return TURNED.get(scene.relation, scene.relation)


NOUN, COLOUR = (NONE, *NOUNS), (NONE, *COLOURS)
QUESTIONS: Mapping[str, tuple[tuple[object, ...], Callable[[Scene], object]]] = {
    "first noun": (NOUN, lambda scene: ordered(scene)[0].noun),
    "first colour": (COLOUR, lambda scene: ordered(scene)[0].colour),
    "first count": (tuple(range(MOST + 1)), lambda scene: ordered(scene)[0].count),
    "first size": ((NONE, *SIZES), lambda scene: ordered(scene)[0].size),
    "second noun": (NOUN, lambda scene: ordered(scene)[1].noun),
    "second colour": (COLOUR, lambda scene: ordered(scene)[1].colour),
    "second count": ((0, 1, 2), lambda scene: ordered(scene)[1].count),
    "second size": ((NONE, *SIZES), lambda scene: ordered(scene)[1].size),
    "third noun": (NOUN, lambda scene: ordered(scene)[2].noun),
    "third colour": (COLOUR, lambda scene: ordered(scene)[2].colour),
    "place": (("", *PLACES), lambda scene: scene.place),
    "relation": (("", *(name for name in RELATIONS if name not in TURNED)), relation),
    "land": ((*LANDS, SPACE, PLAIN), lambda scene: scene.setting.land),
    "hour": (("", *HOURS), lambda scene: scene.setting.hour),
    "background": (("", *BACKGROUNDS), lambda scene: scene.setting.colour),
    "style": (STYLES, lambda scene: scene.style),
} | {f"with {extra}": ((False, True), lambda scene, extra=extra: extra in scene.extras) for extra in EXTRAS}
