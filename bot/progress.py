"""The live message of each job, from its place in line to its last step: newest frame wins, and Discord is not flooded.

Draws what it is told and what the line says; when a job's state changes, the dispatcher says so. What a state looks
like is `messages.py`'s; where the message stands is in the job, so a restart goes on with the same one.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import discord

from bot import errors, messages
from bot.conversation import BROKEN
from bot.face import Face
from bot.live import Live
from diffusion.request import Progress
from storage.jobs import Delivery, Job, Jobs, Place, State

log = logging.getLogger(__name__)

INTERVAL = 1.5
"""Seconds between two edits of one message; a channel takes about five edits in five seconds."""
OLD, OLD_INTERVAL = timedelta(minutes=55), 15.0
"""Discord limits edits of messages older than an hour (30046)."""
LINE = 100
"""Only the first so many places are kept true; the others' are true once they come so far."""
GIVEN_UP = timedelta(minutes=1)
"""How long after its end a job may still find its message."""


class LiveMessages:
    """The live messages of all jobs that wait or run."""

    def __init__(self, client: discord.Client, jobs: Jobs, *, interval: float = INTERVAL):
        self.client = client
        self.jobs = jobs
        self.interval = interval
        self._lives: dict[int, Live] = {}
        self._late: dict[int, _Late] = {}
        self._moved = asyncio.Event()

    def moved(self) -> None:
        """The line is another now: places are drawn again soon."""
        self._moved.set()

    async def run(self) -> None:
        """Keeps the places in line true, for as long as the bot runs."""
        while True:
            await self._moved.wait()
            self._moved.clear()
            try:
                await self._end_late()
                await self._draw_line()
            except Exception as error:
                errors.report(error, "the places in line could not be drawn")
            await asyncio.sleep(self.interval)

    @asynccontextmanager
    async def follow(self, job: Job) -> AsyncIterator[Callable[[Progress], None]]:
        """While it is open, what it gives takes each `Progress` and the message shows the newest."""
        frames = _Frames()
        drawing = asyncio.create_task(self._draw(job, frames), name=f"live message of job {job.id}")
        try:
            yield frames.put
        finally:
            drawing.cancel()
            await asyncio.wait([drawing])

    async def end(self, job: Job, face: Face | None = None) -> None:
        """The job is over: its last words, or no message any more once the result stands elsewhere.

        It is recorded that they were said; where the network is away for long, the next start says them.
        """
        if not await self._finish(job, face):
            self._late[job.id] = _Late(job, face, datetime.now(UTC) + GIVEN_UP)
            self.moved()

    async def _finish(self, job: Job, face: Face | None) -> bool:
        """False where its message is not known."""
        live = self._live(job)
        if not await live.known():
            return False
        del self._lives[job.id]
        try:
            await live.end(face)
        except BROKEN as error:
            log.info("the live message of job %d waits for its end: %s", job.id, error)
            return True
        except discord.HTTPException as error:
            log.info("the live message of job %d was not brought to its end: %s", job.id, error)
        await self._ended(job)
        return True

    async def _ended(self, job: Job) -> None:
        """There is nothing more to say. Where there are pictures, their delivery knows when that is so."""
        if job.state is not State.DONE:
            await self.jobs.delivered(job.id, Delivery.POSTED)

    async def _end_late(self) -> None:
        for late in list(self._late.values()):
            said = await self._finish(late.job, late.face)
            if not said and datetime.now(UTC) <= late.until:
                continue
            self._late.pop(late.job.id, None)
            self._lives.pop(late.job.id, None)
            if not said:
                await self._ended(late.job)
        if self._late:
            self.moved()

    async def leave(self, job: Job) -> int:
        """The job is over and its message is somebody else's from now on; its id, 0 if there is none."""
        live = self._live(job)
        await live.known()
        del self._lives[job.id]
        return live.message

    def _live(self, job: Job) -> Live:
        return self._lives.setdefault(job.id, Live(self.client, self.jobs, job))

    async def _draw(self, job: Job, frames: "_Frames") -> None:
        live = self._live(job)
        try:
            while True:
                frame = await frames.newest()
                if await live.known():
                    await self._show(live, messages.running(job, frame))
                else:
                    frames.put_back(frame)
                await asyncio.sleep(self._pause(job))
        except Exception as error:
            errors.report(error, f"the progress of job {job.id} could not be drawn")

    def _pause(self, job: Job) -> float:
        return OLD_INTERVAL if datetime.now(UTC) - job.created > OLD else self.interval

    async def _show(self, live: Live, face: Face) -> None:
        """One edit that may be lost: the next one is not far."""
        try:
            await live.show(face)
        except (discord.HTTPException, *BROKEN) as error:
            log.info("live message %d was not edited: %s", live.message, error)

    async def _draw_line(self) -> None:
        """Edits the waiting jobs' messages whose text has changed, one after another."""
        places = await self.jobs.places()
        for job in await self.jobs.line(LINE):
            if job.id in places:
                await self._draw_place(job, places[job.id])

    async def _draw_place(self, job: Job, place: Place) -> None:
        live = self._live(job)
        if not await live.known() or messages.waiting(job, place).content == self._text(live):
            return
        now = await self.jobs.place(job.id)  # the edits before this one took their time
        if now:
            # A run that was lost may have left a preview.
            await self._show(live, replace(messages.waiting(job, now), files=()))

    def _text(self, live: Live) -> str | None:
        """The first answer is not drawn here: its text is what Discord told of the message, if it did."""
        if live.text != "":
            return live.text
        found = discord.utils.get(self.client.cached_messages, id=live.message)
        return found.content if found else None


@dataclass(frozen=True, slots=True)
class _Late:
    """Last words (or None) for a message that is not known yet, and when to give up."""

    job: Job
    face: Face | None
    until: datetime


class _Frames:
    """A place for one frame: a newer one takes the older one's, but keeps its preview if it has none itself."""

    def __init__(self) -> None:
        self._frame: Progress | None = None
        self._arrived = asyncio.Event()

    def put(self, frame: Progress) -> None:
        if self._frame and not frame.preview:
            frame = replace(frame, preview=self._frame.preview)
        self._frame = frame
        self._arrived.set()

    def put_back(self, frame: Progress) -> None:
        """A frame that could not be shown yet counts as older than any that has come since."""
        newer, self._frame = self._frame, frame
        self.put(newer or frame)

    async def newest(self) -> Progress:
        await self._arrived.wait()
        self._arrived.clear()
        assert self._frame
        frame, self._frame = self._frame, None
        return frame
