"""Pictures without any chat: words and options to a request, through the engine, into files.

The words are read as in the chat, flags and all; what is wrong with them is told before a model is loaded.
"""

import hashlib
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot import prompt
from bot.cli.meter import Meter
from bot.cli.outputs import Output
from bot.config import Config
from bot.prompt import Parsed, Source, Words
from bot.sources import BROKEN, open_picture
from diffusion.language import Language
from diffusion.registry import Hardware, Registry, choose
from diffusion.request import Backend, Failed, Finished, Pictures, Progress, Request, Told
from diffusion.worker import Worker

UNWATCHED = 3600.0
"""Seconds between two previews: nobody looks at them here."""


class Broken(Exception):
    """The engine failed through a fault of its own; the text is a bug's short summary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What was typed."""

    text: str
    options: Mapping[str, str | None]
    """By the names of flags; they win over the flags in the text."""
    image: Path | None = None
    output: Path | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    request: Request
    finished: Finished
    files: list[tuple[Path, bytes]]

    def to_json(self) -> dict[str, Any]:
        images = [
            {"path": str(path), "seed": picture.seed, "sha256": hashlib.sha256(data).hexdigest()}
            for (path, data), picture in zip(self.files, self.finished.pictures, strict=True)
        ]
        seconds, device = round(self.finished.seconds, 3), self.finished.device
        return {"images": images, "request": self.request.to_json(), "seconds": seconds, "device": device}


async def imagine(config: Config, order: Order) -> Outcome:
    """`Told` where the person can mend it, before the model is loaded wherever it does not depend on the machine."""
    data = _bytes(order.image) if order.image else b""
    source = _source(order.image, data) if order.image else None
    output = Output(order.output)
    words, parsed = _read(config, order, source)
    engine = replace(config.engine.settings, preview_every=UNWATCHED)
    with Meter() as meter:
        meter.note("starting the model's process")
        async with Worker(config.specs, engine) as worker:
            registry = Registry(config.specs, choose(config.specs, config.model, worker.hardware))
            parsed = parsed or _complete(config, words, registry, source)
            for note in parsed.notes:
                meter.say(note)
            finished = await _developed(worker, parsed.request, {parsed.request.source: data}, meter)
    return Outcome(parsed.request, finished, output.save(parsed.request, finished.pictures))


def _read(config: Config, order: Order, source: Source | None) -> tuple[Words, Parsed | None]:
    """The words, and what they ask for if that is clear without knowing which model is this machine's default."""
    if not all(map(_utf8, (order.text, *filter(None, order.options.values())))):
        raise Told("What was typed is not valid UTF-8; type it anew.")
    chosen = config.model != "auto"
    default = choose(config.specs, config.model, Hardware()) if chosen else next(iter(config.specs))
    registry = Registry(config.specs, default)
    words = prompt.read(order.text, order.options, registry=registry, limits=config.limits)
    if "strength" in words.values and not source:
        raise Told("`--strength` says how far to leave a picture; name one with --image.")
    clear = chosen or "model" in words.values or len(config.specs) == 1
    return words, _complete(config, words, registry, source) if clear else None


def _utf8(text: str) -> bool:
    """Bytes of the command line that are no UTF-8 arrive as lone surrogates."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _complete(config: Config, words: Words, registry: Registry, source: Source | None) -> Parsed:
    one = {"count": 1}
    parsed = prompt.complete(words, registry=registry, limits=config.limits, defaults=one, source=source)
    Language(config.engine.settings).check(parsed.request.prompt, parsed.request.negative)
    return parsed


async def _developed(backend: Backend, request: Request, pictures: Pictures, meter: Meter) -> Finished:
    async with aclosing(backend.generate(request, pictures)) as events:
        async for event in events:
            match event:
                case Progress():
                    meter.show(event)
                case Finished():
                    return event
                case Failed(told=True):
                    raise Told(event.reason)
                case Failed():
                    raise Broken(event.reason)
    raise Broken("the model's process ended its answer early")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Told(f"{path} cannot be read ({error.strerror}); name another picture with --image.") from error


def _source(path: Path, data: bytes) -> Source:
    try:
        opened = open_picture(data)
    except BROKEN as error:
        raise Told(f"{path} is not a picture that can be read; give --image a PNG, JPEG or WebP.") from error
    return Source(hashlib.sha256(data).hexdigest(), opened.width, opened.height)
