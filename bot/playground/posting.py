"""Makes and changes the bot's messages from what it sends. Knows the state and the forms; no routes, no permissions."""

import re
from collections.abc import Collection
from typing import Any

from bot.playground import components
from bot.playground.attachments import Attachment, Upload
from bot.playground.checks import messages as message_checks
from bot.playground.checks.form import Form, Path
from bot.playground.checks.messages import Draft
from bot.playground.messages import Flag, Kind, Message
from bot.playground.places import Channel
from bot.playground.refusals import Refused
from bot.playground.state import State

Json = dict[str, Any]
Uploads = dict[int, Upload]

MENTION = re.compile(r"<@!?(\d+)>")
SETTABLE = Flag.SUPPRESS_EMBEDS | Flag.SUPPRESS_NOTIFICATIONS | Flag.COMPONENTS_V2


def compose(
    state: State, channel: Channel, told: Json, uploads: Uploads, fields: Collection[str], path: Path = ()
) -> Message:
    """A new message of the bot, checked but not yet posted; 50035 or 50006 if it cannot be."""
    told = _plain(told)
    flags = int(told.get("flags") or 0)
    form = Form()
    message_checks.check(form, Draft(told, uploads, {}, flags), fields, path)
    target = _target(form, state, channel, told.get("message_reference"), path)
    form.refuse()
    if not (told.get("content") or told.get("embeds") or told.get("components") or uploads or told.get("poll")):
        raise Refused(50006)
    message = Message(
        id=state.snowflakes.draw(),
        channel=channel.id,
        author=state.bot.id,
        created=state.clock(),
        kind=Kind.REPLY if target else Kind.DEFAULT,
        flags=flags & SETTABLE,
        nonce=told.get("nonce"),
        reply_to=target.id if target else None,
    )
    _fill(state, channel, message, told, uploads)
    return message


def change(
    state: State, message: Message, told: Json, uploads: Uploads, fields: Collection[str], path: Path = ()
) -> Message:
    """Changes a message of the bot as an edit does: fields that are left out stay as they are."""
    told = _plain(told)
    was = {"content": message.content, "embeds": message.embeds}
    flags = message.flags | (int(told.get("flags") or 0) & Flag.COMPONENTS_V2)
    merged = {name: value for name, value in (was | told).items() if value is not None}
    existing = {each.id: each.filename for each in message.attachments}
    form = Form()
    message_checks.check(form, Draft(merged, uploads, existing, flags), fields, path)
    form.refuse()
    if _emptied(message, told, uploads):
        raise Refused(50006)
    if told.get("flags") is not None:
        flags = (flags & ~Flag.SUPPRESS_EMBEDS) | (int(told["flags"]) & Flag.SUPPRESS_EMBEDS)
    message.flags = flags & ~Flag.LOADING
    _fill(state, state.channels[message.channel], message, told, uploads)
    return message


def _plain(told: Json) -> Json:
    return told | {"components": components.without_nulls(told["components"])} if "components" in told else told


def _emptied(message: Message, told: Json, uploads: Uploads) -> bool:
    """Whether nothing would be left of a message after an edit."""
    now = {name: getattr(message, name) for name in ("content", "embeds", "components", "attachments")} | told
    return not (now["content"] or now["embeds"] or now["components"] or now["attachments"] or uploads)


def _target(form: Form, state: State, channel: Channel, reference: Json | None, path: Path) -> Message | None:
    if not reference:
        return None
    target = state.messages.get(int(reference.get("message_id") or 0))
    if target is not None and target.channel == channel.id and target.viewer is None:
        return target
    if reference.get("fail_if_not_exists", True):
        form.fault((*path, "message_reference"), "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
    return None


def _fill(state: State, channel: Channel, message: Message, told: Json, uploads: Uploads) -> None:
    if "content" in told:
        message.content = told["content"] or ""
    if "embeds" in told:
        message.embeds = told["embeds"] or []
    if "components" in told:
        message.components = components.numbered(told["components"] or [])
    message.attachments = _attachments(state, channel, message, told.get("attachments"), uploads)
    _mention(state, message, told.get("allowed_mentions"))


def _attachments(
    state: State, channel: Channel, message: Message, listed: list[Json] | None, uploads: Uploads
) -> list[Attachment]:
    """The listed old ones (all, if there is no list), then the new ones with their descriptions."""
    descriptions = {int(each["id"]): each.get("description") for each in listed or ()}
    kept = [each for each in message.attachments if listed is None or each.id in descriptions]
    state.discard([each for each in message.attachments if each not in kept])
    named = [described(upload, descriptions.get(number)) for number, upload in sorted(uploads.items())]
    return kept + state.attach(named, channel, ephemeral=message.viewer is not None)


def described(upload: Upload, description: str | None) -> Upload:
    return Upload(upload.filename, upload.data, description or upload.description, upload.content_type)


def _mention(state: State, message: Message, allowed: Json | None) -> None:
    """Whom the message pings: those it names, as far as `allowed_mentions` lets it."""
    everybody = allowed is None or "users" in (allowed.get("parse") or ())
    named = {int(id) for id in (allowed or {}).get("users") or ()}
    people = [user for user in (*state.people, state.bot) if str(user.id) in MENTION.findall(message.content)]
    message.mentions = [user.id for user in people if everybody or user.id in named]
    target = state.messages.get(message.reply_to or 0)
    pings = allowed is None or allowed.get("replied_user", False)
    if target and message.kind == Kind.REPLY and pings and target.author not in message.mentions:
        message.mentions.append(target.author)
