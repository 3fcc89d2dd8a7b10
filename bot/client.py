"""The Discord side of the bot: registers commands and buttons, passes messages on, and stays connected.

Knows neither SQL nor models; what a command does stands in `commands/`, what a job does in the dispatcher.
"""

import asyncio
import hashlib
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from tenacity import AsyncRetrying, before_sleep_log, retry_if_exception, wait_exponential_jitter

from bot import buttons, errors, leftovers, modals, replies
from bot.commands import add_commands
from bot.config import Config
from bot.conversation import BROKEN
from bot.delivery import Deliveries
from bot.dispatcher import Dispatcher
from bot.progress import INTERVAL, LiveMessages
from diffusion.registry import Registry
from diffusion.request import Backend, Told
from diffusion.words.language import Language
from storage.history import History
from storage.images import Images
from storage.jobs import Jobs
from storage.settings import Settings

log = logging.getLogger(__name__)

ANSWERING = ("discord.py: ", "discord-ui-", "CommandTree-invoker")
"""How the names of discord.py's tasks for events, components and commands begin."""
LONGEST_PAUSE = 120.0
"""Seconds between two connections when all fail: 1000 IDENTIFYs a day, and Discord takes the token away."""


class Tree(app_commands.CommandTree["Darkroom"]):
    async def on_error(self, interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
        await errors.show(interaction, error)


class Darkroom(discord.Client):
    def __init__(
        self,
        *,
        config: Config,
        registry: Registry,
        backend: Backend,
        jobs: Jobs,
        history: History,
        images: Images,
        settings: Settings,
        cards: int = 1,
        edit_every: float = INTERVAL,
        **options: object,
    ):
        """`cards` is how many the backend has, each of which takes `engine.jobs` requests at a time; `edit_every` the
        seconds between two edits of a live message; `options` are `discord.Client`'s."""
        super().__init__(intents=intents(), allowed_mentions=discord.AllowedMentions.none(), **options)  # pyright: ignore
        self.config = config
        self.registry = registry
        self.language = Language(config.engine.settings)
        self.jobs = jobs
        self.history = history
        self.images = images
        self.settings = settings
        self.tree = Tree(self)
        add_commands(self.tree)
        progress = LiveMessages(self, jobs, interval=edit_every)
        delivery = Deliveries(self, jobs, history, images, progress)
        self.dispatcher = Dispatcher(
            backend, jobs, history, images, progress, delivery, jobs_at_once=config.engine.jobs * cards
        )

    async def setup_hook(self) -> None:
        """Runs once, before the gateway opens: nothing in it may wait for being ready."""
        self.add_dynamic_items(*buttons.ITEMS)
        await self._register()

    async def _register(self) -> None:
        """Sends the commands to Discord only when they are not the ones sent last: it counts creations by the day."""
        described = [command.to_dict(self.tree) for command in self._commands()]
        digest = hashlib.sha256(json.dumps([self.application_id, described], sort_keys=True).encode()).hexdigest()
        there = {(command.type.value, command.name) for command in await self.tree.fetch_commands()}
        same = there == {(each.get("type", 1), each["name"]) for each in described}
        if same and await self.settings.read("bot", 0, "commands", "") == digest:
            return
        await self.tree.sync()
        await self.settings.write("bot", 0, "commands", digest)
        log.info("%d commands are registered", len(described))

    def _commands(self) -> list[app_commands.Command | app_commands.ContextMenu | app_commands.Group]:
        kinds = (discord.AppCommandType.chat_input, discord.AppCommandType.message, discord.AppCommandType.user)
        return [command for kind in kinds for command in self.tree.get_commands(type=kind)]

    async def close(self) -> None:
        """Ends the answers under way, too: discord.py begins a task for each event and keeps no hold of it, and
        the database that they work with is closed next."""
        await super().close()
        answering = {task for task in asyncio.all_tasks() if task.get_name().startswith(ANSWERING)}
        answering -= {asyncio.current_task()}
        for task in answering:
            task.cancel()
        if answering:
            await asyncio.wait(answering)

    async def on_ready(self) -> None:
        log.info("connected as %s; servers: %d", self.user, len(self.guilds))

    async def on_message(self, message: discord.Message) -> None:
        await replies.answer(self, message)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Commands come in through the tree and keys through `buttons.ITEMS`; forms here, whenever they were opened."""
        if interaction.type is discord.InteractionType.modal_submit:
            await modals.submitted(self, interaction)

    async def on_error(self, event_method: str, /, *args: object, **kwargs: object) -> None:
        log.exception("in %s", event_method)


def intents() -> discord.Intents:
    """What the bot hears of: servers and messages, without any privileged intent."""
    return discord.Intents(guilds=True, guild_messages=True, dm_messages=True)


@contextmanager
def point_at(api: str, gateway: str) -> Iterator[None]:
    """While it is open, discord.py talks to another server: "http://host/api/v10", "ws://host/gateway"."""
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE = api
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before


async def supervise(client: Darkroom, token: str) -> None:
    """Logs in, works, and connects again whatever breaks the connection, until it is cancelled.

    `Told` where only a person can mend it: a token that Discord refuses.
    """
    async with client:
        await _log_in(client, token)
        try:
            async with asyncio.TaskGroup() as tasks:
                working = tasks.create_task(client.dispatcher.run(), name="dispatcher")
                tasks.create_task(leftovers.sweep(client), name="leftovers")
                await _stay_connected(client)
                working.cancel()
        except ExceptionGroup as group:
            told = group.subgroup(Told)
            raise (told.exceptions[0] if told else group) from None


async def _log_in(client: Darkroom, token: str) -> None:
    try:
        async for attempt in _patiently(_network, traceback=False):
            with attempt:
                await client.http.close()  # of the attempt before, and its connector with it
                client.http.connector = discord.utils.MISSING
                await client.login(token)
    except discord.LoginFailure as error:
        raise Told("Discord refuses the token; copy it anew from discord.com/developers into DISCORD_TOKEN.") from error


async def _stay_connected(client: Darkroom) -> None:
    """discord.py reconnects by itself but for what it did not foresee, such as a payload that it cannot read."""
    try:
        async for attempt in _patiently(_unforeseen, traceback=True):
            with attempt:
                await _connect(client)
    except discord.ConnectionClosed as error:
        raise Told(f"Discord ended the connection for good (code {error.code}); check the bot's token.") from error


async def _connect(client: Darkroom) -> None:
    try:
        await client.connect()
    finally:
        if client.ws and client.ws.open:
            await client.ws.close(4000)


def _patiently(retried: Callable[[BaseException], bool], *, traceback: bool) -> AsyncRetrying:
    return AsyncRetrying(
        retry=retry_if_exception(retried),
        wait=wait_exponential_jitter(multiplier=0.5, max=LONGEST_PAUSE),
        before_sleep=before_sleep_log(log, logging.WARNING, exc_info=traceback),
        reraise=True,
    )


def _network(error: BaseException) -> bool:
    return isinstance(error, BROKEN)


def _unforeseen(error: BaseException) -> bool:
    return isinstance(error, Exception) and not isinstance(error, discord.ConnectionClosed)
