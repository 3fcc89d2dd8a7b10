"""A folder of small weights, each known by its file's name: LoRAs, embeddings. Only safetensors, never a pickle.

Knows files, not tensors; loads no torch.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from diffusion.request import Told

PICKLES = {".bin", ".ckpt", ".pt", ".pth", ".pkl"}
LISTED = 12
"""Names that are told where none is near."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder and its sub-folders, which may be missing; looked through at every question, so that a file can come
    and go while Darkroom runs."""

    folder: Path
    kind: str
    """What lies in it, for the person: "LoRA"."""

    def files(self) -> Mapping[str, Path]:
        """The weights by name; of two that share one, the first in the order of their paths."""
        return self._named({".safetensors"})

    def pickles(self) -> Mapping[str, Path]:
        """What lies there under a name that no safetensors has, and is never loaded."""
        safe = self.files()
        return {name: path for name, path in self._named(PICKLES).items() if name not in safe}

    def find(self, name: str) -> Path:
        """The file of that name, in whatever case; `Told` where there is none, or only a pickle."""
        files = self.files()
        folded = {known.casefold(): path for known, path in files.items()}
        found = files.get(name) or folded.get(name.casefold())
        if found is None:
            raise self._missing(name, list(files))
        return found

    def _missing(self, name: str, known: list[str]) -> Told:
        if name in self.pickles():
            return Told(
                f"The {self.kind} “{name}” is pickled, which can run any code; it is loaded as safetensors alone."
            )
        near = get_close_matches(name, known, n=1)
        if near:
            hint = f"Did you mean “{near[0]}”?"
        elif known:
            more = "" if len(known) <= LISTED else f" and {len(known) - LISTED} more"
            hint = f"There are: {', '.join(known[:LISTED])}{more}."
        else:
            hint = f"There are none at all in the folder {shown(self.folder)}; leave it out."
        return Told(f"There is no {self.kind} “{name}” here. {hint}")

    def _named(self, suffixes: set[str]) -> dict[str, Path]:
        paths = sorted(path for path in self.folder.rglob("*") if path.suffix.lower() in suffixes)
        first = {path.stem: path for path in reversed(paths)}
        return {name: first[name] for name in sorted(first)}


def shown(folder: Path) -> str:
    """A folder for the person: from where Darkroom was started, if it lies there."""
    here = Path.cwd()
    return str(folder.relative_to(here) if folder.is_relative_to(here) else folder)


def named(text: str, names: Iterable[str]) -> list[str]:
    """The names that stand as words in the text."""
    words = pattern(names)
    by_key = {name.casefold(): name for name in names}
    return list(dict.fromkeys(by_key[match[0].casefold()] for match in words.finditer(text))) if words else []


def pattern(names: Iterable[str]) -> re.Pattern[str] | None:
    """Finds the names as whole words, in whatever case; of two that begin alike the longer one."""
    longest_first = sorted(names, key=len, reverse=True)
    choice = "|".join(map(re.escape, longest_first))
    return re.compile(rf"(?<!\w)(?:{choice})(?!\w)", re.IGNORECASE) if choice else None
