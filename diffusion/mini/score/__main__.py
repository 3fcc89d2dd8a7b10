"""The command line: `score` prints the figures, `score grid` draws what to look at."""

import json
from dataclasses import dataclass
from pathlib import Path

import click
from safetensors import SafetensorError

from diffusion.mini import JUDGE, TURBO, WEIGHTS
from diffusion.mini.illustrator.lessons import ANSWERS
from diffusion.mini.judge import trained_judge
from diffusion.mini.options import PictureFile
from diffusion.mini.page import page

from .exam import exam
from .report import report
from .scoring import score
from .studio import Studio
from .sweeps import answered

TURBO_STEPS = 4
COLUMNS, LINES = 8, 5


@dataclass(frozen=True)
class Candidate:
    """The weights that are scored, and their few-step form if there is one."""

    weights: Path
    lora: Path | None
    steps: int
    guidance: float

    @property
    def model(self) -> Studio:
        return Studio.open(self.weights, steps=self.steps, guidance=self.guidance)

    @property
    def turbo(self) -> Studio | None:
        return Studio.open(self.weights, self.lora, steps=TURBO_STEPS, guidance=1.0) if self.lora else None


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--quick", is_flag=True, help="A fifth of the questions.")
@click.option("--weights", type=click.Path(file_okay=False, path_type=Path), default=WEIGHTS)
@click.option("--turbo", type=click.Path(path_type=Path), help="Their few-step form; with the shipped weights theirs.")
@click.option("--judge", type=click.Path(dir_okay=False, path_type=Path), default=JUDGE)
@click.option("--steps", type=click.IntRange(min=1), default=20, show_default=True)
@click.option("--guidance", type=click.FloatRange(min=0), default=4.0, show_default=True)
@click.option("--pictures", type=PictureFile(), help="Keep the pictures as one sheet.")
@click.pass_context
def main(
    context: click.Context,
    as_json: bool,
    quick: bool,
    weights: Path,
    turbo: Path | None,
    judge: Path,
    steps: int,
    guidance: float,
    pictures: Path | None,
) -> None:
    """Scores the built-in model and its few-step form on held-out prompts, beside their bounds."""
    if not (weights / "model_index.json").is_file():
        raise click.UsageError(f"{weights} holds no model of diffusers; name its folder with --weights.")
    turbo = turbo / TURBO.name if turbo and turbo.is_dir() else turbo
    if turbo and not turbo.is_file():
        raise click.UsageError(f"There is no few-step form at {turbo}; name it with --turbo, or leave that out.")
    turbo = turbo or (TURBO if weights == WEIGHTS else None)
    context.obj = candidate = Candidate(weights, turbo, steps, guidance)
    if context.invoked_subcommand:
        return
    if not judge.is_file():
        raise click.UsageError(f"There is no judge at {judge}; the training writes one, name it with --judge.")
    try:
        nouns = trained_judge(ANSWERS, judge).nouns
    except (SafetensorError, RuntimeError, KeyError, TypeError) as error:
        told = f"{judge} is no judge of these {len(ANSWERS)} answers; name one with --judge."
        raise click.UsageError(told) from error
    figures = score(candidate.model, nouns, exam(quick), candidate.turbo, pictures)
    click.echo(json.dumps(figures, indent=2) if as_json else report(figures))


@main.command()
@click.option("-o", "--out", type=PictureFile(), default="grid.png", show_default=True)
@click.option("--of", type=click.Choice(["model", "turbo", "drawings"]), default="model", show_default=True)
@click.pass_obj
def grid(candidate: Candidate, out: Path, of: str) -> None:
    """Draws held-out prompts with fixed seeds on one sheet, each with its words."""
    asked = exam().shown
    studio = None if of == "drawings" else candidate.model if of == "model" else candidate.turbo
    if of == "turbo" and not studio:
        raise click.UsageError(f"{candidate.weights} came without a few-step form; name it with --turbo.")
    made = answered(studio, asked) if studio else [question.drawing() for question in asked]
    page([(picture, question.prompt) for picture, question in zip(made, asked, strict=True)], COLUMNS, LINES).save(out)
    click.echo(str(out))


if __name__ == "__main__":
    main()
