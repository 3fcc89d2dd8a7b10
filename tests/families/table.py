"""The README's table of families: its rows as they were proved, and where they stand."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from diffusion.models.families import Task

README = Path(__file__).parents[2] / "README.md"
PLACE = re.compile(r"(?<=<!-- families -->\n).*?(?=<!-- /families -->)", re.DOTALL)
HEAD = """\
| family | loaded by | text | image | inpainting | strangers share | samplers |
| --- | --- | --- | --- | --- | --- | --- |
"""
KINDS = {
    "denoiser": r"unet|transformer",
    "prior": r"prior_prior",
    "text encoders": r"(prior_)?text_encoder.*",
    "decoder": r".*\.decoder",
    "encoder": r".*\.encoder",
}
"""The parts that the table tells of, and the names of the modules that each one is."""


@dataclass
class Row:
    title: str
    loaded_by: str = ""
    tasks: set[Task] = field(default_factory=set)
    shared: set[str] = field(default_factory=set)
    """Names of modules whose forwards strangers shared."""
    samplers: list[str] = field(default_factory=list)
    all_samplers: bool = False
    proved: set[str] = field(default_factory=set)
    """The names of those tests of the family that have passed."""

    def __str__(self) -> str:
        tasks = ("yes" if task in self.tasks else "–" for task in Task)
        kinds = [kind for kind, name in KINDS.items() if any(re.fullmatch(name, part) for part in self.shared)]
        samplers = "all" if self.all_samplers else ", ".join(self.samplers)
        return f"| {' | '.join((self.title, self.loaded_by, *tasks, ', '.join(kinds), samplers))} |"


def read() -> list[str]:
    """The rows that stand in the README."""
    found = PLACE.search(README.read_text("utf-8"))
    assert found, "README.md has no place between <!-- families --> and <!-- /families -->"
    return found[0].splitlines()[2:]


def write(rows: Iterable[Row]) -> None:
    text = HEAD + "".join(f"{row}\n" for row in rows)
    README.write_text(PLACE.sub(lambda _: text, README.read_text("utf-8")), "utf-8")
