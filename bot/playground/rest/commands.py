"""Registering application commands, global ones and the guild's. Knows no way to use them."""

from typing import Any

from bot.playground.checks import commands as command_checks
from bot.playground.checks.form import Form
from bot.playground.refusals import Refused
from bot.playground.rest.calls import Call

Json = dict[str, Any]


def registered(call: Call) -> list[Json]:
    _mine(call)
    return call.world.commands.registered(call.guild)


def overwrite(call: Call) -> list[Json]:
    """Registers exactly the given commands."""
    _mine(call)
    told = call.payload or []
    form = Form()
    command_checks.check_all(form, told)
    form.refuse()
    _room(told)
    commands = call.world.commands.overwrite(told, call.world.snowflakes.draw, call.guild)
    call.world.keep_commands()
    return commands


def create(call: Call) -> Json:
    _mine(call)
    told = call.form
    _checked(told)
    key = (told.get("type", 1), told["name"])
    others = [each for each in call.world.commands.registered(call.guild) if (each["type"], each["name"]) != key]
    _room([*others, told])
    command = call.world.commands.put(told, call.world.snowflakes.draw, call.guild)
    call.world.keep_commands()
    return command


def one(call: Call) -> Json:
    _mine(call)
    command = call.world.commands.one(call.number("command"), call.guild)
    if command is None:
        raise Refused(10063)
    return command


def edit(call: Call) -> Json:
    changes = call.form
    _checked(one(call) | changes)
    command = call.world.commands.edit(call.number("command"), changes, call.world.snowflakes.draw, call.guild)
    call.world.keep_commands()
    return command


def delete(call: Call) -> None:
    one(call)
    call.world.commands.delete(call.number("command"))
    call.world.keep_commands()


def _mine(call: Call) -> None:
    if call.number("application") != call.world.bot.id:
        raise Refused(20012)


def _checked(command: Json) -> None:
    form = Form()
    command_checks.check(form, command, ())
    form.refuse()


def _room(commands: list[Json]) -> None:
    if command_checks.too_many(commands):
        raise Refused(30032)
