"""The stages as subcommands, in the order in which they are run; each goes on from its checkpoint."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import click
import torch

from diffusion.mini import WEIGHTS
from diffusion.mini import judge as shipped_judge

from .autoencoder import train_autoencoder, train_decoder
from .config import Config
from .data import draw
from .denoiser import train_denoiser
from .export import export_judge, export_pipeline
from .judge import train_judge
from .loop import Run
from .text import train_text
from .tokenizer import train_tokenizer


@dataclass(frozen=True)
class Workshop:
    config: Config
    run: Run


@click.group()
@click.option("--work", type=click.Path(file_okay=False, path_type=Path), default=Path("build/mini"), show_default=True)
@click.option("--steps", type=click.IntRange(min=1), help="The steps of the stage, in place of the recipe's.")
@click.option("--device", default=None, help="cpu, cuda; what is there if not given.")
@click.option("--threads", type=click.IntRange(min=1), help="CPU threads.")
@click.pass_context
def main(context: click.Context, work: Path, steps: int | None, device: str | None, threads: int | None) -> None:
    """Trains the built-in model: data, tokenizer, autoencoder, text, denoiser, then decoder, judge, export.

    To go on from the shipped weights: data, start, then denoiser or decoder, then export.
    """
    work.mkdir(parents=True, exist_ok=True)
    if threads:
        torch.set_num_threads(threads)
    place = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    config = Config().brief(steps) if steps else Config()
    torch.manual_seed(config.seed)
    context.obj = Workshop(config, Run(work, place, config.seed))


@main.command()
@click.pass_obj
def data(workshop: Workshop) -> None:
    """Draws the pictures."""
    draw(workshop.run.folder, workshop.config.data)


@main.command()
@click.pass_obj
def start(workshop: Workshop) -> None:
    """Lays the shipped weights into the folder, to go on from them."""
    shutil.copytree(WEIGHTS, workshop.run.folder, dirs_exist_ok=True)


@main.command()
@click.pass_obj
def tokenizer(workshop: Workshop) -> None:
    """Learns the tokenizer."""
    train_tokenizer(workshop.config, workshop.run.folder)


@main.command()
@click.pass_obj
def autoencoder(workshop: Workshop) -> None:
    """Trains the autoencoder."""
    train_autoencoder(workshop.config, workshop.run)


@main.command()
@click.pass_obj
def decoder(workshop: Workshop) -> None:
    """Sharpens the decoder; the latent space stays."""
    train_decoder(workshop.config, workshop.run)


@main.command()
@click.pass_obj
def text(workshop: Workshop) -> None:
    """Trains the text encoder on words alone."""
    train_text(workshop.config, workshop.run)


@main.command()
@click.pass_obj
def denoiser(workshop: Workshop) -> None:
    """Trains the UNet, and gently the text encoder."""
    train_denoiser(workshop.config, workshop.run)


@main.command()
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=shipped_judge.WEIGHTS)
@click.pass_obj
def judge(workshop: Workshop, out: Path) -> None:
    """Trains the judge of the score."""
    if trained := train_judge(workshop.config, workshop.run):
        export_judge(trained, out)


@main.command()
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=WEIGHTS)
@click.pass_obj
def export(workshop: Workshop, out: Path) -> None:
    """Writes the pipeline in fp16, over the shipped weights if no other place is given."""
    export_pipeline(workshop.config, workshop.run.folder, out)


if __name__ == "__main__":
    main()
