"""The command line: `score` prints the figures, `score grid` draws what to look at."""

import json
from dataclasses import dataclass
from pathlib import Path

import click

from diffusion.mini import JUDGE, TURBO, WEIGHTS
from diffusion.mini.judge import trained_judge
from diffusion.mini.page import page

from .paper import exam
from .report import report
from .scoring import score
from .studio import Studio
from .sweeps import answered

TURBO_STEPS = 4
COLUMNS, LINES = 8, 4


@dataclass(frozen=True)
class Candidate:
    """The weights that are scored, and their few-step form if there is one."""

    weights: Path
    lora: Path
    steps: int
    guidance: float

    @property
    def model(self) -> Studio:
        return Studio.open(self.weights, steps=self.steps, guidance=self.guidance)

    @property
    def turbo(self) -> Studio | None:
        return Studio.open(self.weights, self.lora, steps=TURBO_STEPS, guidance=1.0) if self.lora.is_file() else None


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--quick", is_flag=True, help="A fifth of the questions.")
@click.option("--weights", type=click.Path(exists=True, file_okay=False, path_type=Path), default=WEIGHTS)
@click.option("--turbo", "lora", type=click.Path(path_type=Path), default=TURBO, show_default="as shipped")
@click.option("--judge", type=click.Path(dir_okay=False, path_type=Path), default=JUDGE)
@click.option("--steps", default=20, show_default=True)
@click.option("--guidance", default=4.0, show_default=True)
@click.option("--pictures", type=click.Path(dir_okay=False, path_type=Path), help="Keep the pictures as one sheet.")
@click.pass_context
def main(
    context: click.Context,
    as_json: bool,
    quick: bool,
    weights: Path,
    lora: Path,
    judge: Path,
    steps: int,
    guidance: float,
    pictures: Path | None,
) -> None:
    """Scores the built-in model and its few-step form on held-out prompts, beside their bounds."""
    lora = lora / TURBO.name if lora.is_dir() else lora
    context.obj = candidate = Candidate(weights, lora, steps, guidance)
    if context.invoked_subcommand:
        return
    paper = exam(quick)
    if not judge.is_file():
        raise click.ClickException(f"There is no judge at {judge}; the training writes one, name it with --judge.")
    nouns = trained_judge(paper.answers, judge).nouns
    figures = score(candidate.model, nouns, paper, candidate.turbo, pictures)
    click.echo(json.dumps(figures, indent=2) if as_json else report(figures))


@main.command()
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), default=Path("grid.png"))
@click.option("--of", type=click.Choice(["model", "turbo", "drawings"]), default="model", show_default=True)
@click.pass_obj
def grid(candidate: Candidate, out: Path, of: str) -> None:
    """Draws held-out prompts with fixed seeds on one sheet, each with its words."""
    asked = exam().shown
    studio = None if of == "drawings" else candidate.model if of == "model" else candidate.turbo
    if of == "turbo" and not studio:
        raise click.ClickException(f"There is no few-step form at {candidate.lora}; name it with --turbo.")
    made = answered(studio, asked) if studio else [question.drawing() for question in asked]
    page([(picture, question.prompt) for picture, question in zip(made, asked, strict=True)], COLUMNS, LINES).save(out)
    click.echo(str(out))


if __name__ == "__main__":
    main()
