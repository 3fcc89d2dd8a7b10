"""Weights are read by one thread at a time.

While diffusers and transformers build what they read into, they change things of the whole process: every new layer is
an empty one, and numbers without a type have the model's. Who adds layers, or starts a picture that is not of single
precision, does so undisturbed: while nothing is read. What is under way already minds neither.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

import torch
from safetensors import SafetensorError

from diffusion.models.soundness import MEND
from diffusion.request import Told

log = logging.getLogger(__name__)

READING = Lock()
"""Held while weights are read; not while they are fetched."""
UNFIT = (AttributeError, ImportError, LookupError, OSError, RuntimeError, SafetensorError, TypeError, ValueError)
"""What diffusers and transformers raise over files that do not fit together, by where they stumble."""


@contextmanager
def reading(what: str, folder: Path) -> Iterator[None]:
    """Holds READING. `Told` where `what`, for example "The model sdxl", does not fit together in this folder."""
    try:
        with READING:
            yield
    except torch.OutOfMemoryError:
        raise
    except UNFIT as error:
        log.info("%s cannot be loaded", what, exc_info=error)
        raise Told(f"{what} cannot be loaded from {folder}; {MEND} ({first_line(error)}).") from error


def check_whole(part: torch.nn.Module, name: str) -> None:
    """Raises a `ValueError` where some of its weights were in no file: diffusers leaves their places empty."""
    if any(each.is_meta for each in part.parameters()):
        raise ValueError(f"some weights of {name} are missing")


def first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)[:200].rstrip(".")


class Undisturbed:
    """The thread that makes pictures holds off readers for a moment; it never waits for them."""

    def __init__(self) -> None:
        self._taken = False
        self.refused = False
        """Whether it asked in vain the last time."""

    def take(self) -> bool:
        """Whether nothing is read, and nothing will be until it is given back."""
        self._taken = self._taken or READING.acquire(blocking=False)
        self.refused = not self._taken
        return self._taken

    def give_back(self) -> None:
        if self._taken:
            self._taken = False
            READING.release()
