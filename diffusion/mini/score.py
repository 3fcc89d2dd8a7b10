"""How good the built-in model is, measured: `python -m diffusion.mini.score [--json] [--weights DIR] [--quick]`.

The questions are held-out combinations with fixed seeds (`exam.py`). The same marks are given to the few-step form, to
the true drawings (upper bound), to what the autoencoder leaves of them, and to the model's pictures under shuffled
prompts (lower bound). `sweeps.py` and `negatives.py` ask what changes with the settings.
"""

import json
import random
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
from PIL import Image
from tqdm import tqdm

from . import TURBO, WEIGHTS, measure
from .exam import IN_SETTINGS, Marks, Question, adherence, in_settings, on_plain_backgrounds
from .judge import NOTHING, Judge, nouns, trained_judge
from .negatives import negative_colour, negative_thing
from .studio import Studio, sheet
from .sweeps import by_guidance, by_steps, diversity, image_to_image, inpainting
from .train.lessons import FIRST_SEED, lesson

UNSEEN = FIRST_SEED + 500_000_000
"""Seeds that neither the model nor the judge has seen."""
TURBO_STEPS = 4
COLUMNS = ("model", "turbo", "autoencoder", "drawings", "shuffled")
SWEEPS = ("guidance sweep", "steps sweep", "image to image")


def judge_accuracy(judge: Judge, count: int) -> Marks:
    """How often the judge is right on true pictures, and on formless ones."""
    drawn, answers = zip(*(lesson(UNSEEN + number) for number in range(count)), strict=True)
    right = [seen == answer for seen, answer in zip(nouns(judge, drawn), answers, strict=True)]
    formless = [answer == NOTHING for answer in answers]
    return {
        "nouns": float(np.mean([good for good, empty in zip(right, formless, strict=True) if not empty])),
        "nothing": float(np.mean([good for good, empty in zip(right, formless, strict=True) if empty])),
        "pictures": count,
    }


def marks(
    judge: Judge, plain: Sequence[Question], settings: Sequence[Question], pictures: Sequence[Image.Image]
) -> Marks:
    """The marks of pictures that answer first the plain questions, then those in settings."""
    seen = nouns(judge, pictures)
    on_plain = adherence(plain, pictures[: len(plain)], seen[: len(plain)])
    in_landscape = adherence(settings, pictures[len(plain) :], seen[len(plain) :], IN_SETTINGS)
    return on_plain | {f"{mark} in a setting": share for mark, share in in_landscape.items()}


def shuffled(questions: Sequence[Question]) -> list[Question]:
    return random.Random(0).sample(list(questions), len(questions))


def psnr(sources: Sequence[Image.Image], copies: Sequence[Image.Image]) -> float:
    """The mean peak signal-to-noise ratio in decibels."""
    errors = [
        float(((measure.pixels_of(one) - measure.pixels_of(two)) ** 2).mean())
        for one, two in zip(sources, copies, strict=True)
    ]
    return float(np.mean([10 * np.log10(255**2 / error) for error in errors]))


def score(
    studio: Studio, judge: Judge, *, turbo: Studio | None = None, quick: bool = False, pictures: Path | None = None
) -> dict:
    """All figures; `quick` asks a fifth of the questions. The pictures are kept as a sheet where a path is given."""
    every = 5 if quick else 1  # no divisor of the sides, so that each is asked for
    plain, settings = on_plain_backgrounds()[::every], in_settings()[::every]
    questions, some = [*plain, *settings], plain[:: 2 if quick else 3]
    with tqdm(total=10 + bool(turbo), desc="score", leave=False) as bar:

        def done(value):
            bar.update()
            return value

        def drawn(by: Studio) -> list[Image.Image]:
            return done(by.imagine([asked.prompt for asked in questions], [asked.seed for asked in questions]))

        drawings = [question.drawing() for question in questions]
        copies, made = done(studio.reconstruct(drawings)), drawn(studio)
        if pictures:
            sheet(made, 13).save(pictures)
        quick_form = {"turbo": marks(judge, plain, settings, drawn(turbo))} if turbo else {}
        return {
            "pictures": len(questions),
            "steps": studio.steps,
            "guidance": studio.guidance,
            "model": marks(judge, plain, settings, made),
            **quick_form,
            "drawings": marks(judge, plain, settings, drawings),
            "autoencoder": marks(judge, plain, settings, copies),
            "shuffled": marks(judge, shuffled(plain), shuffled(settings), made),
            "seconds": {name: by.seconds() for name, by in (("model", studio), ("turbo", turbo)) if by},
            "judge": done(judge_accuracy(judge, 2000 // every)),
            "autoencoder psnr": psnr(drawings, copies),
            "negative thing": done(negative_thing(studio, 24 // every)),
            "negative colour": done(negative_colour(studio, 39 // every)),
            "guidance sweep": done(by_guidance(studio, judge, some)),
            "steps sweep": done(by_steps(studio, judge, some)),
            "image to image": done(image_to_image(studio, judge, plain[:: 1 if quick else 2])),
            "inpainting": done(inpainting(studio, judge, plain)),
            "diversity": done(diversity(studio, plain[:: len(plain) // (2 if quick else 6)])),
        }


def table(figures: dict) -> str:
    """The figures for reading."""
    columns = [name for name in COLUMNS if name in figures]
    lines = [f"{figures['pictures']} held-out prompts, {figures['steps']} steps, guidance {figures['guidance']:g}", ""]
    lines += grid("", {name: figures[name] for name in columns})
    judge = figures["judge"]
    lines += [
        "",
        f"the judge of nouns is right on {judge['nouns']:.1%} of true and {judge['nothing']:.1%} of formless pictures",
        f"autoencoder: {figures['autoencoder psnr']:.1f} dB",
        *(f"{name}: {seconds:.2f} s a picture" for name, seconds in figures["seconds"].items()),
        "",
    ]
    for name in ("negative thing", "negative colour"):
        marked = figures[name]
        lines.append(
            f"{name}: seen in {marked['seen without']:.0%} without, removed from {marked['removed']:.0%} of them"
        )
    for name in SWEEPS:
        lines += ["", *grid(name, figures[name])]
    for name in ("inpainting", "diversity"):
        lines += ["", f"{name}: " + ", ".join(f"{mark} {share:.1%}" for mark, share in figures[name].items())]
    return "\n".join(lines)


def grid(name: str, columns: dict[str, Marks]) -> list[str]:
    """A line for each mark, under a headline."""
    rows = next(iter(columns.values()))
    headline = f"{name:24}" + "".join(f"{column:>13}" for column in columns)
    return [headline] + [f"{row:24}" + "".join(f"{column[row]:>12.0%} " for column in columns.values()) for row in rows]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--quick", is_flag=True, help="A fifth of the questions.")
@click.option("--weights", type=click.Path(exists=True, file_okay=False, path_type=Path), default=WEIGHTS)
@click.option("--turbo", "lora", type=click.Path(path_type=Path), default=TURBO, show_default="as shipped")
@click.option("--steps", default=20, show_default=True)
@click.option("--guidance", default=4.0, show_default=True)
@click.option("--pictures", type=click.Path(dir_okay=False, path_type=Path), help="Keep the pictures as one sheet.")
def main(
    as_json: bool, quick: bool, weights: Path, lora: Path, steps: int, guidance: float, pictures: Path | None
) -> None:
    """Scores the built-in model, and its few-step form where there is one, on held-out prompts beside their bounds."""
    studio = Studio.open(weights, steps=steps, guidance=guidance)
    turbo = Studio.open(weights, lora, steps=TURBO_STEPS, guidance=1.0) if lora.exists() else None
    figures = score(studio, trained_judge(), turbo=turbo, quick=quick, pictures=pictures)
    click.echo(json.dumps(figures, indent=2) if as_json else table(figures))


if __name__ == "__main__":
    main()
