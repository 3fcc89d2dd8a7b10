"""Opens everything that the bot stands on around it, in one place, and ends it in order.

Configuration, database, pictures, the model's process, the client with its dispatcher; and for the playground the
server that the client talks to. What each of them does stands in its own file.
"""

import asyncio
import logging
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager

import click
from discord import VoiceClient

from bot.client import Darkroom, point_at, supervise
from bot.config import Config
from bot.lock import locked
from bot.permissions import invite
from bot.playground.server import Playground
from bot.playground.world import World
from diffusion.cards import Cards
from diffusion.registry import Registry, choose
from diffusion.request import Told
from storage.database import open_database
from storage.history import History
from storage.images import Images
from storage.jobs import Jobs
from storage.settings import Settings

TOKEN = "playground"
"""The playground lets in whoever shows any token."""
ROOMS = ("bot", "diffusion", "storage")


async def on_discord(config: Config) -> None:
    """Connects to Discord and stays, until SIGINT or SIGTERM."""
    with stoppable(), locked(config.data):
        async with opened(config) as client:
            greet(client, lambda: f"Darkroom is connected. Invite it to a server: {invite(client.application_id or 0)}")
            await supervise(client, config.discord_token.get_secret_value())


async def on_playground(config: Config) -> None:
    """Serves the local chat page with the bot in it, until SIGINT or SIGTERM."""
    own = beside(config)
    with stoppable():
        async with served(own) as playground:
            click.echo("Starting Darkroom and its model …", err=True)
            with point_at(playground.api, playground.gateway):
                async with opened(own) as client:
                    greet(client, lambda: f"Darkroom's playground: {playground.url}  (Ctrl+C ends it)")
                    await supervise(client, TOKEN)


async def playground_alone(config: Config) -> None:
    """Serves the local chat page for a bot that is started elsewhere."""
    with stoppable():
        async with served(beside(config)) as playground:
            click.echo(f"Darkroom's playground: {playground.url}  (Ctrl+C ends it)")
            click.echo(f"A bot finds its API at {playground.api} and its gateway at {playground.gateway}")
            await asyncio.Event().wait()


def beside(config: Config) -> Config:
    """The playground's own data: its conversations, jobs and history never mix with those of Discord."""
    return config.model_copy(update={"data": config.data / "playground", "database": ""})


@asynccontextmanager
async def opened(config: Config) -> AsyncIterator[Darkroom]:
    """The client over all that it needs; not yet logged in."""
    limits, engine = config.limits, config.engine.settings
    async with open_database(config.database_url) as database, Cards(config.specs, engine) as cards:
        registry = Registry(config.specs, choose(config.specs, config.model, cards.hardware))
        yield Darkroom(
            config=config,
            registry=registry,
            backend=cards,
            jobs=Jobs(
                database,
                waiting_per_person=limits.waiting_per_person,
                waiting=limits.waiting,
                at_once=config.engine.jobs * cards.number,
            ),
            history=History(database),
            images=Images(config.pictures),
            settings=Settings(database),
            cards=cards.number,
        )


@asynccontextmanager
async def served(config: Config) -> AsyncIterator[Playground]:
    """The playground's server over a world that is kept in the data folder. `Told` where its port is taken."""
    host, port = config.playground.host, config.playground.port
    async with AsyncExitStack() as stack:
        stack.enter_context(locked(config.data))
        world = stack.enter_context(closing(World(config.data / "playground.db")))
        try:
            playground = await stack.enter_async_context(Playground(world, host, port))
        except OSError as error:
            raise Told(f"{host}:{port} cannot be listened on ({error.strerror}); choose another --port.") from error
        yield playground


def greet(client: Darkroom, words: Callable[[], str]) -> None:
    """Says these words on standard output once the client is ready, after all that it logs until then."""

    @client.event
    async def on_ready() -> None:
        delattr(client, "on_ready")
        await client.on_ready()
        click.echo(words())


def show_log() -> None:
    """On standard error: what the bot does, and of the libraries only what is wrong."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    for room in ROOMS:
        logging.getLogger(room).setLevel(logging.INFO)
    VoiceClient.warn_nacl = VoiceClient.warn_dave = False  # this bot never speaks


@contextmanager
def stoppable() -> Iterator[None]:
    """Within it SIGINT and SIGTERM cancel what runs, in order, and are its end; a second one does not wait.

    Windows has no such signals for a loop: there Ctrl+C interrupts it as any program.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    signals = () if sys.platform == "win32" else (signal.SIGINT, signal.SIGTERM)
    asked = False

    def stop() -> None:
        nonlocal asked
        asked = True
        listen_no_more()
        assert task
        task.cancel()

    def listen_no_more() -> None:
        for each in signals:
            loop.remove_signal_handler(each)

    for each in signals:
        loop.add_signal_handler(each, stop)
    try:
        yield
    except asyncio.CancelledError:
        if not asked or not task:
            raise
        task.uncancel()
    finally:
        listen_no_more()
