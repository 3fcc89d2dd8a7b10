"""Shows messages and interactions in Discord's own shapes. Knows the state it reads; changes nothing."""

import copy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot.playground import components
from bot.playground.attachments import Attachment
from bot.playground.interactions import Act, Interaction
from bot.playground.messages import Kind, Message
from bot.playground.people import BOT_ID, User
from bot.playground.places import GUILD_ID, Channel

if TYPE_CHECKING:
    from bot.playground.state import State

Json = dict[str, Any]


def timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def member(user: User, channel: Channel | None = None) -> Json:
    """The member with its user, and with its permissions where a channel is told."""
    told = user.member() | {"user": user.payload()}
    return told | {"permissions": str(int(channel.permissions(user)))} if channel else told


def attachment(state: "State", each: Attachment) -> Json:
    return each.payload(state.address(each))


def message(state: "State", shown: Message, *, with_reference: bool = True) -> Json:
    """Discord's message object with everything in it; what the bot may not read is emptied in `intent.py`."""
    author = state.user(shown.author)
    told: Json = {
        "id": str(shown.id),
        "type": int(shown.kind),
        "channel_id": str(shown.channel),
        "author": author.payload(),
        "content": shown.content,
        "timestamp": timestamp(shown.created),
        "edited_timestamp": timestamp(shown.edited) if shown.edited else None,
        "tts": False,
        "mention_everyone": shown.mention_everyone,
        "mentions": [state.user(user).payload() for user in shown.mentions],
        "mention_roles": [],
        "attachments": _attachments(state, shown),
        "embeds": _embeds(state, shown),
        "components": _components(state, shown),
        "pinned": False,
        "flags": shown.flags,
    }
    if shown.nonce is not None:
        told["nonce"] = shown.nonce
    if shown.reactions:
        told["reactions"] = [_reaction(emoji, users) for emoji, users in shown.reactions.items()]
    if shown.interaction:
        told |= _answering(shown.interaction)
    if shown.reply_to:
        told |= _reference(state, shown, with_reference)
    return told


def _answering(metadata: Json) -> Json:
    told: Json = {
        "interaction_metadata": metadata,
        "application_id": str(BOT_ID),
        "webhook_id": str(BOT_ID),
    }
    if metadata["type"] == Act.COMMAND:
        told["interaction"] = {key: metadata[key] for key in ("id", "type", "name", "user")}
    return told


def _reference(state: "State", shown: Message, with_reference: bool) -> Json:
    reference: Json = {"type": 0, "message_id": str(shown.reply_to), "channel_id": str(shown.channel)}
    if not state.channels[shown.channel].dm:
        reference["guild_id"] = str(GUILD_ID)
    told: Json = {"message_reference": reference}
    if with_reference and shown.kind == Kind.REPLY:
        target = state.messages.get(shown.reply_to or 0)
        told["referenced_message"] = message(state, target, with_reference=False) if target else None
    return told


def _reaction(emoji: str, users: list[int]) -> Json:
    normal = {"count": len(users), "count_details": {"normal": len(users), "burst": 0}, "burst_colors": []}
    return normal | {"me": BOT_ID in users, "me_burst": False, "emoji": {"id": None, "name": emoji}}


def _attachments(state: "State", shown: Message) -> list[Json]:
    """Those that an embed or a component shows are not listed again."""
    used = {item["url"] for embed in shown.embeds for item in _embed_media(embed)}
    used |= {item["url"] for component in components.walk(shown.components) for item in components.media(component)}
    return [attachment(state, each) for each in shown.attachments if f"attachment://{each.filename}" not in used]


def _embed_media(embed: Json) -> list[Json]:
    parts = [embed.get("image"), embed.get("thumbnail"), embed.get("video")]
    return [part for part in parts if part and part.get("url")]


def _embeds(state: "State", shown: Message) -> list[Json]:
    embeds = copy.deepcopy(shown.embeds)
    for embed in embeds:
        embed.setdefault("type", "rich")
        for item in _embed_media(embed):
            _resolve(state, shown, item)
    return embeds


def _components(state: "State", shown: Message) -> list[Json]:
    tree = copy.deepcopy(shown.components)
    for component in components.walk(tree):
        for item in components.media(component):
            _resolve(state, shown, item)
    return tree


def _resolve(state: "State", shown: Message, item: Json) -> None:
    """Turns `attachment://name` into the address of the file that came with the message."""
    for each in shown.attachments:
        if item["url"] == f"attachment://{each.filename}":
            address = state.address(each)
            item |= {"url": address, "proxy_url": address, "width": each.width, "height": each.height}
            item |= {"content_type": each.content_type, "attachment_id": str(each.id), "loading_state": 2}


def channel(state: "State", shown: Channel) -> Json:
    last = max((each.id for each in state.messages.values() if each.channel == shown.id), default=None)
    return shown.payload(last)


def interaction_metadata(asked: Interaction) -> Json:
    told: Json = {
        "id": str(asked.id),
        "type": int(asked.act),
        "user": asked.user.payload(),
        "authorizing_integration_owners": _owners(asked.channel),
    }
    if asked.act is Act.COMMAND:
        told |= {"name": asked.name, "command_type": asked.data.get("type", 1)}
        if asked.data.get("target_id"):
            told["target_message_id"] = asked.data["target_id"]
    if asked.act is Act.COMPONENT:
        told["interacted_message_id"] = str(asked.message)
    if asked.opener:
        told["triggering_interaction_metadata"] = asked.opener
    return told


def _owners(where: Channel) -> Json:
    return {"0": "0" if where.dm else str(GUILD_ID)}


def interaction(state: "State", asked: Interaction) -> Json:
    """What INTERACTION_CREATE carries."""
    where = asked.channel
    told: Json = {
        "id": str(asked.id),
        "application_id": str(BOT_ID),
        "type": int(asked.act),
        "token": asked.token,
        "version": 1,
        "data": asked.data,
        "channel": channel(state, where) | {"permissions": str(int(where.permissions(asked.user)))},
        "channel_id": str(where.id),
        "app_permissions": str(int(where.permissions(state.bot))),
        "locale": "en-US",
        "entitlements": [],
        "authorizing_integration_owners": _owners(where),
        "context": 1 if where.dm else 0,
        "attachment_size_limit": state.rules.file_size,
    }
    if where.dm:
        told["user"] = asked.user.payload()
    else:
        told |= {"guild_id": str(GUILD_ID), "guild_locale": "en-US", "member": member(asked.user, where)}
        told["guild"] = {"id": str(GUILD_ID), "locale": "en-US", "features": []}
    if asked.message and asked.message in state.messages:
        told["message"] = message(state, state.messages[asked.message])
    return told
