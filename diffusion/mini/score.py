"""How good the built-in model is, measured: `python -m diffusion.mini.score [--json] [--weights DIR] [--small]`.

The questions are held-out combinations with fixed seeds (`exam.py`). The same marks are given to the true drawings
(upper bound), to what the autoencoder leaves of them, and to the model's pictures under shuffled prompts (lower bound).
"""

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
import numpy as np
from PIL import Image
from tqdm import tqdm

from . import WEIGHTS, measure
from .captions import article
from .exam import IN_SETTINGS, Question, adherence, in_settings, on_plain_backgrounds
from .judge import NOTHING, Judge, nouns, trained_judge
from .objects import DRAW
from .studio import Studio, sheet
from .train.lessons import FIRST_SEED, lesson

STRENGTHS = (0.2, 0.4, 0.6, 0.8)
UNSEEN = FIRST_SEED + 500_000_000
"""Seeds that neither the model nor the judge has seen."""

Marks = Mapping[str, float]


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


def marks(judge: Judge, plain: Sequence[Question], settings: Sequence[Question], pictures: Sequence[Image.Image]):
    """The marks of pictures that answer first the plain questions, then those in settings."""
    seen = nouns(judge, pictures)
    on_plain = adherence(plain, pictures[: len(plain)], seen[: len(plain)])
    in_landscape = adherence(settings, pictures[len(plain) :], seen[len(plain) :], IN_SETTINGS)
    return on_plain | {f"{mark} in a setting": share for mark, share in in_landscape.items()}


def shuffled(questions: Sequence[Question]) -> list[Question]:
    return random.Random(0).sample(list(questions), len(questions))


def negative_thing(studio: Studio, count: int) -> Marks:
    """How often a sun or a moon that is asked for is seen, and how often a negative prompt takes it away."""
    asked = [("sun", "on a sunny day"), ("moon", "at night")]
    cases = [
        (what, f"{article(f'{colour} {noun}')} {where} with a {what}")
        for what, where in asked
        for colour, noun in (("red", "car"), ("blue", "flower"), ("purple", "mushroom"), ("pink", "heart"))
    ] * -(-count // 8)
    cases, seeds = cases[:count], list(range(2_000, 2_000 + count))
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
    seeds = list(range(3_000, 3_000 + len(cases)))
    first = [measure.thing_colour(picture) for picture in studio.imagine(prompts, seeds)]
    negative = [colour or "red" for colour in first]
    second = [measure.thing_colour(picture) for picture in studio.imagine(prompts, seeds, negative)]
    return removal([bool(colour) for colour in first], [a == b for a, b in zip(first, second, strict=True)])


def removal(there: Sequence[bool], still: Sequence[bool]) -> Marks:
    kept = [after for before, after in zip(there, still, strict=True) if before]
    return {"seen without": float(np.mean(there)), "removed": 1 - float(np.mean(kept)) if kept else 0.0}


def image_to_image(studio: Studio, judge: Judge, questions: Sequence[Question]) -> dict[str, Marks]:
    """True drawings sent towards the next question's prompt: what is kept and what has come, by strength."""
    sources = [question.drawing() for question in questions]
    wanted = [*questions[1:], questions[0]]
    table = {}
    for strength in STRENGTHS:
        made = studio.redraw([question.prompt for question in wanted], sources, strength, range(len(wanted)))
        changed = [measure.difference(source, picture) for source, picture in zip(sources, made, strict=True)]
        table[str(strength)] = {"changed": float(np.mean(changed)), **adherence(wanted, made, nouns(judge, made))}
    return table


def psnr(sources: Sequence[Image.Image], copies: Sequence[Image.Image]) -> float:
    """The mean peak signal-to-noise ratio in decibels."""
    errors = [
        float(((measure.pixels_of(one) - measure.pixels_of(two)) ** 2).mean())
        for one, two in zip(sources, copies, strict=True)
    ]
    return float(np.mean([10 * np.log10(255**2 / error) for error in errors]))


def score(studio: Studio, judge: Judge, *, small: bool = False, pictures: Path | None = None) -> dict:
    """All figures; `small` asks a fifth of the questions. The pictures are kept as a sheet where a path is given."""
    every = 5 if small else 1  # no divisor of the sides, so that each is asked for
    plain, settings = on_plain_backgrounds()[::every], in_settings()[::every]
    questions = [*plain, *settings]
    with tqdm(total=6, desc="score", leave=False) as bar:

        def done(value):
            bar.update()
            return value

        drawings = [question.drawing() for question in questions]
        copies = done(studio.reconstruct(drawings))
        made = done(studio.imagine([question.prompt for question in questions], [asked.seed for asked in questions]))
        if pictures:
            sheet(made, 13).save(pictures)
        return {
            "pictures": len(questions),
            "steps": studio.steps,
            "guidance": studio.guidance,
            "model": marks(judge, plain, settings, made),
            "drawings": marks(judge, plain, settings, drawings),
            "autoencoder": marks(judge, plain, settings, copies),
            "shuffled": marks(judge, shuffled(plain), shuffled(settings), made),
            "judge": done(judge_accuracy(judge, 2000 // every)),
            "autoencoder psnr": psnr(drawings, copies),
            "negative thing": done(negative_thing(studio, 24 // every)),
            "negative colour": done(negative_colour(studio, 39 // every)),
            "image to image": done(image_to_image(studio, judge, plain[::2])),
        }


def table(figures: dict) -> str:
    """The figures for reading."""
    columns = ("model", "autoencoder", "drawings", "shuffled")
    lines = [f"{figures['pictures']} held-out prompts, {figures['steps']} steps, guidance {figures['guidance']:g}", ""]
    lines.append(f"{'':24}" + "".join(f"{name:>13}" for name in columns))
    for mark in figures["model"]:
        lines.append(f"{mark:24}" + "".join(f"{figures[name][mark]:>12.0%} " for name in columns))
    judge = figures["judge"]
    lines += [
        "",
        f"the judge of nouns is right on {judge['nouns']:.1%} of true and {judge['nothing']:.1%} of formless pictures",
        f"autoencoder: {figures['autoencoder psnr']:.1f} dB",
        "",
    ]
    for name in ("negative thing", "negative colour"):
        marked = figures[name]
        lines.append(
            f"{name}: seen in {marked['seen without']:.0%} without, removed from {marked['removed']:.0%} of them"
        )
    lines += ["", f"{'image to image':24}" + "".join(f"{strength:>13}" for strength in figures["image to image"])]
    sweep = figures["image to image"].values()
    for mark in next(iter(sweep)):
        lines.append(f"{mark:24}" + "".join(f"{column[mark]:>12.0%} " for column in sweep))
    return "\n".join(lines)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--small", is_flag=True, help="A fifth of the questions.")
@click.option("--weights", type=click.Path(exists=True, file_okay=False, path_type=Path), default=WEIGHTS)
@click.option("--steps", default=20, show_default=True)
@click.option("--guidance", default=4.0, show_default=True)
@click.option("--pictures", type=click.Path(dir_okay=False, path_type=Path), help="Keep the pictures as one sheet.")
def main(as_json: bool, small: bool, weights: Path, steps: int, guidance: float, pictures: Path | None) -> None:
    """Scores the built-in model on held-out prompts, beside its upper and lower bounds."""
    studio = Studio.open(weights, steps=steps, guidance=guidance)
    figures = score(studio, trained_judge(), small=small, pictures=pictures)
    click.echo(json.dumps(figures, indent=2) if as_json else table(figures))


if __name__ == "__main__":
    main()
