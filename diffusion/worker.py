"""This side of the pipe to the child process that owns the card; the other side is `diffusion.child`.

Importing it loads no torch. The event loop never waits on the pipe: two threads read and write it.
"""

import asyncio
import logging
import multiprocessing
import signal
import sys
import threading
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Self

from diffusion.child import Admit, Cancel, Hello, Refused, live
from diffusion.registry import Hardware, ModelSpec
from diffusion.request import NOTHING, Event, Failed, Finished, Pictures, Progress, Request, Told
from diffusion.settings import EngineSettings

log = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds that the child has to end by itself."""
LONGEST_PAUSE = 30.0
"""Seconds between two starts of a child that dies before it can speak."""


class Worker:
    """A `Backend` in a child process. When the child dies, what it had under way ends as `Failed(retry=True)` and a
    new one is started, which takes what is asked from then on."""

    hardware: Hardware

    def __init__(self, specs: Mapping[str, ModelSpec], settings: EngineSettings) -> None:
        self._specs = dict(specs)
        self._settings = settings
        self._keys = count()
        self._keeper: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """The process that lives now."""
        return self._child.pid

    async def __aenter__(self) -> Self:
        self._child = Child(self._specs, self._settings)
        try:
            self.hardware = await self._child.hello
        except BaseException:
            await self._child.aclose()
            raise
        self._keeper = asyncio.create_task(self._keep_alive(), name="worker")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._keeper:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None
        await self._child.aclose()
        self._child.replaced.set()

    async def generate(self, request: Request, pictures: Pictures = NOTHING) -> AsyncGenerator[Event, None]:
        while self._child.died.is_set() and self._keeper:
            await self._child.replaced.wait()
        child, key = self._child, next(self._keys)
        stream = child.open(key, request, pictures)
        event: Event | None = None
        try:
            while not isinstance(event, Finished | Failed):
                event = await stream.next()
                yield event
        finally:
            child.leave(key, ended=isinstance(event, Finished | Failed))

    async def _keep_alive(self) -> None:
        """Starts a new child whenever one has died; slowly, where they die before they can speak."""
        pause = 0.0
        while True:
            await self._child.died.wait()
            await self._child.aclose()
            pause = 0.0 if self._child.spoke else min(LONGEST_PAUSE, 2 * pause + 0.5)
            log.error("The worker process died; a new one starts in %.1f s", pause)
            await asyncio.sleep(pause)
            dead, self._child = self._child, Child(self._specs, self._settings)
            dead.replaced.set()


class Stream:
    """The events of one request that nobody has taken yet: of the steps only the newest, of the previews the last."""

    def __init__(self) -> None:
        self._waiting: Event | None = None
        self._last: Event | None = None
        self._news = asyncio.Event()

    def put(self, event: Event) -> None:
        if isinstance(event, Progress):
            earlier = self._waiting.preview if isinstance(self._waiting, Progress) else b""
            kept = event.preview or earlier
            self._waiting = Progress(done=event.done, total=event.total, note=event.note, preview=kept)
        elif self._last is None:
            self._last = event
        self._news.set()

    async def next(self) -> Event:
        await self._news.wait()
        event, self._waiting = self._waiting or self._last, None
        if self._last is None or event is self._last:
            self._news.clear()
        assert event is not None
        return event


class Child:
    """One child process, its pipe, and the streams that it serves."""

    def __init__(self, specs: Mapping[str, ModelSpec], settings: EngineSettings) -> None:
        self._loop = asyncio.get_running_loop()
        self._streams: dict[int, Stream] = {}
        self._outbox: SimpleQueue[Any] = SimpleQueue()
        self.hello: asyncio.Future[Hardware] = self._loop.create_future()
        self.died = asyncio.Event()
        self.replaced = asyncio.Event()
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=live, args=(theirs, dict(specs), settings), name="engine", daemon=True)
        with interrupts_held():
            self._process.start()
        theirs.close()  # or its death would never be seen here
        self._threads = [
            threading.Thread(target=self._read, args=(self._pipe,), name="worker reader", daemon=True),
            threading.Thread(target=self._write, args=(self._pipe,), name="worker writer", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    @property
    def spoke(self) -> bool:
        return self.hello.done() and not self.hello.cancelled() and not self.hello.exception()

    def open(self, key: int, request: Request, pictures: Pictures) -> Stream:
        stream = Stream()
        if self.died.is_set():
            stream.put(Failed(reason="The worker process died.", retry=True))
            return stream
        self._streams[key] = stream
        self._outbox.put(Admit(key, request, dict(pictures)))
        return stream

    def leave(self, key: int, *, ended: bool) -> None:
        if self._streams.pop(key, None) and not ended:
            self._outbox.put(Cancel(key))

    async def aclose(self) -> None:
        """Ends the child; streams that are still open fail as at its death."""
        self._outbox.put(None)
        await asyncio.to_thread(self._end)

    def _end(self) -> None:
        self._process.terminate()
        self._process.join(PATIENCE)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        for thread in self._threads:  # the pipe is broken now, so neither can wait on it
            thread.join()
        self._pipe.close()

    def _read(self, pipe: Connection) -> None:
        while True:
            try:
                message = pipe.recv()
            except (EOFError, OSError):
                self._call(self._bury)
                return
            self._call(self._receive, message)

    def _write(self, pipe: Connection) -> None:
        while (message := self._outbox.get()) is not None:
            try:
                pipe.send(message)
            except OSError:  # it died; the reader sees it too
                return

    def _call(self, what: Any, *args: Any) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(what, *args)

    def _receive(self, message: Any) -> None:
        match message:
            case Hello(hardware) if not self.hello.done():
                self.hello.set_result(hardware)
            case Refused(reason) if not self.hello.done():
                self.hello.set_exception(Told(reason))
            case int() as key, event if key in self._streams:
                self._streams[key].put(event)

    def _bury(self) -> None:
        if not self.hello.done():
            self.hello.set_exception(RuntimeError("The worker process died before it could speak."))
            self.hello.exception()  # nobody may be waiting for it
        for stream in self._streams.values():
            stream.put(Failed(reason="The worker process died.", retry=True))
        self._streams.clear()
        self.died.set()


@contextmanager
def interrupts_held() -> Iterator[None]:
    """A process that is started within it never hears Ctrl+C, which reaches the whole group: the parent decides. One
    that comes meanwhile reaches the parent at the end."""
    if sys.platform == "win32":
        yield
        return
    resource_tracker.ensure_running()  # when it starts it lets interrupts through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
