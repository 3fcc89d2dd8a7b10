"""The whole bot on stage, for tests that read as a story: people in the playground, the real client with its commands,
buttons and dispatcher, real storage, and a backend that is scripted unless a test says otherwise."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from bot.client import Darkroom, point_at
from bot.config import Config
from bot.playground import Playground
from bot.playground.attachments import Upload
from bot.playground.interactions import Interaction
from bot.playground.messages import Message
from bot.playground.people import User
from bot.playground.places import Channel
from diffusion.request import Backend
from tests.backend import ScriptedBackend
from tests.bot_process import played
from tests.desk import Desk, Found, open_desk, until


class Stage:
    """One guild with its people; the bot can be stopped and started again, with what it keeps in its folder."""

    def __init__(
        self, playground: Playground, folder: Path, backend: Backend | None = None, config: Config | None = None
    ):
        self.playground = playground
        self.world = playground.world
        self.channel = self.world.channel("studio")
        self.folder = folder
        self.backend = backend or ScriptedBackend()
        self.config = config or Config(data=folder)
        self.client: Darkroom
        self.running: asyncio.Task[None] | None = None

    @property
    def scripted(self) -> ScriptedBackend:
        assert isinstance(self.backend, ScriptedBackend)
        return self.backend

    # The bot

    async def start(self) -> None:
        """Returns once the bot is connected and knows its server."""
        ready = asyncio.Event()
        self.running = asyncio.create_task(self._play(ready))
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait({self.running, waiting}, return_when=asyncio.FIRST_COMPLETED, timeout=20)
        waiting.cancel()
        if self.running.done():
            await self.running
        assert ready.is_set(), "the bot did not connect"

    async def stop(self) -> None:
        """As by Ctrl+C."""
        if self.running:
            self.running.cancel()
            with suppress(asyncio.CancelledError):
                await self.running
            self.running = None

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    async def _play(self, ready: asyncio.Event) -> None:
        def on_stage(client: Darkroom) -> None:
            self.client = client

            @client.event
            async def on_ready() -> None:
                ready.set()

        with point_at(self.playground.api, self.playground.gateway):
            await played(self.config, self.backend, on_stage)

    # What people do

    def person(self, name: str) -> User:
        return self.world.person(name)

    async def imagine(self, who: str, prompt: str, *, channel: Channel | None = None, **options: Any) -> Interaction:
        """Uses /imagine; an attachment as `image=Upload(...)`. Returns once the bot has answered."""
        files = {name: value for name, value in options.items() if isinstance(value, Upload)}
        values = {"prompt": prompt} | {name: value for name, value in options.items() if name not in files}
        asked = self.world.use(self.person(who), channel or self.channel, "imagine", values, files)
        await asked.finished()
        return asked

    async def use(self, who: str, command: str, **options: Any) -> Interaction:
        asked = self.world.use(self.person(who), self.channel, command, options)
        await asked.finished()
        return asked

    async def press(self, who: str, message: Message, label: str) -> Interaction:
        """Presses the key with that label."""
        pressed = self.world.click(self.person(who), message, custom_id(message, label))
        await pressed.finished()
        return pressed

    async def submit(self, who: str, opened: Interaction, **values: Any) -> Interaction:
        """Sends the form that was opened."""
        sent = self.world.submit(self.person(who), opened, values)
        await sent.finished()
        return sent

    def reply(self, who: str, to: Message, words: str, **options: Any) -> Message:
        return self.world.say(self.person(who), self.world.channels[to.channel], words, reply_to=to, **options)

    # What people see

    async def until(self, found: Callable[[], Found], within: float = 10.0) -> Found:
        return await until(self.world, found, within)

    def answer(self, asked: Interaction) -> Message:
        """The message that answered an interaction."""
        return self.world.messages[asked.original or 0]

    def messages(self, channel: Channel | None = None) -> list[Message]:
        place = (channel or self.channel).id
        return [message for message in self.world.messages.values() if message.channel == place]

    def results(self, channel: Channel | None = None) -> list[Message]:
        """Messages with finished pictures, oldest first."""
        return [message for message in self.messages(channel) if files(message)]

    async def result(self, number: int = 1, channel: Channel | None = None) -> Message:
        """The result number so-and-so, once it is there and the live messages before it are gone."""
        await self.until(lambda: len(self.results(channel)) >= number and not self.live(channel))
        return self.results(channel)[number - 1]

    def live(self, channel: Channel | None = None) -> list[Message]:
        """Messages of jobs that wait or run: those with a key to cancel."""
        return [message for message in self.messages(channel) if "darkroom:cancel:" in str(message.components)]

    def picture(self, message: Message, number: int = 1) -> bytes:
        """The bytes of a message's picture."""
        data = self.world.file(self.world.path(message.attachments[number - 1]))
        assert data is not None
        return data


def files(message: Message) -> list[str]:
    """The names of a message's finished pictures."""
    return [each.filename for each in message.attachments if each.filename.startswith("darkroom-")]


def custom_id(message: Message, label: str) -> str:
    """Of the key with that label, or with that emoji."""
    keys = [key for row in message.components for key in row.get("components", ())]
    found = [key["custom_id"] for key in keys if label in (key.get("label"), (key.get("emoji") or {}).get("name"))]
    assert found, f"no key {label} among {[key.get('label') for key in keys]}"
    return found[0]


@pytest.fixture
async def desk(playground: Playground, tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(playground, tmp_path) as desk:
        yield desk


@pytest.fixture
async def stage(playground: Playground, tmp_path: Path) -> AsyncIterator[Stage]:
    """The bot is connected; its backend is scripted and finishes at once unless told to hold."""
    stage = Stage(playground, tmp_path)
    await stage.start()
    yield stage
    await stage.stop()
