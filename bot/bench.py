"""How fast Darkroom is on this machine, in one run: its engine against plain diffusers, and what the chat feels of it.

The figures compare only with each other. Plain diffusers runs in a process of its own.
"""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import aclosing, asynccontextmanager, closing, suppress
from dataclasses import dataclass, replace
from functools import cache
from itertools import cycle, islice
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.client import Darkroom, point_at, supervise
from bot.config import Config, Engine
from bot.playground import Playground, World
from bot.run import TOKEN, opened
from diffusion.registry import ModelSpec
from diffusion.request import Backend, Failed, Finished, Request, Told

if TYPE_CHECKING:
    from diffusion.pipelines import Model

MIXED = (("DDIM", 20), ("Euler", 15), ("Euler a", 25), ("DPM++ 2M", 20), ("UniPC", 12), ("Heun", 10), ("DDIM", 30),
         ("DPM++ 2M Karras", 18))  # fmt: skip
"""Samplers with their steps: what eight people ask for."""
AT_ONCE = (1, 2, 4, 8)
TICK = 0.01
"""Seconds between two looks at the clock of the event loop."""
COMMANDS = 20
EQUAL = {"OMP_WAIT_POLICY": "PASSIVE", "TRANSFORMERS_VERBOSITY": "error"}
"""The environment of both processes. Threads that wait actively ruin whoever is measured while others use the cores."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Figures:
    """Times in seconds."""

    model: str
    device: str
    alone: float
    """One picture with the model's own settings."""
    shared: dict[int, tuple[float, float]]
    """One of the mixed pictures, by the number of requests at once: by plain diffusers, which makes them one after
    another, and right after it by the engine; each time the mean."""
    lag: tuple[float, float]
    """How late the event loop was while the model was busy: median and 99th percentile."""
    answer: tuple[float, float]
    """From a command to its first answer while the model was busy: median and slowest."""

    def to_json(self) -> dict[str, Any]:
        at_once = {
            str(number): {"plain_seconds": round(plain, 4), "seconds": round(ours, 4), "ratio": round(plain / ours, 3)}
            for number, (plain, ours) in self.shared.items()
        }
        return {
            "model": self.model,
            "device": self.device,
            "cores": os.cpu_count(),
            "alone_seconds": round(self.alone, 4),
            "at_once": at_once,
            "loop_lag_ms": {"median": _ms(self.lag[0]), "p99": _ms(self.lag[1])},
            "first_answer_ms": {"median": _ms(self.answer[0]), "slowest": _ms(self.answer[1])},
        }

    def to_text(self) -> str:
        steps = [steps for _, steps in MIXED]
        return "\n".join((
            f"{self.model} on {self.device}, {os.cpu_count()} cores",
            f"One picture with its own settings, alone: {self.alone:.2f} s",
            "",
            f"{len(MIXED)} requests, {min(steps)} to {max(steps)} steps, mixed samplers; seconds a picture",
            f"{'':<12}{'plain diffusers':>16}{'Darkroom':>10}{'ratio':>8}",
            *(
                f"{f'{number} at once':<12}{plain:>16.2f}{ours:>10.2f}{plain / ours:>8.2f}"
                for number, (plain, ours) in self.shared.items()
            ),
            "",
            f"Lag of the event loop while it works: median {_ms(self.lag[0])} ms, 99 % under {_ms(self.lag[1])} ms",
            f"From a command to its first answer: median {_ms(self.answer[0])} ms, slowest {_ms(self.answer[1])} ms",
        ))  # fmt: skip


async def measure(config: Config, model: str, say: Say) -> Figures:
    """`model` "" is this machine's default; `say` hears what is under way. Takes one to three minutes on a CPU."""
    for name, value in EQUAL.items():
        os.environ.setdefault(name, value)
    with tempfile.TemporaryDirectory() as folder:
        own = config.model_copy(update={"data": Path(folder), "database": ""})
        say("starting the engine")
        async with stage(own) as (world, client):
            backend, spec = client.dispatcher.backend, client.registry[model]
            say("a picture alone")
            await develop(backend, asked(spec))  # loads the model
            alone = await develop(backend, asked(spec))
            lags: list[float] = []
            async with watched_loop(lags):
                shared = await compare(backend, spec, own.engine, say)
            say("first answers")
            answers = await first_answers(world, spec)
    return Figures(
        model=spec.name,
        device=alone.device,
        alone=alone.seconds,
        shared=shared,
        lag=(statistics.median(lags), statistics.quantiles(lags, n=100)[98]),
        answer=(statistics.median(answers), max(answers)),
    )


def asked(spec: ModelSpec) -> Request:
    return Request(
        prompt="a red circle on a blue background",
        model=spec.name,
        width=spec.size,
        height=spec.size,
        steps=spec.steps,
        guidance=spec.guidance,
        sampler=spec.sampler,
        seed=7,
    )


def mixed(spec: ModelSpec) -> list[Request]:
    return [
        replace(asked(spec), sampler=sampler, steps=steps, seed=seed) for seed, (sampler, steps) in enumerate(MIXED)
    ]


# The engine against plain diffusers


async def compare(backend: Backend, spec: ModelSpec, engine: Engine, say: Say) -> dict[int, tuple[float, float]]:
    """In turns, so that whatever else this machine does meets both. Plain diffusers has a process of its own."""
    requests, figures = mixed(spec), {}
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:

        async def plain(those: Sequence[Request]) -> float:
            work = (plain_diffusers, spec, engine.device, engine.dtype, engine.threads, those)
            return await asyncio.get_running_loop().run_in_executor(pool, *work)

        await plain(requests[:1])  # loads the model
        for number in AT_ONCE:
            say(f"{number} at once")
            figures[number] = await plain(requests), await at_once(backend, requests, number)
    return figures


def plain_diffusers(spec: ModelSpec, device: str, dtype: str, threads: int, requests: Sequence[Request]) -> float:
    """Seconds a picture of diffusers' own pipeline, called for one request after another."""
    import torch

    from diffusion import pipelines
    from diffusion.sources import Sources

    model = loaded(spec, device, dtype, threads)
    begun = time.perf_counter()
    for request in requests:
        pipeline: Any = model.pipeline(request)
        pipeline.set_progress_bar_config(disable=True)
        generator = torch.Generator("cpu").manual_seed(request.seed)
        pipeline(**pipelines.arguments(pipeline, request, Sources()), generator=generator)
    return (time.perf_counter() - begun) / len(requests)


@cache
def loaded(spec: ModelSpec, device: str, dtype: str, threads: int) -> "Model":
    """The model in this process."""
    import torch

    from diffusion import devices, pipelines

    if threads:
        torch.set_num_threads(threads)
    chosen = devices.choose_device(device)
    return pipelines.load(spec, chosen, devices.choose_dtype(dtype, chosen), lambda note: None)


async def at_once(backend: Backend, requests: Sequence[Request], number: int) -> float:
    """Seconds a picture where always so many requests are under way, as long as there are enough."""
    room = asyncio.Semaphore(number)

    async def one(request: Request) -> None:
        async with room:
            await develop(backend, request)

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for request in requests:
            tasks.create_task(one(request))
    return (time.perf_counter() - begun) / len(requests)


async def develop(backend: Backend, request: Request) -> Finished:
    async with aclosing(backend.generate(request)) as events:
        async for event in events:
            match event:
                case Finished():
                    return event
                case Failed():
                    raise Told(f"{request.sampler} with {request.model} failed: {event.reason}")
    raise RuntimeError("the stream ended without an outcome")


# What the chat feels of it


@asynccontextmanager
async def watched_loop(lags: list[float]) -> AsyncIterator[None]:
    """Notes within it how late the event loop comes to each tick."""

    async def watch() -> None:
        while True:
            due = time.perf_counter() + TICK
            await asyncio.sleep(TICK)
            lags.append(time.perf_counter() - due)

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()


@asynccontextmanager
async def stage(config: Config) -> AsyncIterator[tuple[World, Darkroom]]:
    """The whole bot in a playground that keeps nothing."""
    with closing(World(None)) as world:
        async with Playground(world) as playground, opened(config) as client:
            with point_at(playground.api, playground.gateway):
                working = asyncio.create_task(supervise(client, TOKEN))
                try:
                    await client_ready(client, working)
                    yield world, client
                finally:
                    working.cancel()
                    with suppress(asyncio.CancelledError):
                        await working


async def client_ready(client: Darkroom, working: asyncio.Task[None]) -> None:
    """Returns once it is connected; raises what ended it before."""
    ready = asyncio.Event()

    @client.event
    async def on_connect() -> None:
        ready.set()

    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if working.done():
        await working


async def first_answers(world: World, spec: ModelSpec) -> list[float]:
    """The seconds of each command, from its sending to its first answer; the first ones keep the model busy."""
    studio, seconds = world.channel("studio"), []
    options = {"prompt": asked(spec).prompt, "model": spec.name, "count": 1, "steps": spec.steps}
    for person in islice(cycle(world.people), COMMANDS):
        begun = time.perf_counter()
        await world.use(person, studio, "imagine", options).settled()
        seconds.append(time.perf_counter() - begun)
    return seconds


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)
