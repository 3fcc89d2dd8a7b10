"""The whole bot in the playground around a scripted backend, and what people do and read there."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.config import Config, Model
from bot.playground import Playground
from bot.playground.attachments import Upload
from bot.playground.interactions import Interaction
from bot.playground.messages import Message
from bot.playground.people import User
from bot.playground.places import Channel
from tests.desk import Found, until
from tests.stage import Stage

MODELS = {
    "mini": Model(source="builtin", size=128, steps=20, guidance=4.0, description="built in"),  # pyright: ignore[reportCallIssue]
    "turbo": Model(source="owner/turbo", size=512, steps=4, guidance=1.0, guided=False),  # pyright: ignore[reportCallIssue]
}
"""The first one is the default."""
CIRCLE = "a red circle on a blue background"


class Studio:
    """The bot, connected and at work, and the people of the playground."""

    def __init__(self, stage: Stage):
        self.client = stage.client
        self.world = stage.world
        self.backend = stage.scripted
        self.channel = stage.channel
        self.ada = stage.person("Ada")
        self.ben = stage.person("Ben")

    # What people do

    async def imagine(
        self,
        prompt: str = CIRCLE,
        *,
        user: User | None = None,
        channel: Channel | None = None,
        image: Upload | None = None,
        **options: Any,
    ) -> Interaction:
        files = {"image": image} if image else {}
        place = channel or self.channel
        return await self._settled(
            self.world.use(user or self.ada, place, "imagine", {"prompt": prompt, **options}, files)
        )

    async def command(self, name: str, *, user: User | None = None, **options: Any) -> Interaction:
        return await self._settled(self.world.use(user or self.ada, self.channel, name, options))

    async def press(self, message: Message, label: str, *, user: User | None = None) -> Interaction:
        """Presses the key with that label."""
        return await self._settled(self.world.click(user or self.ada, message, self.keys(message)[label]))

    async def choose(self, message: Message, value: object, *, user: User | None = None) -> Interaction:
        """Chooses in the message's menu."""
        menu = next(each for row in message.components for each in row["components"] if each["type"] == 3)
        return await self._settled(self.world.select(user or self.ada, message, menu["custom_id"], [str(value)]))

    async def submit(
        self, form: Interaction, values: Mapping[str, str] | None = None, *, user: User | None = None
    ) -> Interaction:
        return await self._settled(self.world.submit(user or self.ada, form, values))

    async def reimagine(self, message: Message, *, user: User | None = None) -> Interaction:
        return await self._settled(self.world.use_on_message(user or self.ada, self.channel, "Reimagine", message))

    async def _settled(self, asked: Interaction) -> Interaction:
        await asked.finished()
        return asked

    # What people read

    @staticmethod
    def keys(message: Message) -> dict[str, str]:
        """The keys under a message: label (or picture) -> custom_id."""
        found = [key for row in message.components for key in row["components"] if key["type"] == 2]
        return {key.get("label") or key["emoji"]["name"]: key["custom_id"] for key in found}

    def answer(self, asked: Interaction) -> Message:
        """The first answer to an interaction."""
        assert asked.original is not None, f"no message answered: {asked.state}"
        return self.world.messages[asked.original]

    async def live(self, asked: Interaction) -> Message:
        """The live message that answered, once the bot has noted it and will edit it."""
        message = self.answer(asked)
        for _ in range(500):
            if message.id in {job.message for job in await self.client.jobs.mine(asked.user.id)}:
                break
            await asyncio.sleep(0.01)
        return message

    def private(self, user: User | None = None) -> list[Message]:
        """Everything that only this person sees, oldest first."""
        person = user or self.ada
        return [message for message in self.world.messages.values() if message.viewer == person.id]

    def results(self) -> list[Message]:
        """The messages with finished pictures, oldest first."""
        return [
            message
            for message in self.world.messages.values()
            if any(file.filename.startswith("darkroom-") for file in message.attachments) and not message.viewer
        ]

    async def until(self, found: Callable[[], Found]) -> Found:
        return await until(self.world, found)

    async def result(self, number: int = 1) -> Message:
        """The result of that number, counted from 1, once it is there."""
        await self.until(lambda: len(self.results()) >= number)
        return self.results()[number - 1]

    async def told(self, user: User | None = None) -> str:
        """The newest private message, once there is one."""
        return (await self.until(lambda: self.private(user)))[-1].content


@asynccontextmanager
async def open_studio(playground: Playground, folder: Path, **config: Any) -> AsyncIterator[Studio]:
    """`config` are values of `Config` other than the data folder and the models."""
    stage = Stage(playground, folder, config=Config(data=folder, models=MODELS, **config))
    await stage.start()
    yield Studio(stage)
    await stage.stop()


@pytest.fixture
async def studio(playground: Playground, tmp_path: Path) -> AsyncIterator[Studio]:
    async with open_studio(playground, tmp_path) as studio:
        yield studio
