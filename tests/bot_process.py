"""The bot over the files of a folder; and in a process of its own, to be killed: `python -m tests.bot_process API
GATEWAY FOLDER`. There its backend takes one step and then waits until the folder holds a file named "finish".
"""

import asyncio
import logging
import sys
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

from bot.client import Darkroom, point_at, supervise
from bot.config import Config
from diffusion.registry import Registry
from diffusion.request import NOTHING, Backend, Event, Pictures, Progress, Request
from storage.database import open_database
from storage.history import History
from storage.images import Images
from storage.jobs import Jobs
from storage.settings import Settings
from tests.backend import finished

TOKEN = "a token of the playground"
FINISH = "finish"


async def played(
    config: Config, backend: Backend, on_stage: Callable[[Darkroom], None] | None = None, token: str = TOKEN
) -> None:
    """Runs the bot over the files of its folder until it is cancelled."""
    limits = config.limits
    async with open_database(config.database_url) as database:
        client = Darkroom(
            config=config,
            registry=Registry(config.specs, next(iter(config.specs))),
            backend=backend,
            jobs=Jobs(
                database,
                waiting_per_person=limits.waiting_per_person,
                waiting=limits.waiting,
                at_once=config.engine.jobs,
            ),
            history=History(database),
            images=Images(config.pictures),
            settings=Settings(database),
            edit_every=0.01,
            guild_ready_timeout=0.05,
        )
        if on_stage:
            on_stage(client)
        await supervise(client, token)


class PatientBackend:
    def __init__(self, folder: Path):
        self.folder = folder

    async def generate(self, request: Request, pictures: Pictures = NOTHING) -> AsyncGenerator[Event, None]:
        yield Progress(done=1, total=request.steps)
        while not (self.folder / FINISH).exists():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        yield finished(request)


async def main(api: str, gateway: str, folder: Path) -> None:
    with point_at(api, gateway):
        await played(Config(data=folder), PatientBackend(folder))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
