"""What the person sees when something goes wrong, and what the log keeps."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable

import discord
import pytest
from discord import app_commands

from bot import errors
from bot.playground import Playground
from bot.playground.interactions import Interaction
from bot.playground.interactions import State as Outcome
from diffusion.request import Told
from tests.desk import logged, until
from tests.playground_client import Client, connected
from tests.stage import Stage

Acting = Callable[[discord.Interaction], Awaitable[None]]
Try = Callable[[Acting], Awaitable[Interaction]]


@pytest.fixture
async def attempt(playground: Playground) -> AsyncIterator[Try]:
    """Runs a function as the command /try, as Ada."""
    client = Client()
    acts: list[Acting] = []

    @app_commands.command(name="try", description="whatever the test says")
    async def command(interaction: discord.Interaction) -> None:
        await acts[-1](interaction)

    client.tree.add_command(command)
    client.tree.error(errors.show)
    world = playground.world

    async def run(act: Acting) -> Interaction:
        acts.append(act)
        asked = world.use(world.person("Ada"), world.channel("studio"), "try")
        await asked.settled()
        return asked

    async with connected(playground, client):
        yield run


def private(playground: Playground) -> list[str]:
    ada = playground.world.person("Ada").id
    return [message.content for message in playground.world.messages.values() if message.viewer == ada]


async def test_what_can_be_mended_is_told_as_it_is_and_privately(attempt: Try, playground: Playground):
    async def act(interaction: discord.Interaction) -> None:
        raise Told("Take fewer steps.")

    await attempt(act)
    assert private(playground) == ["Take fewer steps."]


async def test_a_bug_shows_a_code_and_logs_its_traceback_under_it(attempt: Try, playground: Playground, caplog):
    async def act(interaction: discord.Interaction) -> None:
        raise ZeroDivisionError("somewhere deep")

    await attempt(act)
    [words] = private(playground)
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.exc_info
    assert record.exc_info[0] is ZeroDivisionError
    code = words.split("`")[1]
    assert code in record.getMessage()
    assert "try" in record.getMessage()
    assert "somewhere deep" not in words


async def test_after_a_first_answer_it_is_a_private_follow_up(attempt: Try, playground: Playground):
    async def act(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("so far so good")
        raise Told("Then it went dark.")

    asked = await attempt(act)
    await until(playground.world, lambda: private(playground))
    assert private(playground) == ["Then it went dark."]
    assert asked.state is Outcome.ANSWERED


async def test_a_second_first_answer_is_no_bug(attempt: Try, playground: Playground, caplog):
    async def act(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("first")
        interaction.response._response_type = None  # as if another process had answered
        await interaction.response.send_message("second")

    with caplog.at_level(logging.INFO):
        async with logged("too late"):
            await attempt(act)
    assert private(playground) == []
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_nothing_is_raised_where_nothing_can_be_said(attempt: Try, playground: Playground, caplog):
    """Three seconds are over when the bug is found."""
    world = playground.world

    async def act(interaction: discord.Interaction) -> None:
        asked = next(asked for asked in world.interactions.values() if asked.id == interaction.id)
        world.settle(asked, Outcome.FAILED)
        raise Told("Nobody will read this.")

    with caplog.at_level(logging.INFO):
        async with logged("could not be answered"):
            await attempt(act)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_a_command_that_is_no_more_is_told_with_the_mend(stage: Stage):
    """Somebody's Discord still shows it."""
    stage.client.tree.remove_command("help")
    asked = await stage.use("Ada", "help")
    answer = stage.answer(asked)
    assert "Ctrl+R" in answer.content
    assert answer.viewer == stage.person("Ada").id
