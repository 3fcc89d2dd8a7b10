"""Weights are read by one thread at a time.

While diffusers and transformers build what they read into, they change things of the whole process: every new layer is
an empty one, and numbers without a type have the model's. Who adds layers, or starts a picture that is not of single
precision, does so undisturbed: while nothing is read. What is under way already minds neither.
"""

from threading import Lock

READING = Lock()
"""Held while weights are read; not while they are fetched."""


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
