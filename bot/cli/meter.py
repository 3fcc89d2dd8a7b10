"""How far a picture is: drawn on one line of a terminal, and elsewhere said in a line now and then."""

import sys
from threading import Event, Thread
from types import TracebackType
from typing import Self, TextIO

from diffusion.request import Progress

CELLS = 30
CLEAR = "\r\x1b[2K"
EVERY = 5.0
"""Seconds between two lines where nothing can be drawn."""


class Meter:
    """Writes on standard error, so that standard output holds the answer alone; leaves a terminal's line empty at its
    end. Where there is no terminal, what is quick says nothing."""

    def __init__(self, stream: TextIO | None = None, *, every: float = EVERY):
        self._stream = stream or sys.stderr
        self._every = every
        self._news = ""
        self._ended = Event()
        self._teller = Thread(target=self._tell, name="meter", daemon=True)

    def __enter__(self) -> Self:
        if not self._stream.isatty():
            self._teller.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._draw("")
        self._ended.set()
        if self._teller.is_alive():
            self._teller.join()

    def say(self, words: str) -> None:
        """A sentence that stays, whoever watches."""
        self._draw("")
        self._stream.write(f"{words}\n")

    def note(self, words: str) -> None:
        self._show("", f"{words} …")

    def show(self, progress: Progress) -> None:
        if progress.total:
            filled = CELLS * progress.done // progress.total
            self._show(f"{'█' * filled}{'░' * (CELLS - filled)} ", f"step {progress.done} of {progress.total}")
        elif progress.note:
            self.note(progress.note)

    def _show(self, bar: str, words: str) -> None:
        self._news = words
        self._draw(bar + words)

    def _draw(self, line: str) -> None:
        if self._stream.isatty():
            self._stream.write(CLEAR + line)
            self._stream.flush()

    def _tell(self) -> None:
        """In a thread of its own, for a model may load for minutes without a word."""
        told = ""
        while not self._ended.wait(self._every):
            if (news := self._news) != told:
                self._stream.write(f"{news}\n")
                self._stream.flush()
                told = news
