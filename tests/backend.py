"""A place that develops pictures at a test's word: our own `Backend`, with real small PNGs."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

from PIL import Image

from diffusion import metadata
from diffusion.request import NOTHING, Developed, Event, Failed, Finished, Pictures, Progress, Request

SIDE = 16


def picture(request: Request, index: int = 0, side: int = SIDE) -> bytes:
    """A small PNG in a colour of its seed, with its settings in it as the engine writes them."""
    seed = sum(request.seeds(index))
    colour = (seed * 47 % 256, seed * 101 % 256, seed * 197 % 256)
    return metadata.write(Image.new("RGB", (side, side), colour), request, index=index)


def noise(request: Request, index: int) -> bytes:
    """A PNG that cannot be made smaller without loss: about 3 bytes a pixel."""
    side = 128
    image = Image.effect_noise((side, side), 100).convert("L")
    merged = Image.merge("RGB", [image.rotate(90 * turn) for turn in range(3)])
    return metadata.write(merged, request, index=index)


def finished(request: Request, draw: Callable[[Request, int], bytes] = picture) -> Finished:
    developed = tuple(
        Developed(draw(request, index), request.seeds(index)[1 if request.variation else 0])
        for index in range(request.count)
    )
    return Finished(pictures=developed, seconds=0.5, device="cpu")


@dataclass
class Run:
    """One `generate`: what it was asked, and what it is to answer."""

    request: Request
    pictures: Pictures
    draw: Callable[[Request, int], bytes] = picture
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once the stream is closed, by its end or by a cancel."""
    ended: bool = False
    """Whether it came to its own end: False after a cancel."""
    events: asyncio.Queue[Event | Exception] = field(default_factory=asyncio.Queue)

    @property
    def source(self) -> bytes:
        return self.pictures.get(self.request.source, b"")

    def step(self, done: int, preview: bytes = b"") -> None:
        self.events.put_nowait(Progress(done=done, total=self.request.steps, preview=preview))

    def finish(self) -> None:
        self.events.put_nowait(finished(self.request, self.draw))

    def fail(self, reason: str, *, told: bool = False, retry: bool = False) -> None:
        self.events.put_nowait(Failed(reason=reason, told=told, retry=retry))

    def crash(self, error: Exception) -> None:
        """The stream itself raises: a bug of the backend."""
        self.events.put_nowait(error)


class ScriptedBackend:
    """Finishes everything at once; after `hold()` each run waits for what its `Run` is told."""

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self.draw: Callable[[Request, int], bytes] = picture
        self._held = False
        self._began: asyncio.Queue[Run] = asyncio.Queue()

    def hold(self) -> None:
        self._held = True

    async def next(self) -> Run:
        """The next run that begins, or began and was not asked for yet."""
        async with asyncio.timeout(10):
            return await self._began.get()

    async def generate(self, request: Request, pictures: Pictures = NOTHING) -> AsyncGenerator[Event, None]:
        run = Run(request, pictures, self.draw)
        self.runs.append(run)
        self._began.put_nowait(run)
        if not self._held:
            run.step(1)
            run.finish()
        try:
            while not run.ended:
                event = await run.events.get()
                if isinstance(event, Exception):
                    raise event
                run.ended = not isinstance(event, Progress)
                yield event
        finally:
            run.left.set()
