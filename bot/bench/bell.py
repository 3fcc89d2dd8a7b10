"""A bell that rings once, at a moment of its own, whatever the thread that waits for it is doing."""

import threading
import time


class Bell:
    def __init__(self) -> None:
        self._timer: threading.Timer | None = None
        self._rang: float | None = None

    def wind(self, seconds: float) -> None:
        """It will ring after so long."""
        self._rang = None
        self._timer = threading.Timer(seconds, self._ring)
        self._timer.daemon = True
        self._timer.start()

    @property
    def rang(self) -> float | None:
        """When it rang, on the clock `time.perf_counter`; None before."""
        return self._rang

    def _ring(self) -> None:
        self._rang = time.perf_counter()
