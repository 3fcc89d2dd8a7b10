"""How the model's answers change with guidance, steps, strength, mask and seed."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
from PIL import Image

from . import measure
from .captions import article
from .exam import Marks, Question, adherence
from .judge import Judge, nouns
from .objects import DRAW
from .palette import clash
from .scenes import SIDE
from .studio import Studio

GUIDANCES = (1.0, 2.0, 4.0, 7.0)
STEPS = (4, 8, 20)
STRENGTHS = (0.2, 0.4, 0.6, 0.8)
ALIKE = 8

Sweep = dict[str, Marks]
"""The marks at each setting."""


def by_guidance(studio: Studio, judge: Judge, questions: Sequence[Question]) -> Sweep:
    return {f"{value:g}": answers(replace(studio, guidance=value), judge, questions) for value in GUIDANCES}


def by_steps(studio: Studio, judge: Judge, questions: Sequence[Question]) -> Sweep:
    return {str(count): answers(replace(studio, steps=count), judge, questions) for count in STEPS}


def answers(studio: Studio, judge: Judge, questions: Sequence[Question]) -> Marks:
    made = studio.imagine([asked.prompt for asked in questions], [asked.seed for asked in questions])
    return adherence(questions, made, nouns(judge, made))


def image_to_image(studio: Studio, judge: Judge, questions: Sequence[Question]) -> Sweep:
    """True drawings sent towards the next question's prompt: what is kept and what has come, by strength."""
    sources = [question.drawing() for question in questions]
    wanted = [*questions[1:], questions[0]]
    found = {}
    for strength in STRENGTHS:
        made = studio.redraw([question.prompt for question in wanted], sources, strength, range(len(wanted)))
        found[str(strength)] = {"changed": changed(sources, made), **adherence(wanted, made, nouns(judge, made))}
    return found


def changed(sources: Sequence[Image.Image], made: Sequence[Image.Image]) -> float:
    return float(np.mean([measure.difference(*pair) for pair in zip(sources, made, strict=True)]))


def inpainting(studio: Studio, judge: Judge, questions: Sequence[Question]) -> Marks:
    """The right half of true drawings, whose thing stands on the left, painted anew with the next question's thing.

    “changed outside” is what the left half has lost, and “autoencoder” what coding and decoding alone costs it; the
    other marks tell whether the left thing kept its colour, and what has come on the right.
    """
    kept = [asked for asked in questions if asked.position == "left"]
    pairs = [(asked, other) for asked, other in zip(kept, [*kept[1:], *kept[:1]], strict=True)]
    pairs = [(asked, other) for asked, other in pairs if not clash(other.colour, asked.background)]
    sources, mask = [asked.drawing() for asked, _ in pairs], Image.new("L", (SIDE, SIDE), 0)
    mask.paste(255, (SIDE // 2, 0, SIDE, SIDE))
    prompts = [
        f"{article(f'{other.colour} {other.noun}')} on the right, {asked.background} background"
        for asked, other in pairs
    ]
    made = studio.inpaint(prompts, sources, mask, [asked.seed for asked, _ in pairs])
    before, outside, copies = (halves(some, False) for some in (sources, made, studio.reconstruct(sources)))
    inside = halves(made, True)
    seen = zip(pairs, outside, inside, nouns(judge, inside), strict=True)
    told = [
        (
            measure.thing_colour(left) == asked.colour,
            measure.thing_colour(right) == other.colour,
            noun == other.noun,
        )
        for (asked, other), left, right, noun in seen
    ]
    shares = np.mean(told, axis=0).tolist()
    return {
        "changed outside": changed(before, outside),
        "autoencoder": changed(before, copies),
        **dict(zip(("colour outside", "colour inside", "noun inside"), shares, strict=True)),
    }


def halves(pictures: Sequence[Image.Image], right: bool) -> list[Image.Image]:
    middle = SIDE // 2
    return [picture.crop((middle, 0, SIDE, SIDE) if right else (0, 0, middle, SIDE)) for picture in pictures]


def diversity(studio: Studio, questions: Sequence[Question]) -> Marks:
    """How much pictures of one prompt differ by seed, beside the true drawings, and how often a thing of no named
    colour gets another one than before."""
    asked = [replace(question, seed=seed, position=None) for question in questions for seed in range(ALIKE)]
    made = studio.imagine([question.prompt for question in asked], [question.seed for question in asked])
    drawn = [question.drawing() for question in asked]
    things = list(DRAW)[:: max(1, len(DRAW) // len(questions))][: len(questions)]
    plain = [f"{article(thing)}, grey background" for thing in things for _ in range(ALIKE)]
    coloured = studio.imagine(plain, [*range(ALIKE)] * len(things))
    colours = [measure.thing_colour(picture) for picture in coloured]
    return {
        "differ": unlike(made),
        "drawings differ": unlike(drawn),
        "other colour": float(np.mean([a != b for group in groups(colours) for a, b in combinations(group, 2)])),
    }


def unlike(pictures: Sequence[Image.Image]) -> float:
    """The mean difference of two pictures of one prompt."""
    pairs = [pair for group in groups(pictures) for pair in combinations(group, 2)]
    return float(np.mean([measure.difference(*pair) for pair in pairs]))


def groups(things: Sequence[Any]) -> list[Sequence[Any]]:
    return [things[start : start + ALIKE] for start in range(0, len(things), ALIKE)]
