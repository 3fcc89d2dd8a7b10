"""What the chat feels of a busy model: the whole bot in a playground that keeps nothing."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, closing, suppress
from dataclasses import dataclass
from itertools import cycle, islice

from bot.client import Darkroom, point_at, supervise
from bot.config import Config
from bot.playground import Playground, World
from bot.run import TOKEN, opened
from diffusion.request import Backend, Failed, Request, Told

TICK = 0.01
"""Seconds between two looks at the clock of the event loop."""


@dataclass(frozen=True, slots=True)
class Chat:
    """Seconds."""

    lags: tuple[float, ...]
    """How late the event loop came to each tick."""
    answers: tuple[float, ...]
    """From each command to its first answer."""


async def felt(config: Config, requests: Sequence[Request], commands: int) -> Chat:
    """While people keep the model busy with these, and then while so many commands do."""
    lags: list[float] = []
    async with stage(config) as (world, client):
        await ask(client.dispatcher.backend, requests[:1])  # loads the model
        async with watched_loop(lags):
            await ask(client.dispatcher.backend, requests)
        answers = await first_answers(world, requests[0], commands)
    return Chat(tuple(lags), tuple(answers))


async def ask(backend: Backend, requests: Sequence[Request]) -> None:
    """All at once."""

    async def one(request: Request) -> None:
        async with aclosing(backend.generate(request)) as events:
            async for event in events:
                if isinstance(event, Failed):
                    raise Told(f"{request.sampler} with {request.model} failed: {event.reason}")

    await asyncio.gather(*map(one, requests))


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


async def first_answers(world: World, like: Request, commands: int) -> list[float]:
    """The seconds of each command, from its sending to its first answer; the first ones keep the model busy."""
    studio, seconds = world.channel("studio"), []
    options = {"prompt": like.prompt, "model": like.model, "count": 1, "size": f"{like.width}x{like.height}"}
    for person in islice(cycle(world.people), commands):
        begun = time.perf_counter()
        await world.use(person, studio, "imagine", options).settled()
        seconds.append(time.perf_counter() - begun)
    return seconds
