"""Connects an unmodified discord.py to a playground, and reads what people see there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.playground import Playground, World
from bot.playground.people import User
from bot.playground.places import Channel

AnyClient = TypeVar("AnyClient", bound=discord.Client)
TOKEN = "a token of the playground"
PIXEL = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000020000000308060000000000000000000049454e44ae426082")
"""The head of a PNG of 2 x 3 pixels."""
CALLBACKS = ("discord", "CommandTree-invoker")
"""How the names of the tasks begin in which discord.py runs a bot's callbacks."""
INTENTS = discord.Intents(guilds=True, guild_messages=True, guild_reactions=True, dm_messages=True)


class Client(discord.Client):
    """A bot with a command tree that collects the messages it hears and the errors of its commands."""

    def __init__(self, intents: discord.Intents = INTENTS, **options: Any):
        super().__init__(intents=intents, guild_ready_timeout=0.05, **options)
        self.tree = app_commands.CommandTree(self)
        self.tree.error(self._note)
        self.heard: asyncio.Queue[discord.Message] = asyncio.Queue()
        self.errors: asyncio.Queue[Exception] = asyncio.Queue()

    async def setup_hook(self) -> None:
        if self.tree.get_commands() or self.tree.get_commands(type=discord.AppCommandType.message):
            await self.tree.sync()

    async def on_message(self, message: discord.Message) -> None:
        if message.author.id != (self.user and self.user.id):
            self.heard.put_nowait(message)

    def text(self, channel: Channel) -> discord.TextChannel:
        """The client's own view of a channel of the guild."""
        found = self.get_channel(channel.id)
        assert isinstance(found, discord.TextChannel)
        return found

    async def _note(self, interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
        self.errors.put_nowait(getattr(error, "original", error))


@asynccontextmanager
async def pointed(playground: Playground) -> AsyncIterator[None]:
    """discord.py talks to the playground inside this block."""
    api, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = playground.api, yarl.URL(playground.gateway)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = api, gateway


@asynccontextmanager
async def connected(playground: Playground, client: AnyClient) -> AsyncIterator[AnyClient]:
    """A client that is ready inside this block; how it ends early is raised."""
    async with pointed(playground):
        running = asyncio.create_task(client.start(TOKEN))
        ready = asyncio.Event()

        async def on_ready() -> None:
            ready.set()

        client.event(on_ready)
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        try:
            if running.done():
                await running
            yield client
        finally:
            waiting.cancel()
            await client.close()
            await asyncio.gather(running, return_exceptions=True)
            await _end_callbacks()


async def _end_callbacks() -> None:
    """Ends what discord.py has begun and nobody awaits, so that no request of a closed client outlives its test."""
    begun = [task for task in asyncio.all_tasks() if task.get_name().startswith(CALLBACKS)]
    for task in begun:
        task.cancel()
    await asyncio.gather(*begun, return_exceptions=True)


def newest(world: World) -> dict[str, Any]:
    """The last message in #studio, as Ben sees it."""
    return world.visible(world.person("Ben"), world.channel("studio"))[-1]


async def said(world: World, who: User, content: str) -> None:
    """Waits until a person sees a message with that content in #studio."""
    with world.subscribe() as feed:
        while not any(content == each["content"] for each in world.visible(who, world.channel("studio"))):
            await asyncio.wait_for(anext(feed), 5)
