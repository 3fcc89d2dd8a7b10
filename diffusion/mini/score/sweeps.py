"""How the model's answers change with guidance, steps, strength, mask and seed."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, groupby

import numpy as np
from PIL import Image, ImageChops, ImageStat

from . import measure
from .exam import SEEDS_EACH, Exam
from .marks import Marks, Namer, marks
from .questions import Question
from .studio import Studio
from .wordings import in_other_words

GUIDANCES = (1.0, 2.0, 4.0, 7.0)
STEPS = (4, 8, 20)
STRENGTHS = (0.2, 0.4, 0.6, 0.8)
SIZES = ((64, 64), (192, 128), (128, 192), (256, 256))
"""The last is larger than what training saw."""

Sweep = dict[str, Marks]
"""The marks at each setting."""


def by_guidance(studio: Studio, judge: Namer, exam: Exam) -> Sweep:
    return {f"{value:g}": answers(replace(studio, guidance=value), judge, exam) for value in GUIDANCES}


def by_steps(studio: Studio, judge: Namer, exam: Exam) -> Sweep:
    return {str(count): answers(replace(studio, steps=count), judge, exam) for count in STEPS}


def by_size(studio: Studio, judge: Namer, exam: Exam) -> Sweep:
    """Width by height, in pixels."""
    return {
        f"{width}×{height}": marks(exam.sized, answered(replace(studio, size=(width, height)), exam.sized), judge)
        for width, height in SIZES
    }


def by_wording(studio: Studio, judge: Namer, exam: Exam) -> Sweep:
    """The plain wording of the exam, and other words for the same."""
    asked, seeds = exam.some, [question.seed for question in exam.some]
    made = studio.imagine([in_other_words(question.scene) for question in asked], seeds)
    return {"plain": answers(studio, judge, exam), "other words": marks(asked, made, judge)}


def answers(studio: Studio, judge: Namer, exam: Exam) -> Marks:
    return marks(exam.some, answered(studio, exam.some), judge)


def answered(studio: Studio, questions: Sequence[Question]) -> list[Image.Image]:
    return studio.imagine([asked.prompt for asked in questions], [asked.seed for asked in questions])


def image_to_image(studio: Studio, judge: Namer, pairs: Sequence[tuple[Question, Question]]) -> Sweep:
    """True drawings sent towards another prompt: what is kept and what has come, by strength."""
    sources, wanted = [source.drawing() for source, _ in pairs], [goal for _, goal in pairs]
    found = {}
    for strength in STRENGTHS:
        made = studio.redraw([goal.prompt for goal in wanted], sources, strength, range(len(wanted)))
        found[str(strength)] = {"changed": changed(sources, made), **marks(wanted, made, judge)}
    return found


def changed(sources: Sequence[Image.Image], made: Sequence[Image.Image]) -> float:
    return float(np.mean([difference(*pair) for pair in zip(sources, made, strict=True)]))


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures, 0 (the same) to 1 (black against white)."""
    return float(np.mean(ImageStat.Stat(ImageChops.difference(one, other)).mean) / 255)


def inpainting(studio: Studio, judge: Namer, exam: Exam) -> Marks:
    """The right half of true drawings, whose thing stands on the left, painted anew with another thing.

    “changed outside” is what the left half has lost, and “autoencoder” what coding and decoding alone costs it; the
    other marks tell whether the left thing kept its colour, and what has come on the right (“of drawings”: how often
    the judge knows the noun in the right half of true drawings).
    """
    pairs, (side, _) = exam.repaintings, studio.size
    sources, mask = [asked.source.drawing() for asked in pairs], Image.new("L", (side, side), 0)
    mask.paste(255, (side // 2, 0, side, side))
    made = studio.inpaint([asked.prompt for asked in pairs], sources, mask, [asked.source.seed for asked in pairs])
    before, outside, copies = (halves(some, False) for some in (sources, made, studio.reconstruct(sources)))
    inside, true = halves(made, True), halves([asked.wanted.drawing() for asked in pairs], True)
    told = [
        (
            measure.thing_colour(left) == asked.source.scene.groups[0].colour,
            measure.thing_colour(right) == asked.wanted.scene.groups[0].colour,
            noun == asked.wanted.scene.groups[0].noun,
        )
        for asked, left, right, noun in zip(pairs, outside, inside, judge(inside), strict=True)
    ]
    shares = np.mean(told, axis=0).tolist()
    return {
        "changed outside": changed(before, outside),
        "autoencoder": changed(before, copies),
        **dict(zip(("colour outside", "colour inside", "noun inside"), shares, strict=True)),
        "noun inside, of drawings": float(
            np.mean([noun == asked.wanted.scene.groups[0].noun for asked, noun in zip(pairs, judge(true), strict=True)])
        ),
    }


def halves(pictures: Sequence[Image.Image], right: bool) -> list[Image.Image]:
    return [
        picture.crop((picture.width // 2 if right else 0, 0, picture.width // (1 if right else 2), picture.height))
        for picture in pictures
    ]


def diversity(studio: Studio, exam: Exam) -> Marks:
    """How much pictures of one prompt differ by seed, beside the true drawings, and how often a thing of no named
    colour gets another one than before."""
    asked = [question for group in exam.alike for question in group]
    sizes = [len(group) for group in exam.alike]
    open_prompts = [prompt for prompt in exam.uncoloured for _ in range(SEEDS_EACH)]
    coloured = studio.imagine(open_prompts, [*range(SEEDS_EACH)] * len(exam.uncoloured))
    told = zip(open_prompts, map(measure.thing_colour, coloured), strict=True)
    colours = [[colour for _, colour in group] for _, group in groupby(told, key=lambda pair: pair[0])]
    return {
        "differ": unlike(answered(studio, asked), sizes),
        "drawings differ": unlike([question.drawing() for question in asked], sizes),
        "other colour": float(np.mean([a != b for group in colours for a, b in combinations(filter(None, group), 2)])),
    }


def unlike(pictures: Sequence[Image.Image], sizes: Sequence[int]) -> float:
    """The mean difference of two pictures of one group; the groups follow one another."""
    rest = iter(pictures)
    groups = [[next(rest) for _ in range(size)] for size in sizes]
    return float(np.mean([difference(*pair) for group in groups for pair in combinations(group, 2)]))
