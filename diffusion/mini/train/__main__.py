"""The command line: `all` trains the whole model, one stage after another, and goes on where it was stopped."""

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import click
import torch

from diffusion.mini import JUDGE, TURBO, WEIGHTS
from diffusion.request import Told

from .autoencoder import train_autoencoder
from .config import RECIPE, Config, read
from .data import draw
from .decoder import train_decoder
from .denoiser import train_denoiser
from .export import export_pipeline, export_turbo
from .judge import FILE, train_judge
from .preview import train_preview
from .run import Run
from .text import train_text
from .tokenizer import train_tokenizer
from .trajectories import teacher_of
from .turbo import BEFORE, train_turbo

Stage = Callable[[Config, Run], None]


def data(config: Config, run: Run) -> None:
    draw(config.data, run.folder)
    run.finish("data")


def tokenizer(config: Config, run: Run) -> None:
    train_tokenizer(config, run.folder)
    run.finish("tokenizer")


STAGES: Mapping[str, tuple[Stage, str]] = {
    "data": (data, "Draws pictures, captions, words and the judge's lessons."),
    "tokenizer": (tokenizer, "Learns the tokenizer."),
    "autoencoder": (train_autoencoder, "Trains the autoencoder."),
    "decoder": (train_decoder, "Sharpens the decoder; the latent space stays."),
    "preview": (train_preview, "Trains the light decoder for previews."),
    "text": (train_text, "Trains the text encoder on words alone."),
    "denoiser": (train_denoiser, "Trains the UNet, and gently the text encoder."),
    "turbo": (train_turbo, "Distils into few steps without guidance, as a LoRA."),
    "judge": (train_judge, "Trains the judge of the score."),
}
"""In the order in which each finds what it needs."""
PARTS = {"tokenizer": "tokenizer", "vae": "autoencoder", "text_encoder": "text", "unet": "denoiser"}
"""The folders of a run, and the stage that makes each."""
NEEDS: Mapping[str, tuple[str, ...]] = {
    "decoder": ("vae",),
    "preview": ("vae",),
    "text": ("tokenizer",),
    "denoiser": ("tokenizer", "vae", "text_encoder"),
    "turbo": ("tokenizer", "vae", "text_encoder", "unet"),
    "export": ("tokenizer", "vae", "text_encoder", "unet"),
}
AFTER: Mapping[str, tuple[str, ...]] = {
    "tokenizer": ("text", "denoiser", "turbo"),
    "autoencoder": ("decoder", "preview", "denoiser", "turbo"),
    "text": ("denoiser", "turbo"),
    "denoiser": ("turbo",),
}
"""What was learned from a stage's result, and is worth nothing when that is another."""


@dataclass(frozen=True)
class Workshop:
    config: Config
    run: Run

    def work(self, name: str) -> bool:
        """Runs a stage unless it is done; False if it had to stop before its end."""
        stage, _ = STAGES[name]
        if self.run.is_done(name):
            click.echo(f"{name}: done before.")
            return True
        self.check(name)
        torch.manual_seed(self.config.seed)  # what a new network begins with
        stage(self.config, self.run)
        if not self.run.is_done(name):
            click.echo(f"{name}: stopped with a checkpoint; the same command goes on from it.")
            return False
        for later in AFTER.get(name, ()):
            if self.run.forget(later):
                click.echo(f"{later}: begins anew, for it was made of what “{name}” has just replaced.")
        return True

    def check(self, name: str) -> None:
        """`Told` where a stage, or the export, does not find what it needs."""
        missing = [PARTS[part] for part in NEEDS.get(name, ()) if not (self.run.folder / part).is_dir()]
        if name not in ("data", "export") and not self.run.is_done("data"):
            missing.insert(0, "data")
        if missing:
            raise Told(f"“{name}” needs what “{missing[0]}” makes: run that first, or “all”.")


@click.group()
@click.option("--work", type=click.Path(file_okay=False, path_type=Path), default=Path("build/mini"), show_default=True)
@click.option("--recipe", default=None, help="A recipe of the file; the one for the device if not given.")
@click.option("--file", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=RECIPE)
@click.option("--steps", type=click.IntRange(min=1), help="The steps of each stage, in place of the recipe's.")
@click.option(
    "--minutes",
    type=click.FloatRange(min=0),
    help="Stop with a checkpoint after this time; drawing goes on to its end.",
)
@click.option("--device", default=None, help="cpu, cuda; what is there if not given.")
@click.option("--threads", type=click.IntRange(min=1), help="CPU threads.")
@click.pass_context
def main(
    context: click.Context,
    work: Path,
    recipe: str | None,
    path: Path,
    steps: int | None,
    minutes: float | None,
    device: str | None,
    threads: int | None,
) -> None:
    """Trains the built-in model: `all`, or one stage after the other. A stage that was stopped goes on.

    To go on from the shipped weights: --recipe further start, then --recipe further all, then export.
    """
    if threads:
        torch.set_num_threads(threads)
    place = place_of(device)
    if place.type == "cuda":
        torch.backends.cudnn.benchmark = True  # few sizes, many steps: it pays to try which kernels are quickest
        torch.set_float32_matmul_precision("high")
    try:
        config = read(recipe or place.type, path)
    except Told as told:
        raise click.UsageError(str(told)) from told
    work.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + 60 * minutes if minutes is not None else float("inf")
    run = Run(work, place, config.machine, config.seed, until=until)
    context.obj = Workshop(config.brief(steps) if steps else config, run)


def place_of(device: str | None) -> torch.device:
    try:
        place = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        torch.empty(0, device=place)
    except (RuntimeError, AssertionError) as error:  # torch asserts that it was built for the card
        raise click.UsageError(f"Nothing can be computed on “{device}” here; take --device cpu.") from error
    return place


def command(name: str, told: str) -> None:
    @main.command(name, help=told)
    @click.pass_obj
    def one(workshop: Workshop) -> None:
        plainly(workshop, name)


def plainly(workshop: Workshop, *names: str) -> bool:
    """Works through the stages until one has to stop; what a person can mend is told without a traceback."""
    try:
        return all(workshop.work(name) for name in names)
    except Told as told:
        raise click.ClickException(str(told)) from told


for stage_name, (_, stage_told) in STAGES.items():
    command(stage_name, stage_told)


@main.command()
@click.pass_obj
def start(workshop: Workshop) -> None:
    """Lays the shipped weights into the folder, to go on from them."""
    folder = workshop.run.folder
    if any((folder / part).exists() for part in PARTS):
        raise click.UsageError(
            f"{folder} has a model of its own, which would be lost; name another folder with --work."
        )
    shutil.copytree(WEIGHTS, folder, dirs_exist_ok=True)
    (folder / BEFORE).parent.mkdir(exist_ok=True)
    shutil.copy(TURBO, folder / BEFORE)
    shutil.copy(JUDGE, folder / FILE)
    for name in ("tokenizer", "autoencoder", "decoder", "preview", "text", "judge"):
        workshop.run.finish(name, shipped=True)


@main.command("all")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Export here when all is done.")
@click.pass_context
def everything(context: click.Context, out: Path | None) -> None:
    """Every stage in its order, and the export where --out says."""
    if plainly(context.obj, *STAGES) and out:
        context.invoke(
            export, out=out / "weights", turbo=out / TURBO.parent.name / TURBO.name, judge=out / "judge.safetensors"
        )


@main.command()
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=WEIGHTS, show_default="as shipped")
@click.option("--turbo", type=click.Path(dir_okay=False, path_type=Path), default=TURBO, show_default="as shipped")
@click.option("--judge", type=click.Path(dir_okay=False, path_type=Path), default=JUDGE, show_default="as shipped")
@click.pass_obj
def export(workshop: Workshop, out: Path, turbo: Path, judge: Path) -> None:
    """Writes all that the run has made in fp16, over the shipped files if no other places are given."""
    folder = workshop.run.folder
    try:
        workshop.check("export")
    except Told as told:
        raise click.UsageError(str(told)) from told
    for name in STAGES:
        if workshop.run.checkpoint(name).exists() and not workshop.run.is_done(name):
            click.echo(f"“{name}” is not at its end; what is exported is from before it.", err=True)
    export_pipeline(folder, out)
    if not export_turbo(folder, turbo) and turbo.exists() and teacher_of(folder) != teacher_of(WEIGHTS):
        click.echo(
            f"{turbo} was made of other weights and does not fit these; run “turbo”, and export again.", err=True
        )
    if (folder / FILE).exists():
        shutil.copy(folder / FILE, judge)


if __name__ == "__main__":
    main()
