"""Application commands: names, descriptions, options and their order, the size of the whole. Knows no registry."""

import re
from collections import Counter
from typing import Any

from bot.playground.checks.form import Form, Path
from bot.playground.commands import NESTING, CommandKind, Option

Json = dict[str, Any]

SLASH_NAME = re.compile(r"^[-_'\w]{1,32}$")
MOST = {CommandKind.CHAT_INPUT: 100, CommandKind.USER: 15, CommandKind.MESSAGE: 15}
SIZE = 8000
LOCALIZED = {"name", "name_localizations", "description", "description_localizations"}
COMMAND = LOCALIZED | {
    *("id", "application_id", "version", "guild_id", "type", "options", "default_member_permissions"),
    *("dm_permission", "default_permission", "contexts", "integration_types", "nsfw", "handler"),
}
OPTION = LOCALIZED | {
    *("type", "required", "choices", "options", "channel_types", "min_value", "max_value"),
    *("min_length", "max_length", "autocomplete"),
}
CHOICE = {"name", "name_localizations", "value"}
WITH_CHOICES = (Option.STRING, Option.INTEGER, Option.NUMBER)


def check_all(form: Form, commands: list[Json]) -> None:
    """Commands that are to be registered together, as a list."""
    for index, command in enumerate(commands):
        check(form, command, (index,))
    keys = Counter((command.get("type", 1), command.get("name")) for command in commands)
    for (_, name), times in keys.items():
        if times > 1:
            form.fault((), "APPLICATION_COMMANDS_DUPLICATE_NAME", f"Application command names must be unique: {name}")


def too_many(commands: list[Json]) -> bool:
    kinds = Counter(command.get("type", 1) for command in commands)
    return any(number > MOST.get(kind, 0) for kind, number in kinds.items())


def check(form: Form, command: Json, path: Path) -> None:
    form.known(command, COMMAND, path)
    form.required(command, ("name",), path)
    kind = command.get("type", CommandKind.CHAT_INPUT)
    if not form.choice(kind, (*path, "type"), tuple(CommandKind)):
        return
    if kind == CommandKind.CHAT_INPUT:
        _name(form, command, path)
        _described(form, command, path)
        _options(form, command.get("options") or [], (*path, "options"))
    else:
        form.length(command.get("name"), (*path, "name"), 1, 32)
        if command.get("description") or command.get("options"):
            text = "Context menu commands cannot have description or options"
            form.fault((*path, "description"), "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_OPTIONS", text)
    if size(command) > SIZE:
        text = f"Command exceeds maximum size ({SIZE})"
        form.fault(path, "APPLICATION_COMMAND_TOO_LARGE", text)


def _name(form: Form, told: Json, path: Path) -> None:
    name = told.get("name")
    if name is not None and not (SLASH_NAME.match(name) and name == name.lower()):
        text = "Command name is invalid"
        form.fault((*path, "name"), "APPLICATION_COMMAND_INVALID_NAME", text)


def _described(form: Form, told: Json, path: Path) -> None:
    if form.required(told, ("description",), path):
        form.length(told["description"], (*path, "description"), 1, 100)


def _options(form: Form, options: list[Json], path: Path) -> None:
    form.length(options, path, 0, 25)
    optional = False
    for index, option in enumerate(options):
        here = (*path, index)
        _option(form, option, here)
        if optional and option.get("required"):
            text = "Required options must be placed before non-required options"
            form.fault(here, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", text)
        optional |= not option.get("required")
    names = Counter(option.get("name") for option in options)
    if any(times > 1 for times in names.values()):
        text = "Option names must be unique"
        form.fault(path, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", text)


def _option(form: Form, option: Json, path: Path) -> None:
    form.known(option, OPTION, path)
    if not form.choice(option.get("type"), (*path, "type"), tuple(Option)):
        return
    form.required(option, ("name",), path)
    _name(form, option, path)
    _described(form, option, path)
    if option["type"] in NESTING:
        _options(form, option.get("options") or [], (*path, "options"))
        return
    choices = option.get("choices") or []
    form.length(choices, (*path, "choices"), 0, 25)
    for index, choice in enumerate(choices):
        check_choice(form, choice, (*path, "choices", index))
    if option.get("autocomplete") and (choices or option["type"] not in WITH_CHOICES):
        text = "Autocomplete fits neither choices nor this type of option"
        form.fault((*path, "autocomplete"), "APPLICATION_COMMAND_AUTOCOMPLETE_INVALID", text)


def check_choice(form: Form, choice: Json, path: Path) -> None:
    """A choice of an option, or of an autocomplete answer."""
    form.known(choice, CHOICE, path)
    if form.required(choice, ("name", "value"), path):
        form.length(choice["name"], (*path, "name"), 1, 100)
        if isinstance(choice["value"], str):
            form.length(choice["value"], (*path, "value"), 1, 100)


def size(told: Json) -> int:
    """The characters of all names, descriptions and choice values of a command, the longest translation of each."""
    own = sum(_longest(told, name) for name in ("name", "description"))
    own += len(value) if isinstance(value := told.get("value"), str) else 0
    return own + sum(size(each) for name in ("options", "choices") for each in told.get(name) or ())


def _longest(told: Json, name: str) -> int:
    texts = [told.get(name) or "", *(told.get(f"{name}_localizations") or {}).values()]
    return max(len(text) for text in texts)
