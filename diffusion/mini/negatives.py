"""How often a negative prompt takes away what it names."""

from collections.abc import Sequence

import numpy as np

from . import measure
from .captions import article
from .exam import Marks
from .objects import DRAW
from .studio import Studio


def negative_thing(studio: Studio, count: int) -> Marks:
    """How often a sun or a moon that is asked for is seen, and how often a negative prompt takes it away."""
    asked = [("sun", "on a sunny day"), ("moon", "at night")]
    cases = [
        (what, f"{article(f'{colour} {noun}')} {where} with a {what}")
        for what, where in asked
        for colour, noun in (("red", "car"), ("blue", "flower"), ("purple", "mushroom"), ("pink", "heart"))
    ] * -(-count // 8)
    cases, seeds = cases[:count], range(2_000, 2_000 + count)
    prompts = [prompt for _, prompt in cases]
    without = studio.imagine(prompts, seeds)
    against = studio.imagine(prompts, seeds, [f"a {what}" for what, _ in cases])
    there = [measure.in_the_sky(picture, what) for picture, (what, _) in zip(without, cases, strict=True)]
    still = [measure.in_the_sky(picture, what) for picture, (what, _) in zip(against, cases, strict=True)]
    return removal(there, still)


def negative_colour(studio: Studio, count: int) -> Marks:
    """The colour that a thing gets when none is asked for, as negative prompt: how often it goes away."""
    cases = [(noun, background) for background in ("white", "black", "grey") for noun in DRAW][:count]
    prompts = [f"{article(noun)}, {background} background" for noun, background in cases]
    seeds = range(3_000, 3_000 + len(cases))
    first = [measure.thing_colour(picture) for picture in studio.imagine(prompts, seeds)]
    negative = [colour or "red" for colour in first]
    second = [measure.thing_colour(picture) for picture in studio.imagine(prompts, seeds, negative)]
    return removal([bool(colour) for colour in first], [a == b for a, b in zip(first, second, strict=True)])


def removal(there: Sequence[bool], still: Sequence[bool]) -> Marks:
    """Shares: of pictures in which it is seen without a negative prompt, and of those the ones where it went away."""
    kept = [after for before, after in zip(there, still, strict=True) if before]
    return {"seen without": float(np.mean(there)), "removed": 1 - float(np.mean(kept)) if kept else 0.0}
