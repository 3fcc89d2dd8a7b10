"""Messages in channels, with the bot's own token. Knows the permissions they need; their form is in `checks`."""

from typing import Any
from urllib.parse import unquote

from bot.playground import events
from bot.playground.checks import messages as message_checks
from bot.playground.messages import Message
from bot.playground.permissions import Permission
from bot.playground.places import Channel
from bot.playground.posting import change, compose
from bot.playground.refusals import Refused
from bot.playground.rest.calls import Call

Json = dict[str, Any]
PAGE = 50


def create(call: Call) -> Json:
    """Posts, or with `enforce_nonce` returns what was posted here with that nonce in the past few minutes."""
    told, channel = call.form, call.channel
    if channel.dm and not call.world.rules.dm_open:
        raise Refused(50007)
    _may_post(call, channel, told)
    if told.get("enforce_nonce") and (known := _by_nonce(call, channel, told.get("nonce"))):
        return call.shown(known)
    if not channel.allows(call.world.bot, Permission.EMBED_LINKS):
        told = told | {"embeds": []}
    message = compose(call.world, channel, told, call.uploads, message_checks.CREATE)
    return call.shown(call.world.post(message))


def _may_post(call: Call, channel: Channel, told: Json) -> None:
    call.needs(channel, Permission.SEND_MESSAGES)
    if call.uploads:
        call.needs(channel, Permission.ATTACH_FILES)
    if told.get("message_reference"):
        call.needs(channel, Permission.READ_MESSAGE_HISTORY, 160002)


def _by_nonce(call: Call, channel: Channel, nonce: Any) -> Message | None:
    since = call.world.clock() - call.world.rules.nonce_memory_s
    for message in reversed(call.world.messages.values()):
        if message.created < since:
            return None
        if message.channel == channel.id and message.author == call.world.bot.id and message.nonce == nonce:
            return message
    return None


def edit(call: Call) -> Json:
    message = call.message
    if message.author != call.world.bot.id:
        raise Refused(50005)
    if call.uploads:
        call.needs(call.channel, Permission.ATTACH_FILES)
    change(call.world, message, call.form, call.uploads, message_checks.EDIT)
    return call.shown(call.world.revise(message))


def delete(call: Call) -> None:
    message = call.message
    if message.author != call.world.bot.id:
        call.needs(call.channel, Permission.MANAGE_MESSAGES)
    call.world.remove(message)


def delete_many(call: Call) -> None:
    channel = call.channel
    call.needs(channel, Permission.MANAGE_MESSAGES)
    wanted = {int(id) for id in call.form["messages"]}
    found = [message for message in call.world.messages.values() if message.id in wanted]
    for message in found:
        if message.channel == channel.id and message.viewer is None:
            call.world.remove(message)


def one(call: Call) -> Json:
    call.needs(call.channel, Permission.READ_MESSAGE_HISTORY)
    return call.shown(call.message)


def several(call: Call) -> list[Json]:
    """Newest first; `before`, `after` and `around` are ids, `limit` 1 to 100."""
    channel, query = call.channel, call.query
    if not channel.allows(call.world.bot, Permission.READ_MESSAGE_HISTORY):
        return []
    limit = int(query.get("limit", PAGE))
    shown = [each for each in call.world.messages.values() if each.channel == channel.id and each.viewer is None]
    if "after" in query:
        chosen = [each for each in shown if each.id > int(query["after"])][:limit]
    elif "around" in query:
        middle = int(query["around"])
        chosen = [each for each in shown if each.id < middle][-(limit // 2) :] if limit > 1 else []
        chosen += [each for each in shown if each.id >= middle][: limit - len(chosen)]
    else:
        before = int(query.get("before", 0)) or None
        chosen = [each for each in shown if before is None or each.id < before][-limit:]
    return [call.shown(message) for message in reversed(chosen)]


def typing(call: Call) -> None:
    channel = call.channel
    call.needs(channel, Permission.SEND_MESSAGES)
    call.world.tell(events.Typing(call.world.bot, channel))


def react(call: Call) -> None:
    call.needs(call.channel, Permission.ADD_REACTIONS)
    call.world.react(call.world.bot, call.message, unquote(call.match["emoji"]))


def unreact(call: Call) -> None:
    call.world.react(call.world.bot, call.message, unquote(call.match["emoji"]), add=False)
