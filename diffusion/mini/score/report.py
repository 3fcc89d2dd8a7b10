"""The figures of a score for reading."""

from collections.abc import Mapping

from .marks import Marks
from .scoring import Figures

COLUMNS = ("model", "turbo", "autoencoder", "drawings", "shuffled")


def report(figures: Figures) -> str:
    """Tables of text, as `score` prints them without --json."""
    judge = figures["judge"]
    lines = [
        f"{figures['pictures']} held-out prompts, {figures['steps']} steps, guidance {figures['guidance']:g}",
        "",
        *table("", {name: figures[name] for name in COLUMNS if name in figures}),
        "",
        f"the judge of nouns is right on {judge['nouns']:.1%} of true and {judge['nothing']:.1%} of formless pictures",
        f"autoencoder: {figures['autoencoder psnr']:.1f} dB",
        *(f"{name}: {seconds:.2f} s a picture" for name, seconds in figures["seconds"].items()),
        "",
        *table("negative prompt", figures["negative prompt"]),
    ]
    sweeps = {"guidance": figures["by guidance"], "steps": figures["by steps"]} | {
        "size": figures["by size"],
        "wording": figures["by wording"],
        **figures["image to image"],
    }
    for name, sweep in sweeps.items():
        lines += ["", *table(name, sweep)]
    for name in ("inpainting", "diversity"):
        lines += ["", f"{name}: " + ", ".join(f"{mark} {share:.1%}" for mark, share in figures[name].items())]
    return "\n".join(lines)


def table(name: str, columns: Mapping[str, Marks]) -> list[str]:
    """A line for each mark, under a headline; a column is wide enough for its name."""
    rows = list(dict.fromkeys(row for column in columns.values() for row in column))
    wide = {column: max(13, len(column) + 2) for column in columns}
    headline = f"{name:24}" + "".join(f"{column:>{wide[column]}}" for column in columns)
    return [headline] + [
        f"{row:24}" + "".join(f"{told(marks, row):>{wide[column]}}" for column, marks in columns.items())
        for row in rows
    ]


def told(marks: Marks, row: str) -> str:
    return f"{marks[row]:.0%} " if row in marks else "– "
