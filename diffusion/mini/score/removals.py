"""What a negative prompt is to take away: mostly what the prompt itself asks for, which is the harder part."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from diffusion.mini.illustrator.atmosphere import LIGHTS, SCENERY
from diffusion.mini.illustrator.captions import article
from diffusion.mini.illustrator.colours import COLOURS
from diffusion.mini.illustrator.nouns import NOUNS
from diffusion.mini.illustrator.scene import Group, Scene, Setting
from diffusion.mini.words import words

from . import measure, recogniser
from .questions import Question, plainly, several

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
BACKGROUNDS = ("white", "light green", "black")


@dataclass(frozen=True)
class Removal:
    """A picture from which a negative prompt is to take something away."""

    prompt: str
    seed: int
    seen: Callable[[Image.Image], str]
    """What of the picture the negative prompt is to name; empty where it is not there."""
    kept: Callable[[Image.Image], bool]
    """Whether the rest of what was asked for is still there, so that an empty picture is no removal."""


def removals(every: int = 1) -> dict[str, Sequence[Removal]]:
    """By what is to go; of each kind one in so many."""
    kinds = {
        "extra": extras(),
        "style": [Removal(one.prompt, one.seed, named_style, shows_a_thing) for one in several(16, "style")],
        "colour": [Removal(one.prompt, one.seed, measure.thing_colour, shows_a_thing) for one in several(16, "colour")],
        "thing": [Removal(one.prompt, one.seed, second_of(one), first_of(one)) for one in several(16, "binding")],
        "own colour": own_colours(),
    }
    return {name: some[::every] for name, some in kinds.items()}


def extras() -> list[Removal]:
    """The sun, the moon or clouds beside a thing."""
    asked = [
        (what, Scene(4_000 + number, Setting(land, hour), (Group(noun, colour),), extras=(what,)))
        for number, (land, (noun, colour)) in enumerate(zip(("meadow", "desert") * 3, THINGS, strict=True))
        for what, hour in (("sun", "day"), ("moon", "night"), ("clouds", "day"))
    ]
    return [
        Removal(f"{plainly(scene)} with {words().extras[what][0]}", scene.seed, extra(what), is_still(scene.setting))
        for what, scene in asked
    ]


def extra(what: str) -> Callable[[Image.Image], str]:
    return lambda picture: words().extras[what][0] if in_the_sky(picture, what) else ""


def in_the_sky(picture: Image.Image, what: str) -> bool:
    """Whether the sun, the moon or a cloud is seen in a landscape by day or, the moon, at night."""
    sky = np.asarray(picture.convert("RGB")).astype(int)[: round(picture.height * SKY)]
    alike = np.abs(sky - np.array(IN_THE_SKY[what])).max(axis=-1) < NEAR
    return bool(alike.sum() / (picture.width * picture.height) > LEAST)


def named_style(picture: Image.Image) -> str:
    """The style that is seen, unless it is the one that goes without saying."""
    return recogniser.style_of(picture).replace("flat", "")


def second_of(question: Question) -> Callable[[Image.Image], str]:
    """The second of two things, by its colour."""
    _, thing = question.scene.groups
    return lambda picture: article(thing.noun) if measure.has(picture, thing.colour) else ""


def first_of(question: Question) -> Callable[[Image.Image], bool]:
    """Whether the first of two things is there, by its colour."""
    thing, _ = question.scene.groups
    return lambda picture: measure.has(picture, thing.colour)


def shows_a_thing(picture: Image.Image) -> bool:
    return bool(measure.thing_colour(picture))


def is_still(setting: Setting) -> Callable[[Image.Image], bool]:
    """Whether the land is the same; the hour may go with the moon."""
    return lambda picture: recogniser.setting_of(picture).land == setting.land


def own_colours() -> list[Removal]:
    """The colour that a thing gets when none is asked for."""
    nouns = [noun for noun in NOUNS if set(NOUNS[noun].usual) < set(COLOURS)][::5]
    return [
        Removal(
            f"{article(noun)}, {BACKGROUNDS[number % 3]} background",
            5_000 + number,
            measure.thing_colour,
            shows_a_thing,
        )
        for number, noun in enumerate(nouns)
    ]
