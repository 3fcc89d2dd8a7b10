"""An object in a process of its own: its methods are called here and run there, one at a time.

It runs nothing but the benchmark's two sides; it is not the pipe of the bot's own worker.
"""

import logging
import multiprocessing
import signal
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

from diffusion.request import Told
from diffusion.worker import interrupts_held

PATIENCE = 2.0
"""Seconds that it has to end by itself."""


class Away:
    """Opened, it is a process that loads torch; `make` makes the object in it. It ends with the context, whatever it
    is doing."""

    def __init__(self, kind: Callable[..., Any]) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, self._theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(self._theirs, kind), daemon=True)

    def __enter__(self) -> Self:
        with interrupts_held():
            self._process.start()
        self._theirs.close()  # or its death would never be seen here
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pipe.close()
        self._process.join(PATIENCE)
        self._process.terminate()
        self._process.join()

    def make(self, *arguments: Any) -> Self:
        """`kind(*arguments)`, there. `Told` comes through as it is."""
        self._ask(("", arguments))
        return self

    def __call__(self, method: Callable[..., Any], *arguments: Any) -> Any:
        """What `method`, one of the kind's own, answers there. `Told` comes through as it is."""
        return self._ask((method.__name__, arguments))

    def _ask(self, question: tuple[str, tuple[Any, ...]]) -> Any:
        try:
            self._pipe.send(question)
            error, value = self._pipe.recv()
        except (EOFError, BrokenPipeError, ConnectionResetError) as died:
            raise Told(
                "A process of the benchmark died, perhaps for want of memory; choose a smaller model or --size."
            ) from died
        if error:
            raise error
        return value


def _serve(pipe: Connection, kind: Callable[..., Any]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    logging.disable(logging.WARNING)  # of parts that are not there, or not for this machine; how it ends is told anyway
    import torch  # noqa: F401  # slow; so both sides load it at the same time

    made: Any = None
    while True:
        try:
            name, arguments = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            if name:
                pipe.send((None, getattr(made, name)(*arguments)))
            else:
                made = kind(*arguments)
                pipe.send((None, None))
        except Told as told:
            pipe.send((told, None))
        except Exception:
            pipe.send((RuntimeError(traceback.format_exc()), None))
