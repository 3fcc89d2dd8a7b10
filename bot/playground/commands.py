"""The application commands that the bot has registered. Knows their shape; `command_rules.py` judges them."""

from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import Any

from bot.playground.people import BOT_ID, User
from bot.playground.places import Channel

Json = dict[str, Any]


class CommandKind(IntEnum):
    CHAT_INPUT = 1
    USER = 2
    MESSAGE = 3


class Option(IntEnum):
    SUB_COMMAND = 1
    SUB_COMMAND_GROUP = 2
    STRING = 3
    INTEGER = 4
    BOOLEAN = 5
    USER = 6
    CHANNEL = 7
    ROLE = 8
    MENTIONABLE = 9
    NUMBER = 10
    ATTACHMENT = 11


NESTING = (Option.SUB_COMMAND, Option.SUB_COMMAND_GROUP)
DM_CONTEXT, GUILD_CONTEXT = 1, 0


class CommandBook:
    """Commands by id, global ones and those of the guild."""

    def __init__(self, kept: Iterable[Json] = ()):
        self._commands: dict[int, Json] = {int(command["id"]): command for command in kept}

    def kept(self) -> list[Json]:
        return list(self._commands.values())

    def registered(self, guild: int | None = None) -> list[Json]:
        """The commands of the guild, or the global ones."""
        wanted = str(guild) if guild else None
        return [command for command in self._commands.values() if command.get("guild_id") == wanted]

    def one(self, id: int, guild: int | None = None) -> Json | None:
        command = self._commands.get(id)
        return command if command in self.registered(guild) else None

    def put(self, told: Json, draw: Callable[[], int], guild: int | None = None) -> Json:
        """Registers a command, in place of the one of that type and name if there is one."""
        key = (told.get("type", CommandKind.CHAT_INPUT), told["name"])
        known = (int(each["id"]) for each in self.registered(guild) if (each["type"], each["name"]) == key)
        return self._keep(next(known, None) or draw(), told, draw, guild)

    def edit(self, id: int, changes: Json, draw: Callable[[], int], guild: int | None = None) -> Json:
        return self._keep(id, self._commands[id] | changes, draw, guild)

    def overwrite(self, told: Iterable[Json], draw: Callable[[], int], guild: int | None = None) -> list[Json]:
        """Registers exactly these."""
        registered = [self.put(each, draw, guild) for each in told]
        ids = {command["id"] for command in registered}
        for command in self.registered(guild):
            if command["id"] not in ids:
                self.delete(int(command["id"]))
        return registered

    def delete(self, id: int) -> None:
        del self._commands[id]

    def _keep(self, id: int, told: Json, draw: Callable[[], int], guild: int | None) -> Json:
        command: Json = {
            "type": int(CommandKind.CHAT_INPUT),
            "name_localizations": None,
            "description": "",
            "description_localizations": None,
            "default_member_permissions": None,
            "dm_permission": True,
            "contexts": None,
            "integration_types": [0],
            "nsfw": False,
        }
        command |= told | {"id": str(id), "application_id": str(BOT_ID), "version": str(draw())}
        if guild:
            command["guild_id"] = str(guild)
        self._commands[id] = command
        return command

    def usable(self, user: User, channel: Channel) -> list[Json]:
        """What a person is offered here, a guild's command before the global one of the same name."""
        offered = {
            (command["type"], command["name"]): command
            for command in sorted(self._commands.values(), key=lambda each: "guild_id" in each)
            if _fits(command, channel) and _may(command, user, channel)
        }
        return sorted(offered.values(), key=lambda command: command["name"])

    def find(self, name: str, kind: CommandKind, user: User, channel: Channel) -> Json | None:
        usable = self.usable(user, channel)
        return next((each for each in usable if each["type"] == kind and each["name"] == name), None)


def _fits(command: Json, channel: Channel) -> bool:
    """Whether the command exists in this kind of place."""
    if channel.dm and "guild_id" in command:
        return False
    if command["nsfw"] and not (channel.nsfw or channel.dm):
        return False
    if command["contexts"] is not None:
        return (DM_CONTEXT if channel.dm else GUILD_CONTEXT) in command["contexts"]
    return command["dm_permission"] or not channel.dm


def _may(command: Json, user: User, channel: Channel) -> bool:
    needed = command["default_member_permissions"]
    if channel.dm or needed is None or user.owner:
        return True
    return int(needed) != 0 and channel.allows(user, int(needed))
