"""The illustrator's command line: contact sheets to look at."""

from pathlib import Path

import click

from diffusion.mini.options import PictureFile

from .sheet import SHEETS, sheet


@click.group()
def main() -> None:
    """Draws what the built-in model learns from."""


@main.command("sheet")
@click.option("-o", "--out", type=PictureFile(), default="sheet.png", show_default=True)
@click.option(
    "--of", "name", type=click.Choice(list(SHEETS)), default="scenes", show_default=True, help="What is on it."
)
@click.option(
    "--side", type=click.IntRange(32, 512), default=128, show_default=True, help="Pixels of the shorter side."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="The first scene.")
def write_sheet(out: Path, name: str, side: int, seed: int) -> None:
    """Draws a contact sheet."""
    sheet(name, seed, side).save(out)
    click.echo(str(out))


if __name__ == "__main__":
    main()
