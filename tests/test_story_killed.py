"""The bot is killed at the worst moments and started again: every picture arrives, and none arrives twice."""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.playground import Rules
from bot.playground.events import Event, MessageCreated
from bot.playground.faults import Broken
from tests.bot_process import FINISH
from tests.stage import Stage, files


@pytest.fixture
def rules() -> Rules:
    """Discord has forgotten the nonces by the time that the bot is started again."""
    return Rules(nonce_memory_s=0)


@pytest.fixture
def stage(playground, tmp_path) -> Stage:
    """Without a bot: it plays in a process of its own."""
    return Stage(playground, tmp_path)


@asynccontextmanager
async def playing(stage: Stage) -> AsyncIterator[asyncio.subprocess.Process]:
    """The bot is connected inside this block, and killed by its end at the latest."""
    where = (stage.playground.api, stage.playground.gateway, str(stage.folder))
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.bot_process", *where)
    try:
        await stage.until(lambda: stage.world.online, within=20)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await stage.until(lambda: not stage.world.online)


def let_it_finish(stage: Stage) -> None:
    Path(stage.folder / FINISH).touch()


def arrived(stage: Stage) -> Counter[str]:
    return Counter(name for message in stage.results() for name in files(message))


async def everything_settles(stage: Stage, pictures: int) -> None:
    await stage.until(lambda: len(arrived(stage)) == pictures and not stage.live(), within=20)
    await asyncio.sleep(0.3)  # what comes twice comes now


async def test_killed_in_the_middle_of_a_run(stage: Stage):
    async with playing(stage) as bot:
        for who in ("Ada", "Ben", "Ben"):
            await stage.imagine(who, f"{who}'s picture", count=1)
        await stage.until(lambda: any("step 1 of" in live.content for live in stage.live()))
        bot.kill()
    assert arrived(stage) == {}

    let_it_finish(stage)
    async with playing(stage):
        await everything_settles(stage, pictures=3)
    assert set(arrived(stage).values()) == {1}


async def test_killed_after_the_post_and_before_its_record(stage: Stage):
    let_it_finish(stage)
    async with playing(stage) as bot:

        def kill_at_once(event: Event) -> None:
            """Before the bot has Discord's answer to its post."""
            if isinstance(event, MessageCreated) and files(event.message):
                stage.world.unlisten(kill_at_once)
                bot.kill()

        stage.world.listen(kill_at_once)
        await stage.imagine("Ada", "a red circle", count=2)
        await bot.wait()
    assert len(stage.results()) == 1

    async with playing(stage):
        await everything_settles(stage, pictures=2)
    assert set(arrived(stage).values()) == {1}


async def test_killed_while_discord_takes_no_posts(stage: Stage):
    let_it_finish(stage)
    stage.playground.faults.plan("POST", "/channels/*/messages", Broken(503), times=1000)
    async with playing(stage) as bot:
        await stage.imagine("Ada", "a red circle", count=1)
        while stage.playground.faults.left() > 998:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        bot.kill()
    assert arrived(stage) == {}

    stage.playground.faults.clear()
    async with playing(stage):
        await everything_settles(stage, pictures=1)
    assert set(arrived(stage).values()) == {1}
