"""All figures of one exam: the model between its bounds, and what changes with the settings.

The same marks are given to the few-step form, to the true drawings (upper bound), to what the autoencoder leaves of
them, and to the model's pictures under shuffled prompts (lower bound).
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageChops, ImageStat
from tqdm import tqdm

from diffusion.mini.illustrator import seeds
from diffusion.mini.illustrator.lessons import NOTHING, lesson
from diffusion.mini.page import page

from .exam import Exam
from .marks import Marks, Namer, marks
from .negatives import removed
from .questions import shuffled
from .studio import Studio
from .sweeps import answered, by_guidance, by_size, by_steps, by_wording, diversity, image_to_image, inpainting

SIDES = (128, 256)
"""Of the square pictures of which the time is taken."""
COLUMNS = 13
"""Pictures beside one another on the sheet of all answers."""

Figures = dict[str, Any]
"""What the score prints with --json."""


def score(
    studio: Studio, judge: Namer, exam: Exam, turbo: Studio | None = None, pictures: Path | None = None
) -> Figures:
    """All figures; the model's pictures are kept as a sheet where a path is given."""
    parts = 8 + len(exam.removals) + len(exam.redrawings) + bool(turbo)
    with tqdm(total=parts, desc="score", leave=False) as bar:

        def done(value):
            bar.update()
            return value

        asked = exam.questions
        drawings = [question.drawing() for question in asked]
        copies, made = studio.reconstruct(drawings), done(answered(studio, asked))
        if pictures:
            page([(picture, question.prompt) for picture, question in zip(made, asked, strict=True)], COLUMNS).save(
                pictures
            )
        few = {"turbo": marks(asked, done(answered(turbo, asked)), judge)} if turbo else {}
        return {
            "pictures": len(asked),
            "steps": studio.steps,
            "guidance": studio.guidance,
            "model": marks(asked, made, judge),
            **few,
            "drawings": marks(asked, drawings, judge),
            "autoencoder": marks(asked, copies, judge),
            "shuffled": marks(shuffled(asked), made, judge),
            "seconds": seconds(studio, turbo),
            "judge": done(judge_accuracy(judge, exam)),
            "autoencoder psnr": psnr(drawings, copies),
            "negative prompt": {name: done(removed(studio, judge, some)) for name, some in exam.removals.items()},
            "by guidance": done(by_guidance(studio, judge, exam)),
            "by steps": done(by_steps(studio, judge, exam)),
            "by size": done(by_size(studio, judge, exam)),
            "by wording": done(by_wording(studio, judge, exam)),
            "image to image": {
                name: done(image_to_image(studio, judge, pairs)) for name, pairs in exam.redrawings.items()
            },
            "inpainting": done(inpainting(studio, judge, exam)),
            "diversity": done(diversity(studio, exam)),
        }


def seconds(studio: Studio, turbo: Studio | None) -> dict[str, float]:
    """For one picture alone, by model and side."""
    return {
        f"{name}, {side}×{side}": replace(by, size=(side, side)).seconds()
        for name, by in (("model", studio), ("turbo", turbo))
        for side in SIDES
        if by
    }


def judge_accuracy(judge: Namer, exam: Exam) -> Marks:
    """How often the judge is right on true pictures that it has not seen, and on formless ones."""
    drawn, answers = zip(*(lesson(seeds.PROOFS + number) for number in range(exam.lessons)), strict=True)
    right = [seen == answer for seen, answer in zip(judge(drawn), answers, strict=True)]
    formless = [answer == NOTHING for answer in answers]
    return {
        "nouns": float(np.mean([good for good, empty in zip(right, formless, strict=True) if not empty])),
        "nothing": float(np.mean([good for good, empty in zip(right, formless, strict=True) if empty])),
        "pictures": exam.lessons,
    }


def psnr(sources: Sequence[Image.Image], copies: Sequence[Image.Image]) -> float:
    """The mean peak signal-to-noise ratio in decibels."""
    differences = [ImageStat.Stat(ImageChops.difference(*pair)) for pair in zip(sources, copies, strict=True)]
    errors = [float(np.mean(np.square(one.rms))) for one in differences]
    return float(np.mean([10 * np.log10(255**2 / error) for error in errors]))
