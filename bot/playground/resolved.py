"""The objects behind the ids that an interaction carries. Knows options, menus and their Discord shapes."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from bot.playground import payloads
from bot.playground.attachments import Attachment
from bot.playground.commands import Option
from bot.playground.components import Component

if TYPE_CHECKING:
    from bot.playground.state import State

Json = dict[str, Any]

OF_MENU = {
    Component.USER_SELECT: Option.USER,
    Component.ROLE_SELECT: Option.ROLE,
    Component.MENTIONABLE_SELECT: Option.MENTIONABLE,
    Component.CHANNEL_SELECT: Option.CHANNEL,
}
"""Select menu -> the option whose values name the same kind of thing."""


def resolved(state: "State", named: Iterable[tuple[int, Any]], attached: Iterable[Attachment] = ()) -> Json:
    """`{"resolved": …}` for (option type, value) pairs and files; empty if nothing is behind them."""
    found: dict[str, Json] = {}
    for kind, value in named:
        for group, told in _objects(state, kind, value).items():
            found.setdefault(group, {})[value] = told
    files = {str(each.id): payloads.attachment(state, each) for each in attached}
    if files:
        found["attachments"] = files
    return {"resolved": found} if found else {}


def _objects(state: "State", kind: int, value: str) -> dict[str, Json]:
    match kind:
        case Option.USER | Option.MENTIONABLE:
            user = state.user(int(value))
            return {"users": user.payload(), "members": user.member() | {"permissions": str(int(user.permissions))}}
        case Option.CHANNEL:
            channel = state.channels[int(value)]
            permissions = {"permissions": str(int(channel.permissions(state.bot)))}
            return {"channels": payloads.channel(state, channel) | permissions}
    return {}
