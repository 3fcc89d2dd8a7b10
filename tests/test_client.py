"""The client: what it registers, what it hears, and how it stays connected."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import discord
import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.client import intents, point_at
from bot.config import Config
from bot.playground import Playground
from bot.playground.faults import Broken, Reset
from diffusion.request import Told
from tests.backend import ScriptedBackend
from tests.bot_process import played
from tests.stage import Stage


@pytest.fixture
def registrations(stage: Stage) -> Iterator[list[str]]:
    """The commands that are sent to Discord from now on, one entry each time."""
    sent: list[str] = []

    def note(method: str, path: str, payload: object, query: object) -> None:
        if method == "PUT" and path.endswith("/commands"):
            sent.append(path)

    stage.playground.observers.append(note)
    yield sent
    stage.playground.observers.remove(note)


def test_it_needs_no_privileged_intent():
    privileged = discord.Intents(members=True, presences=True, message_content=True)
    assert intents().value & privileged.value == 0


def test_pointing_elsewhere_ends_with_the_block():
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    with suppress(ZeroDivisionError), point_at("http://127.0.0.1:1/api/v10", "ws://127.0.0.1:1/gateway"):
        assert Route.BASE == "http://127.0.0.1:1/api/v10"
        raise ZeroDivisionError
    assert before == (Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY)


async def test_commands_that_have_not_changed_are_not_sent_again(stage: Stage, registrations: list[str]):
    await stage.restart()
    assert registrations == []
    assert {command["name"] for command in stage.world.commands.registered()} >= {"imagine", "history", "queue", "help"}


async def test_commands_that_changed_or_got_lost_are_sent_again(stage: Stage, registrations: list[str]):
    imagine = next(command for command in stage.world.commands.registered() if command["name"] == "imagine")
    stage.world.commands.delete(int(imagine["id"]))
    await stage.restart()
    assert len(registrations) == 1
    await stage.client.settings.write("bot", 0, "commands", "of another version")
    await stage.restart()
    assert len(registrations) == 2


async def test_a_payload_that_cannot_be_read_costs_a_reconnection(stage: Stage):
    for session in stage.playground.socket.sessions.values():
        session.dispatch(("MESSAGE_CREATE", {"id": "no message"}))
    await stage.until(lambda: not stage.world.online)
    await stage.until(lambda: stage.world.online)
    asked = await stage.imagine("Ada", "a red circle")
    assert asked.original
    await stage.result()


async def test_what_was_asked_while_the_gateway_was_away_is_answered_when_it_resumes(stage: Stage):
    await stage.playground.socket.close()
    await stage.imagine("Ada", "a red circle")
    await stage.result()


async def test_a_network_that_fails_at_the_login_is_waited_for_with_a_line_a_try(
    stage: Stage, caplog: pytest.LogCaptureFixture
):
    await stage.stop()
    for fault in (Reset(), Broken(503)):
        stage.playground.faults.plan("GET", "/users/@me", fault)
    caplog.clear()
    await stage.start()
    assert stage.playground.faults.left() == 0
    tries = [record for record in caplog.records if record.name == "bot.client" and record.levelname == "WARNING"]
    assert tries
    assert not any(record.exc_info for record in tries)


async def test_a_token_that_discord_refuses_is_told(playground: Playground, tmp_path: Path):
    with point_at(playground.api, playground.gateway), pytest.raises(Told, match="DISCORD_TOKEN"):
        await played(Config(data=tmp_path), ScriptedBackend(), token="")


async def test_a_connection_that_discord_ends_for_good_is_told(stage: Stage):
    running, stage.running = stage.running, None
    assert running
    await stage.playground.socket.close(4004)
    with pytest.raises(Told, match="4004"):
        await running
