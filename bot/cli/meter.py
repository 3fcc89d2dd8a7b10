"""How far a picture is, on one line of a terminal; silent where nobody watches."""

import sys
from types import TracebackType
from typing import Self, TextIO

from diffusion.request import Progress

CELLS = 30
CLEAR = "\r\x1b[2K"


class Meter:
    """Draws on standard error, so that standard output holds the answer alone; leaves the line empty at its end."""

    def __init__(self, stream: TextIO | None = None):
        self._stream = stream or sys.stderr

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._draw("")

    def say(self, words: str) -> None:
        """A sentence that stays, whoever watches."""
        self._draw("")
        self._stream.write(f"{words}\n")

    def note(self, words: str) -> None:
        self._draw(f"{words} …")

    def show(self, progress: Progress) -> None:
        if progress.total:
            filled = CELLS * progress.done // progress.total
            self._draw(f"{'█' * filled}{'░' * (CELLS - filled)} step {progress.done} of {progress.total}")
        elif progress.note:
            self.note(progress.note)

    def _draw(self, line: str) -> None:
        if self._stream.isatty():
            self._stream.write(CLEAR + line)
            self._stream.flush()
