"""The child process that owns the card: commands come in by a pipe, events go out.

Importing it loads no torch; `live` does, in the child. It ends when the other end of the pipe is closed, so it never
outlives the process that started it.
"""

import logging
import os
import signal
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from diffusion.registry import Hardware, ModelSpec
from diffusion.request import Pictures, Request, Told
from diffusion.settings import EngineSettings

if TYPE_CHECKING:
    from diffusion.engine import Engine


@dataclass(frozen=True, slots=True)
class Admit:
    key: int
    request: Request
    pictures: Pictures


@dataclass(frozen=True, slots=True)
class Cancel:
    key: int


@dataclass(frozen=True, slots=True)
class Hello:
    """The child's first word, once the device is known."""

    hardware: Hardware


@dataclass(frozen=True, slots=True)
class Refused:
    """Its first and last word, where what it was asked for is not there."""

    reason: str


Command = Admit | Cancel


def live(pipe: Connection, specs: Mapping[str, ModelSpec], settings: EngineSettings) -> None:
    """The child's whole life."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    logging.basicConfig(level=logging.INFO, format="%(asctime)s engine %(levelname)s %(name)s: %(message)s")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")  # or it laments the torchvision that is not wanted here
    os.environ.setdefault("DIFFUSERS_VERBOSITY", "error")  # and diffusers the parts of torchao for other cards
    for name in ("torchao", "torch.utils._pytree"):
        logging.getLogger(name).setLevel(logging.ERROR)
    os.environ.setdefault("HF_HUB_VERBOSITY", "error")  # or it tells of every retry, twice; how it ends is told anyway
    inbox: SimpleQueue[Command] = SimpleQueue()
    threading.Thread(target=_listen, args=(pipe, inbox), name="commands", daemon=True).start()
    try:
        hardware = _hardware(settings)
    except Told as told:
        pipe.send(Refused(str(told)))
        return
    pipe.send(Hello(hardware))
    engine = _engine(specs, settings)
    while True:
        for command in _commands(inbox, wait=not engine.busy):
            match command:
                case Admit(key, request, pictures):
                    engine.admit(key, request, pictures)
                case Cancel(key):
                    engine.cancel(key)
        for answer in engine.tick():
            pipe.send(answer)


def _hardware(settings: EngineSettings) -> Hardware:
    from diffusion import devices

    device = devices.choose_device(settings.devices[0])
    return devices.hardware(device, devices.choose_dtype(settings.dtype, device))


def _engine(specs: Mapping[str, ModelSpec], settings: EngineSettings) -> "Engine":
    import torch

    from diffusion.engine import Engine

    if settings.threads:
        torch.set_num_threads(settings.threads)
    return Engine(specs, settings)


def _listen(pipe: Connection, inbox: SimpleQueue[Command]) -> None:
    """Keeps the pipe empty, so that its other end never waits; ends the process when that end is gone."""
    while True:
        try:
            inbox.put(pipe.recv())
        except (EOFError, OSError):
            os._exit(0)


def _commands(inbox: SimpleQueue[Command], *, wait: bool) -> list[Command]:
    """All that came in; at least one of them where it is to wait."""
    commands = [inbox.get()] if wait else []
    while True:
        try:
            commands.append(inbox.get_nowait())
        except Empty:
            return commands
