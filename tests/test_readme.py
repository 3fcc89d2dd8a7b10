"""The README names everything that exists, and nothing that does not.

It is read by its tables. Under each heading below, the first cell of a row holds a name in backticks, or several; the
second holds, in backticks too, all that belongs to it: a command's options, a flag's other spellings, the default of a
setting.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import click
import discord
import pytest
from discord import app_commands
from pydantic import BaseModel

from bot import buttons, keys, pages
from bot.__main__ import darkroom
from bot.commands import add_commands
from bot.config import Config, Model
from bot.face import Choice, Key
from bot.prompt import FLAGS
from diffusion.request import Request
from diffusion.samplers import SAMPLERS
from storage.jobs import Delivery, Job, State

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")


def table(heading: str) -> Iterator[tuple[list[str], list[str]]]:
    """The rows of the tables under a heading: the names in backticks of the first cell, and those of the second."""
    section = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    assert section, f"README.md has no heading “## {heading}”"
    for row in re.findall(r"^\|(.+)\|$", section[1], re.MULTILINE):
        first, *rest = re.split(r"(?<!\\)\|", row)
        if "`" in first:
            yield _names(first), _names(rest[0]) if rest else []


def _names(cell: str) -> list[str]:
    return [name.replace(r"\|", "|") for name in re.findall(r"`([^`]+)`", cell)]


def names(heading: str) -> list[str]:
    return sorted(name for first, _ in table(heading) for name in first)


def options(heading: str) -> dict[str, list[str]]:
    return {name: sorted(second) for first, second in table(heading) for name in first}


@pytest.fixture
async def commands() -> Mapping[str, list[str]]:
    tree = app_commands.CommandTree(discord.Client(intents=discord.Intents.none()))
    add_commands(tree)
    slash = {
        f"/{command.qualified_name}": sorted(parameter.display_name for parameter in command.parameters)
        for command in tree.walk_commands()
        if isinstance(command, app_commands.Command)
    }
    menus = (discord.AppCommandType.message, discord.AppCommandType.user)
    return slash | {menu.name: [] for kind in menus for menu in tree.get_commands(type=kind)}


def verbs() -> dict[str, list[str]]:
    """Each verb of the command line with its options in every spelling; all of them have `--help`."""
    options = {
        name: [parameter for parameter in command.params if isinstance(parameter, click.Option)]
        for name, command in darkroom.commands.items()
    }
    return {
        f"darkroom {name}": sorted(each for option in those for each in option.opts) for name, those in options.items()
    }


def settings(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, list[str]]]:
    """Every key of config.toml, dotted, with its default if it has one; `models.<name>` stands for each of them."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from settings(field.annotation, f"{prefix}{name}.")
        elif name == "models":
            yield from settings(Model, "models.<name>.")
        elif field.validation_alias:
            yield str(field.validation_alias), []
        else:
            yield prefix + name, [] if field.is_required() else [_toml(field.default)]


def _toml(value: object) -> str:
    return json.dumps(str(value) if isinstance(value, Path) else value)


@pytest.fixture
def shown() -> list[Key | Choice]:
    """Every key and menu that a message can carry, in all its states."""
    moment = datetime(2000, 1, 1, tzinfo=UTC)
    request = Request(prompt="a", model="mini", width=8, height=8, steps=1, guidance=1, sampler="DDIM", seed=1)
    job = Job(
        id=1, request=request, user=1, channel=1, state=State.WAITING, attempts=0, delivery=Delivery.NONE,
        created=moment, started=None, finished=None,
    )  # fmt: skip
    rows = (
        *keys.cancel(1),
        *keys.again(1),
        *keys.reopen("remix:1"),
        *keys.confirm_delete(1),
        *keys.results(1, [1]),
        *keys.results(1, [1, 2, 3, 4]),
        *keys.shown(1, 1, 0, ""),
        *keys.pages([1], 5, 20, 5, ""),
        *pages.queue([job], [(job, None)], 1, 0).rows,
    )
    return [each for row in rows for each in ([row] if isinstance(row, Choice) else row)]


def label(shown: Key | Choice) -> str:
    """What stands on it; on a key without words, its picture."""
    return shown.placeholder if isinstance(shown, Choice) else shown.label or shown.emoji


async def test_commands(commands) -> None:
    assert options("Commands") == commands


def test_prompt_flags() -> None:
    assert options("Prompt flags") == {
        f"--{flag.name}": sorted(f"--{alias}" for alias in flag.aliases) for flag in FLAGS
    }


def test_buttons(shown) -> None:
    """The numbers on the keys of a page are not listed."""
    assert names("Buttons") == sorted({label(each) for each in shown if not label(each).isdigit()})


def test_every_action_has_its_button(shown) -> None:
    found = (re.fullmatch(keys.TEMPLATE, each.custom_id) for each in shown)
    assert {match["action"] for match in found if match} - {"none"} == buttons.ACTIONS.keys()


def test_configuration() -> None:
    assert options("Configuration") == dict(settings(Config))


def test_command_line() -> None:
    assert options("Command line") == verbs()


def test_samplers() -> None:
    assert names("Samplers") == sorted(SAMPLERS)
