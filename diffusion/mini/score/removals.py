"""What a negative prompt is to take away: what comes unasked, and to compare what the prompt itself asks for.

Guidance leads from what the negative prompt foresees to what the prompt foresees, and beyond: where both foresee a sun,
it stays. So the last kind tells a limit of guidance, not of the model.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from diffusion.mini.illustrator import seeds
from diffusion.mini.illustrator.atmosphere import LIGHTS, SCENERY
from diffusion.mini.illustrator.captions import article
from diffusion.mini.illustrator.colours import COLOURS
from diffusion.mini.illustrator.nouns import NOUNS
from diffusion.mini.illustrator.scene import Group, Scene, Setting
from diffusion.mini.words import words

from . import measure, recogniser
from .questions import backgrounds_for, plainly

SKY, LEAST, NEAR = 0.45, 0.008, 45
"""The upper part of a landscape, the share of the picture that is enough, and how near a colour must be."""
IN_THE_SKY = {"sun": LIGHTS["sun"], "moon": LIGHTS["moon"], "clouds": SCENERY["cloud"]}
THINGS = (
    ("car", "red"),
    ("tulip", "purple"),
    ("house", "red"),
    ("rabbit", "purple"),
    ("tent", "red"),
    ("bear", "purple"),
)


@dataclass(frozen=True)
class Removal:
    """A picture from which a negative prompt is to take something away."""

    prompt: str
    seed: int
    noun: str
    """What is asked for and must be seen before and after, so that an empty picture is no removal."""
    seen: Callable[[Image.Image], str]
    """What of the picture the negative prompt is to name; empty where it is not there."""
    kept: Callable[[Image.Image], bool]
    """Whether the rest, the noun aside, is as it was asked for."""


def removals(every: int = 1) -> dict[str, Sequence[Removal]]:
    """By what is to go; of each kind one in so many."""
    kinds = {
        "extra": extras(asked=False),
        "colour": colours(own=False),
        "own colour": colours(own=True),
        "extra that is asked for": extras(asked=True),
    }
    return {name: some[::every] for name, some in kinds.items()}


def extras(asked: bool) -> list[Removal]:
    """The sun, the moon or clouds beside a thing; unasked they come in some of the pictures."""
    seeds_each = 1 if asked else 4
    scenes = [
        (what, Scene(seeds.EXAM + 1_000_000 + number * seeds_each + seed, Setting(land, hour), (Group(noun, colour),)))
        for number, (land, (noun, colour)) in enumerate(zip(("meadow", "desert") * 3, THINGS, strict=True))
        for what, hour in (("sun", "day"), ("moon", "night"), ("clouds", "day"))
        for seed in range(seeds_each)
    ]
    return [
        Removal(
            plainly(scene) + (f" with {words().extras[what][0]}" if asked else ""),
            scene.seed,
            scene.groups[0].noun,
            extra(what),
            is_still(scene.setting),
        )
        for what, scene in scenes
    ]


def extra(what: str) -> Callable[[Image.Image], str]:
    return lambda picture: words().extras[what][0] if in_the_sky(picture, what) else ""


def in_the_sky(picture: Image.Image, what: str) -> bool:
    """Whether the sun, the moon or a cloud is seen in a landscape by day or, the moon, at night."""
    sky = np.asarray(picture.convert("RGB")).astype(int)[: round(picture.height * SKY)]
    alike = np.abs(sky - np.array(IN_THE_SKY[what])).max(axis=-1) < NEAR
    return bool(alike.sum() / (picture.width * picture.height) > LEAST)


def is_still(setting: Setting) -> Callable[[Image.Image], bool]:
    """Whether the land is the same; the hour may go with the moon."""
    return lambda picture: recogniser.setting_of(picture).land == setting.land


def colours(own: bool) -> list[Removal]:
    """The colour that a thing has by itself, or that one of many colours happens to get, named alone."""
    nouns = [noun for noun in NOUNS if (len(NOUNS[noun].usual) == 1) == own]
    return [
        Removal(
            f"{article(noun)}, {ground(noun, number)} background",
            seeds.EXAM + 2_000_000 + number,
            noun,
            colour_among(NOUNS[noun].usual if own else tuple(COLOURS)),
            stands_before(ground(noun, number)),
        )
        for number, noun in enumerate(nouns[:: 1 if own else 3])
    ]


def ground(noun: str, number: int) -> str:
    """A background on which the noun is seen well in every colour that it has by itself; any where it has too many."""
    free = backgrounds_for(*(Group(noun, colour) for colour in NOUNS[noun].usual)) or backgrounds_for()
    return free[number % len(free)].colour


def stands_before(background: str) -> Callable[[Image.Image], bool]:
    return lambda picture: measure.background_of(picture) == background


def colour_among(colours: Collection[str]) -> Callable[[Image.Image], str]:
    return lambda picture: colour if (colour := measure.thing_colour(picture)) in colours else ""
