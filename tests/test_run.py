"""The program as it is started and ended: with the real engine, the playground, and the signals of a terminal."""

import asyncio
import logging
import os
import re
import signal
import subprocess
import sys
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot import run
from bot.client import point_at, supervise
from bot.config import Config, Playground
from bot.lock import locked
from bot.playground.faults import Reset
from diffusion import metadata
from diffusion.request import Told
from storage.database import open_database
from tests.desk import logged, until

unix = pytest.mark.skipif(sys.platform == "win32", reason="Windows ends programs in another way")


def darkroom(*arguments: str, folder: Path) -> subprocess.Popen:
    environment = {name: value for name, value in os.environ.items() if name != "DISCORD_TOKEN"}
    command = [sys.executable, "-m", "bot", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=folder, env=environment, stdout=pipe, stderr=pipe, text=True)


def address(started: subprocess.Popen) -> str:
    """What it prints once it is ready."""
    assert started.stdout
    found = re.search(r"http://127\.0\.0\.1:\d+", line := started.stdout.readline())
    assert found, f"it printed {line!r}"
    return found[0]


def ended(started: subprocess.Popen) -> tuple[int, str]:
    """Its exit code and the rest of standard error, after SIGTERM if it lives."""
    started.terminate()
    _, said = started.communicate(timeout=30)
    return started.returncode, said


# As a whole


async def test_words_become_a_picture_in_the_conversation(playground, tmp_path):
    world = playground.world
    with point_at(playground.api, playground.gateway):
        async with run.opened(Config(data=tmp_path)) as client:
            running = asyncio.create_task(supervise(client, run.TOKEN))
            await until(
                world, lambda: world.online and world.commands_for(world.people[0], world.channel("studio")), 20
            )
            asked = {"prompt": "a red circle", "steps": 2, "count": 1, "seed": 7}
            world.use(world.person("Ada"), world.channel("studio"), "imagine", asked)
            result = await until(world, lambda: posted(world), 60)
            assert result
            await ended_at_once(running)
    request = metadata.read(world.file(world.path(result.attachments[0])))
    assert request is not None
    assert (request.prompt, request.steps, request.seed) == ("a red circle", 2, 7)


def posted(world):
    """The bot's message with a picture that is no answer to a command."""
    regular = (message for message in world.messages.values() if message.interaction is None)
    return next((each for each in regular if each.attachments and each.author == world.bot.id), None)


async def ended_at_once(running: asyncio.Task) -> None:
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


@unix
def test_without_a_token_it_serves_the_playground_until_it_is_told_to_end(tmp_path):
    first = darkroom("run", "--port", "0", folder=tmp_path)
    with urllib.request.urlopen(address(first), timeout=10) as page:
        assert b"<html" in page.read()
    second = darkroom("run", "--port", "0", folder=tmp_path)
    _, refused = second.communicate(timeout=30)
    assert second.returncode == 2
    assert "Another Darkroom works in" in refused
    code, said = ended(first)
    assert code == 0
    assert "Traceback" not in said


@unix
def test_the_page_alone_is_there_at_once_and_without_a_bot(tmp_path):
    alone = darkroom("playground", "--no-bot", "--port", "0", folder=tmp_path)
    url = address(alone)
    with urllib.request.urlopen(f"{url}/api/v10/gateway", timeout=10) as answer:
        assert b"ws://127.0.0.1" in answer.read()
    port = url.rpartition(":")[2]
    other = tmp_path / "other"
    other.mkdir()
    second = darkroom("playground", "--no-bot", "--port", port, folder=other)
    _, refused = second.communicate(timeout=30)
    assert (second.returncode, refused.count("\n")) == (2, 1)
    assert "choose another --port" in refused
    assert ended(alone) == (0, "")


# With a token


async def test_with_a_token_it_logs_in_through_a_bad_network_and_prints_the_invite_link(
    playground, tmp_path, capsys, caplog
):
    playground.faults.plan("GET", "/users/@me", Reset())
    config = Config(data=tmp_path).model_copy(update={"discord_token": SecretStr("a token")})
    with point_at(playground.api, playground.gateway), caplog.at_level(logging.INFO, "bot.client"):
        async with logged("connected as"):
            running = asyncio.create_task(run.on_discord(config))
            await until(playground.world, lambda: playground.world.online, 30)
        await ended_at_once(running)
    said = capsys.readouterr().out
    assert playground.faults.left() == 0
    assert f"client_id={playground.world.bot.id}" in said
    assert "scope=bot+applications.commands" in said
    assert "permissions=" in said


async def test_the_address_is_the_last_that_it_says_at_its_start(playground, tmp_path, capsys, caplog):
    said_before = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said_before.append(capsys.readouterr().out)

    ear, log = Ear(), logging.getLogger("bot")
    log.addHandler(ear)
    try:
        with point_at(playground.api, playground.gateway), caplog.at_level(logging.INFO, "bot"):
            async with run.opened(Config(data=tmp_path)) as client:
                run.greet(client, lambda: "http://here")
                async with logged("connected as"):
                    running = asyncio.create_task(supervise(client, run.TOKEN))
                await ended_at_once(running)
    finally:
        log.removeHandler(ear)
    assert capsys.readouterr().out == "http://here\n"
    assert "".join(said_before) == ""


def test_the_playground_keeps_its_data_apart(tmp_path):
    config = Config(data=tmp_path).model_copy(update={"database": "postgresql://somewhere/darkroom"})
    apart = run.beside(config)
    assert apart.data != config.data
    assert apart.database_url.startswith("sqlite")


# Its end


@unix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_what_runs_in_order(number):
    steps = []
    with run.stoppable():
        try:
            asyncio.get_running_loop().call_soon(os.kill, os.getpid(), number)
            await asyncio.sleep(60)
        finally:
            steps.append("closed")
    assert steps == ["closed"]
    current = asyncio.current_task()
    assert current is not None
    assert not current.cancelling()


async def test_another_s_cancelling_is_not_taken_for_a_signal():
    async def work():
        with run.stoppable():
            await asyncio.sleep(60)

    working = asyncio.create_task(work())
    await asyncio.sleep(0)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working


async def test_a_fault_at_the_start_leaves_nothing_open(tmp_path):
    config = Config(data=tmp_path).model_copy(update={"playground": Playground(host="192.0.2.1")})
    with pytest.raises(Told, match=r"192\.0\.2\.1:8600 cannot be listened on"):
        async with run.served(config):
            pass
    async with (
        open_database(config.database_url),
        run.served(config.model_copy(update={"playground": Playground(port=0)})),
    ):
        pass


# Alone in its folder


def test_a_folder_is_held_by_one(tmp_path):
    with locked(tmp_path / "data"):
        with pytest.raises(Told, match="Another Darkroom works in"), locked(tmp_path / "data"):
            pass
        with locked(tmp_path / "other"):
            pass
    with locked(tmp_path / "data"):
        pass


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "data").write_text("a file")
    with pytest.raises(Told, match="set “data” to a folder of yours"), locked(tmp_path / "data"):
        pass
