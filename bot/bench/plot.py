"""The figures as a picture: what each side makes, and how long people wait, by the number of people.

Matplotlib is the extra `plot` of pyproject.toml: some 40 MB that nothing else needs.
"""

from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from bot.bench.comparison import Comparison
from bot.bench.figures import Figures
from diffusion.request import Told

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INCHES = 11.0, 4.5
DOTS = 130
"""Per inch."""
PLAIN, SHARED, SIGHT = "#9a3412", "#1d4ed8", "#60a5fa"
DASHES = "-", "--", ":", "-."
"""Of the sizes, in their order."""


def check(path: Path) -> None:
    """Before anything is measured: `Told` where the plot could not be drawn or kept."""
    if find_spec("matplotlib") is None:
        raise Told('The plot needs matplotlib; install it with: pip install -c constraints.txt -e ".[plot]".')
    if path.suffix.lower() != ".png":
        raise Told(f"{path} is no PNG; end the name of --plot in .png.")
    if not path.parent.is_dir() or path.is_dir():
        raise Told(f"{path} cannot be written; name a file in a folder that exists with --plot.")


def save(figures: Figures, path: Path) -> None:
    """A PNG of `INCHES` by `DOTS`."""
    try:
        drawn(figures).savefig(path, dpi=DOTS, format="png")
    except OSError as error:
        raise Told(f"{path} cannot be written ({error.strerror}); name another file with --plot.") from error


def drawn(figures: Figures) -> "Figure":
    from matplotlib.figure import Figure

    figure = Figure(figsize=INCHES, layout="constrained")
    made, waited = figure.subplots(1, 2)
    for comparison, dash in zip(figures.sizes, DASHES * len(figures.sizes), strict=False):
        _made(made, comparison, dash)
        _waited(waited, comparison, dash)
    for axes, words in ((made, "pictures per second"), (waited, "seconds from asking (median)")):
        _labelled(axes, words, [level.people for level in figures.sizes[0].levels])
    figure.suptitle(f"{figures.model} on {figures.hardware.name}, {figures.hardware.dtype}: mixed steps and samplers")
    return figure


def _made(axes: Any, comparison: Comparison, dash: str) -> None:
    people = [level.people for level in comparison.levels]
    typical = [level.typical for level in comparison.levels]
    size = "x".join(map(str, comparison.size))
    axes.plot(people, [plain.rate for plain, _ in typical], dash, color=PLAIN, marker="o", label=f"plain {size}")
    axes.plot(people, [ours.rate for _, ours in typical], dash, color=SHARED, marker="o", label=f"Darkroom {size}")


def _waited(axes: Any, comparison: Comparison, dash: str) -> None:
    people = [level.people for level in comparison.levels]
    typical = [level.typical for level in comparison.levels]
    size = "x".join(map(str, comparison.size))
    series = (
        (f"picture, plain {size}", PLAIN, [median(plain.pictures) for plain, _ in typical]),
        (f"picture, Darkroom {size}", SHARED, [median(ours.pictures) for _, ours in typical]),
        (f"first preview, Darkroom {size}", SIGHT, [median(ours.sights) for _, ours in typical]),
    )
    for label, colour, seconds in series:
        axes.plot(people, seconds, dash, color=colour, marker="o", label=label)


def _labelled(axes: Any, words: str, people: list[int]) -> None:
    axes.set_xscale("log", base=2)
    axes.set_xticks(people, [str(number) for number in people])
    axes.minorticks_off()
    axes.set_ylim(bottom=0)
    axes.set_xlabel("people at once")
    axes.set_ylabel(words)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
