"""Pictures without any chat: words and options to a request, through the engine, into files.

The words are read as in the chat, flags and all; what is wrong with them is told before a model is loaded.
"""

import hashlib
from collections.abc import Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bot import prompt
from bot.cli.meter import Meter
from bot.cli.operations import Material, Operations, gather, perform
from bot.cli.outputs import Output
from bot.config import Config
from bot.prompt import Parsed, Words
from bot.sources import handed_down
from diffusion.demands import check
from diffusion.registry import Hardware, Registry, choose
from diffusion.request import Backend, Failed, Finished, Pictures, Progress, Request, Told
from diffusion.words.language import Language
from diffusion.words.loras import without_mentions
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
    loras: tuple[str, ...] = ()
    """NAME or NAME:WEIGHT each, beside those of the text."""
    image: Path | None = None
    operations: Operations = field(default_factory=Operations)
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
    material = gather(order.image, order.operations)
    output = Output(order.output)
    words, parsed = _read(config, order, material)
    engine = replace(config.engine.settings, preview_every=UNWATCHED)
    with Meter() as meter:
        meter.note("starting the model's process")
        async with Worker(config.specs, engine) as worker:
            registry = Registry(config.specs, choose(config.specs, config.model, worker.hardware))
            parsed = parsed or _complete(config, order, words, registry, material)
            for note in parsed.notes:
                meter.say(note)
            finished = await _developed(worker, parsed.request, material.pictures, meter)
    return Outcome(parsed.request, finished, output.save(parsed.request, finished.pictures))


def _read(config: Config, order: Order, material: Material) -> tuple[Words, Parsed | None]:
    """The words, and what they ask for if that is clear without knowing which model is this machine's default."""
    if not all(map(_utf8, (order.text, *filter(None, order.options.values())))):
        raise Told("What was typed is not valid UTF-8; type it anew.")
    chosen = config.model != "auto"
    default = choose(config.specs, config.model, Hardware()) if chosen else next(iter(config.specs))
    registry = Registry(config.specs, default)
    words = prompt.read(order.text, order.options, registry=registry, limits=config.limits)
    if "strength" in words.values and not material.source and not order.operations.blend:
        raise Told("`--strength` says how far to leave a picture; name one with --image.")
    clear = chosen or "model" in words.values or len(config.specs) == 1
    return words, _complete(config, order, words, registry, material) if clear else None


def _utf8(text: str) -> bool:
    """Bytes of the command line that are no UTF-8 arrive as lone surrogates."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _complete(config: Config, order: Order, words: Words, registry: Registry, material: Material) -> Parsed:
    """What the words ask for, and then what is to be done with pictures; where a picture is to go on, its own text
    says whatever the words leave open."""
    inherited = handed_down(material.parameters) if order.operations.way and material.parameters else {}
    parsed = prompt.complete(
        words if material.source else replace(words, values=_without(words.values, "strength")),
        registry=registry,
        limits=config.limits,
        defaults=inherited | {"count": 1},
        source=material.source,
    )
    parsed = replace(parsed, request=_with_loras(parsed.request, order.loras))
    Language(config.engine.settings).check(parsed.request.prompt, parsed.request.negative)
    spec = registry[parsed.request.model]
    request = perform(parsed.request, words, material, order.operations, spec)
    check(request, spec)
    return replace(parsed, request=request)


def _with_loras(request: Request, loras: Iterable[str]) -> Request:
    """`NAME` and `NAME:WEIGHT` are what stands between `<lora:` and `>`."""
    asked = [f"<lora:{each}>" for each in loras]
    for mention in asked:
        if without_mentions(mention):
            raise Told(f"--lora takes a name, and a weight if you like: --lora watercolour:0.8; {mention} is none.")
    return replace(request, prompt=" ".join([request.prompt, *asked]))


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


def _without(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != name}
