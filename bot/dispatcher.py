"""The job loop: claims what is next in line, streams it through the backend, saves it, and sees it delivered.

The line, its fairness and the states are storage's; how anything looks is `messages.py`'s. A job that fails, for
whatever reason, fails alone.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing, suppress

from bot import errors, messages
from bot.delivery import Deliveries
from bot.progress import LiveMessages
from diffusion.request import Backend, Failed, Finished, Pictures, Progress, Told
from storage.history import History, Picture
from storage.images import Images
from storage.jobs import Job, Jobs, NewPicture, State

log = logging.getLogger(__name__)

TICK = 30.0
"""Seconds after which the line is looked at even if nobody called: a wake-up that got lost costs no more."""
CLOSING = 5.0
"""Seconds that a cancelled job has for closing its stream; whoever cancelled it waits for that."""
LOST = "The worker was lost twice while it made this; the owner finds why in the log."


class Dispatcher:
    def __init__(
        self,
        backend: Backend,
        jobs: Jobs,
        history: History,
        images: Images,
        progress: LiveMessages,
        delivery: Deliveries,
        *,
        jobs_at_once: int,
    ):
        self.backend = backend
        self.jobs = jobs
        self.history = history
        self.images = images
        self.progress = progress
        self.delivery = delivery
        self.jobs_at_once = jobs_at_once
        self._developing: dict[int, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()
        self._alone = False
        """Whether the job that was claimed last is to have the worker for itself."""
        self._left = asyncio.Event()
        """Set whenever a job makes room for another."""
        self._claiming = asyncio.Lock()
        """Held until what was claimed can be ended: a cancel in between would find a row and no work."""

    def wake(self) -> None:
        """There may be something to do: a job was submitted or answered, or room was made."""
        self._wake.set()
        self.progress.moved()

    async def cancel(self, job_id: int) -> bool:
        """Ends a waiting or running job; False if it had already ended. Its live message says so."""
        async with self._claiming:
            if not await self.jobs.cancel(job_id):
                return False
        task = self._developing.get(job_id)
        if task:
            task.cancel()
            await asyncio.wait([task], timeout=CLOSING)
        await self._last_words(job_id)
        self.wake()
        return True

    async def run(self) -> None:
        """Takes up what the last run left, then works until it is cancelled."""
        resumed = await self.jobs.resume()
        if resumed:
            log.info("jobs that were running begin anew: %d", resumed)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.progress.run(), name="places in line")
            for job in await self.jobs.undelivered():
                told = self._deliver(job) if job.state is State.DONE else self._last_words(job.id)
                tasks.create_task(told, name=f"end of job {job.id}")
            self.wake()
            while True:
                await self._fill(tasks)
                with suppress(TimeoutError):
                    async with asyncio.timeout(TICK):
                        await self._wake.wait()
                self._wake.clear()

    async def _fill(self, tasks: asyncio.TaskGroup) -> None:
        """Starts jobs while there is room for them."""
        try:
            while self._has_room():
                async with self._claiming:
                    job = await self.jobs.claim(newcomer=self._one_place_left())
                    if job is None:
                        return
                    self._alone = job.attempts > 1
                    self._developing[job.id] = tasks.create_task(self._work(job), name=f"job {job.id}")
                self.progress.moved()
        except Exception as error:
            errors.report(error, "the next job could not be claimed")

    def _has_room(self) -> bool:
        return len(self._developing) < (1 if self._alone else self.jobs_at_once)

    def _one_place_left(self) -> bool:
        return len(self._developing) == self.jobs_at_once - 1 > 0

    async def _work(self, job: Job) -> None:
        """One attempt at a job. What comes after it, delivery or last words, takes no room in the engine."""
        after = None
        try:
            pictures = await self._develop(job)
            after = self._deliver(job, pictures) if pictures else None
        except Told as told:
            after = self._fail(job, str(told))
        except Exception as error:
            after = self._fail(job, errors.broken(errors.report(error, f"job {job.id}")))
        finally:
            del self._developing[job.id]
            self._left.set()
            self.wake()
        if after:
            await after

    async def _develop(self, job: Job) -> list[Picture]:
        """The saved pictures; none if there are none to deliver, for whatever reason, which the person then knows."""
        if job.attempts > 1:
            await self._others_left()
        pictures = {name: await self.images.open(name) for name in job.request.needs}
        async with self.progress.follow(job) as show:
            outcome = await self._outcome(job, pictures, show)
        match outcome:
            case Finished():
                return await self._save(job, outcome)
            case Failed(told=True):
                raise Told(outcome.reason)
            case Failed(retry=True):
                await self._retry(job, outcome)
                return []
            case Failed():
                raise RuntimeError(outcome.reason)

    async def _others_left(self) -> None:
        """A job that lost its worker may be what ended it: next time it takes nobody else's job along."""
        while len(self._developing) > 1:
            self._left.clear()
            await self._left.wait()

    async def _outcome(self, job: Job, pictures: Pictures, show: Callable[[Progress], None]) -> Finished | Failed:
        async with aclosing(self.backend.generate(job.request, pictures)) as events:
            async for event in events:
                if isinstance(event, Progress):
                    show(event)
                else:
                    return event
        raise RuntimeError("the backend's stream ended without an outcome")

    async def _save(self, job: Job, finished: Finished) -> list[Picture]:
        """Files first, then rows. Empty if the job was cancelled meanwhile: its pictures are nobody's."""
        size = job.request.width, job.request.height
        async with self.images.settling:
            new = [NewPicture(await self.images.save(each.image), each.seed, *size) for each in finished.pictures]
            pictures = await self.jobs.finish(job, new, finished.seconds)
            if not pictures:
                for name in await self.history.unused({each.sha256 for each in new}):
                    await self.images.forget(name)
        return pictures

    async def _retry(self, job: Job, failed: Failed) -> None:
        log.warning("job %d lost its worker: %s", job.id, failed.reason)
        await self._end(job, LOST, retry=True)

    async def _fail(self, job: Job, reason: str) -> None:
        try:
            await self._end(job, reason)
        except Exception as error:
            errors.report(error, f"the failure of job {job.id} could not be noted")

    async def _end(self, job: Job, reason: str, *, retry: bool = False) -> None:
        if await self.jobs.fail(job, reason, retry=retry) is State.FAILED:
            await self._last_words(job.id)

    async def _last_words(self, job_id: int) -> None:
        """Of a job that ended without pictures."""
        try:
            job = await self.jobs.one(job_id)
            if job:
                face = messages.cancelled(job) if job.state is State.CANCELLED else messages.failed(job, job.error)
                await self.progress.end(job, face)
        except Exception as error:
            errors.report(error, f"the last words of job {job_id} wait for the next start")

    async def _deliver(self, job: Job, pictures: list[Picture] | None = None) -> None:
        """Without `pictures`, those of an earlier run, which may have posted them."""
        try:
            now = await self.jobs.one(job.id)
            found = pictures or await self.history.of_job(job.id)
            if now:
                await self.delivery.deliver(now, found, repeated=pictures is None)
            else:  # deleted already
                await self.progress.end(job)
        except Exception as error:
            errors.report(error, f"the delivery of job {job.id} waits for the next start")
