"""Pictures without any chat: what was typed, through the engine, into files."""

import hashlib
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot.cli.material import gather
from bot.cli.meter import Meter
from bot.cli.orders import Order
from bot.cli.outputs import Output
from bot.cli.reading import complete, read
from bot.config import Config
from diffusion.registry import Registry, choose
from diffusion.request import Backend, Failed, Finished, Pictures, Progress, Request, Told
from diffusion.worker import Worker

UNWATCHED = 3600.0
"""Seconds between two previews: nobody looks at them here."""


class Broken(Exception):
    """The engine failed through a fault of its own; the text is a bug's short summary."""


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
    material = gather(order)
    output = Output(order.output)
    words, parsed = read(config, order, material)
    engine = replace(config.engine.settings, preview_every=UNWATCHED)
    with Meter() as meter:
        meter.note("starting the model's process")
        async with Worker(config.specs, engine) as worker:
            registry = Registry(config.specs, choose(config.specs, config.model, worker.hardware))
            parsed = parsed or complete(config, order, words, registry, material)
            for note in (*parsed.notes, *parsed.asides):
                meter.say(note)
            finished = await _developed(worker, parsed.request, material.pictures, meter)
    return Outcome(parsed.request, finished, output.save(parsed.request, finished.pictures))


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
