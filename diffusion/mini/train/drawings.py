"""The drawing codes that a model can be trained on. The one file of training that knows any of them.

Everything else reads the arrays that `data.py` makes with them.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from PIL import Image

from diffusion.mini.backgrounds import SETTINGS
from diffusion.mini.captions import caption, fragment
from diffusion.mini.illustrator import captions as illustrator_captions
from diffusion.mini.illustrator import lessons as illustrator_lessons
from diffusion.mini.illustrator.drawing import draw
from diffusion.mini.illustrator.lot import scene_of
from diffusion.mini.illustrator.questions import QUESTIONS
from diffusion.mini.illustrator.words import words as illustrator_words
from diffusion.mini.objects import DRAW
from diffusion.mini.palette import COLOURS, PLAIN
from diffusion.mini.scenes import PLACES, RADII, SIDE, Kind, Scene, render, sample_scene
from diffusion.mini.words import words
from diffusion.request import Told

from .lessons import ANSWERS, lesson

Size = tuple[int, int]
"""Width and height in pixels."""
Questions = Mapping[str, tuple[tuple[object, ...], Callable[[Any], object]]]
"""What the text encoder must be able to read from a caption: the possible answers, and the true one of a scene."""


@dataclass(frozen=True)
class Drawing:
    scene: Callable[[int], Any]
    """The scene of a seed; never a combination that the score asks for."""
    render: Callable[[Any, Size], Image.Image]
    caption: Callable[[Any, random.Random, bool], str]
    """One wording of the scene; plain leaves out what people put before and after."""
    fragment: Callable[[Any, random.Random], str]
    """One part of the scene alone, as a negative prompt names it."""
    questions: Questions
    fillers: tuple[str, ...]
    """Words that people write and no caption holds, so that the tokenizer does not break them into bytes."""
    answers: tuple[str, ...]
    """What the judge tells apart."""
    lesson: Callable[[int], tuple[Image.Image, str]]
    """A picture of the judge, and its answer."""


def square(scene: Scene, size: Size) -> Image.Image:
    """The first drawing code paints squares of 128 pixels, which are made smaller or larger."""
    if size[0] != size[1]:
        raise Told("The drawing “scenes” makes squares only; take the other buckets out of the recipe.")
    return render(scene) if size == (SIDE, SIDE) else render(scene).resize(size, Image.Resampling.LANCZOS)


def leading(scene: Scene) -> list[tuple[str, str]]:
    """(noun, colour) of the things, from left to right or from top to bottom; “-” where there is none."""
    down = scene.relation in ("above", "below")
    ordered = sorted(scene.things, key=lambda thing: thing.y if down else thing.x) if scene.relation else scene.things
    shown = ordered if scene.relation else ordered[:1]
    return [(thing.noun, thing.colour) for thing in shown] + [("-", "-")] * (2 - len(shown))


SCENES = Drawing(
    scene=sample_scene,
    render=square,
    caption=lambda scene, rng, plain: caption(scene, rng, plain=plain),
    fragment=fragment,
    questions={
        "first noun": (("-", *DRAW), lambda scene: leading(scene)[0][0]),
        "first colour": (("-", *COLOURS), lambda scene: leading(scene)[0][1]),
        "second noun": (("-", *DRAW), lambda scene: leading(scene)[1][0]),
        "second colour": (("-", *COLOURS), lambda scene: leading(scene)[1][1]),
        "background": ((*PLAIN, *SETTINGS), lambda scene: scene.background),
        "position": ((None, *PLACES), lambda scene: scene.position),
        "kind": (get_args(Kind), lambda scene: scene.kind),
        "count": ((0, 1, 2, 3), lambda scene: len(scene.things)),
        "size": (tuple(RADII), lambda scene: scene.size),
        "relation": ((False, True, None), lambda scene: scene.relation and scene.relation in ("above", "below")),
    },
    fillers=(*words().filler, *words().meant),
    answers=ANSWERS,
    lesson=lesson,
)

ILLUSTRATOR = Drawing(
    scene=scene_of,
    render=lambda scene, size: draw(scene, size).picture,
    caption=lambda scene, rng, plain: illustrator_captions.caption(scene, rng, plain=plain),
    fragment=illustrator_captions.fragment,
    questions=QUESTIONS,
    fillers=(*illustrator_words().filler, *illustrator_words().meant),
    answers=illustrator_lessons.ANSWERS,
    lesson=illustrator_lessons.lesson,
)

DRAWINGS: Mapping[str, Drawing] = {"scenes": SCENES, "illustrator": ILLUSTRATOR}


def drawing_of(name: str) -> Drawing:
    if name not in DRAWINGS:
        raise Told(f"There is no drawing “{name}”; there are: {', '.join(DRAWINGS)}.")
    return DRAWINGS[name]
