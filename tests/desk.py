"""The working side of the bot without its commands: storage, the live messages, deliveries and the dispatcher around a
scripted backend and a bare client in the playground; and what the door would do, to ask for pictures."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import discord

from bot.delivery import Deliveries
from bot.dispatcher import Dispatcher
from bot.playground import Playground, World
from bot.playground.events import MessageUpdated
from bot.playground.messages import Message
from bot.playground.places import Channel
from bot.progress import LiveMessages
from diffusion.request import Request
from storage.database import open_database
from storage.history import History
from storage.images import Images
from storage.jobs import Delivery, Job, Jobs, NewPicture, State
from tests.backend import ScriptedBackend, finished
from tests.playground_client import Client, connected

Found = TypeVar("Found")

REQUEST = Request(
    prompt="a red circle",
    model="mini",
    width=16,
    height=16,
    steps=20,
    guidance=4.0,
    sampler="Euler",
    seed=7,
)
LIVE = "Thinking about it …"
"""What the door's first answer says here."""


async def until(world: World, found: Callable[[], Found], within: float = 10.0) -> Found:
    """Waits until something is so; it is looked at after everything that happens in the world."""
    with world.subscribe() as feed:
        async with asyncio.timeout(within):
            while not (value := found()):
                await anext(feed)
            return value


@asynccontextmanager
async def logged(words: str) -> AsyncIterator[None]:
    """Ends once these words were logged since its begin."""
    said = asyncio.Event()
    loop = asyncio.get_running_loop()

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if words in record.getMessage():
                loop.call_soon_threadsafe(said.set)

    ear = Ear()
    logging.getLogger().addHandler(ear)
    try:
        yield
        async with asyncio.timeout(10):
            await said.wait()
    finally:
        logging.getLogger().removeHandler(ear)


class Desk:
    """`jobs_at_once` and the live messages' interval may be changed before `working`."""

    def __init__(self, client: Client, playground: Playground, jobs: Jobs, history: History, images: Images):
        self.client = client
        self.playground = playground
        self.world = playground.world
        self.channel = self.world.channel("studio")
        self.jobs = jobs
        self.history = history
        self.images = images
        self.backend = ScriptedBackend()
        self.progress = LiveMessages(client, jobs, interval=0.01)
        self.delivery = Deliveries(client, jobs, history, images, self.progress)
        self.dispatcher = Dispatcher(self.backend, jobs, history, images, self.progress, self.delivery, jobs_at_once=2)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """The dispatcher runs inside this block; a bug that ends it is raised."""
        running = asyncio.create_task(self.dispatcher.run())
        try:
            yield
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    async def ask(self, request: Request = REQUEST, *, user: str = "Ada", channel: Channel | None = None) -> Job:
        """What the door does for one request: a row, a live message, a wake."""
        place = channel or self.channel
        job = await self.jobs.submit(
            request,
            user=self.world.person(user).id,
            channel=place.id,
            guild=0 if place.dm else self.client.guilds[0].id,
        )
        live = await self.client.get_partial_messageable(place.id).send(LIVE)
        await self.jobs.set_message(job.id, live.id)
        self.dispatcher.wake()
        return await self.now(job)

    async def now(self, job: Job) -> Job:
        found = await self.jobs.one(job.id)
        assert found
        return found

    async def finish(self, request: Request = REQUEST) -> Job:
        """A job that is finished and saved, but not delivered: where a crash may leave it."""
        await self.ask(request)
        job = await self.jobs.claim()
        assert job
        made = finished(request, self.backend.draw)
        new = [NewPicture(await self.images.save(each.image), each.seed, 16, 16) for each in made.pictures]
        await self.jobs.finish(job, new, made.seconds)
        return await self.now(job)

    # What stands in the channel

    def messages(self) -> list[Message]:
        return [message for message in self.world.messages.values() if message.channel == self.channel.id]

    def results(self) -> list[Message]:
        """Messages with finished pictures."""
        names = ((message, [each.filename for each in message.attachments]) for message in self.messages())
        return [message for message, files in names if any(name.startswith("darkroom-") for name in files)]

    def live(self, job: Job) -> Message | None:
        return self.world.messages.get(job.message)

    def says(self, job: Job) -> str:
        """The text of its live message; nothing once that is gone."""
        live = self.live(job)
        return live.content if live else ""

    def previews(self, job: Job) -> list[bytes]:
        """The pictures on its live message."""
        live = self.live(job)
        return [self.world.file(self.world.path(each)) or b"" for each in live.attachments] if live else []

    async def delivered(self, job: Job) -> list[Message]:
        """The results, once this job's are there and its live message is gone."""
        await self.until(lambda: self.results() and not self.live(job))
        return self.results()

    async def until_recorded(self, job: Job) -> None:
        """Until its delivery is in the record, which shows nowhere in the world."""
        async with asyncio.timeout(10):
            while (await self.now(job)).delivery is Delivery.PENDING:  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def until(self, found: Callable[[], Found]) -> Found:
        return await until(self.world, found)

    async def ended(self, job: Job, state: State) -> Job:
        """The job, once its live message offers to try again."""
        await self.until(lambda: "darkroom:again" in str(self.live(job)))
        job = await self.now(job)
        assert job.state is state
        return job

    @contextmanager
    def edits(self, job: Job) -> Iterator[list[str]]:
        """Every text that the live message is given inside the block."""
        texts: list[str] = []

        def note(event: object) -> None:
            if isinstance(event, MessageUpdated) and event.message.id == job.message:
                texts.append(event.message.content)

        self.world.listen(note)
        yield texts
        self.world.unlisten(note)


@asynccontextmanager
async def open_desk(playground: Playground, folder: Path) -> AsyncIterator[Desk]:
    async with open_database(f"sqlite:///{folder / 'darkroom.db'}") as database:
        jobs = Jobs(database, waiting_per_person=20, waiting=100)
        client = Client(allowed_mentions=discord.AllowedMentions.none())
        async with connected(playground, client):
            yield Desk(client, playground, jobs, History(database), Images(folder / "pictures"))
