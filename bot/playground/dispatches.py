"""What the gateway tells the bot about an event: its name and data, or nothing. Knows intents, no connections."""

from typing import Any

from bot.playground import events, payloads
from bot.playground.events import Event
from bot.playground.intent import PRIVILEGED, Intent, message_for_bot
from bot.playground.messages import Message
from bot.playground.people import JOINED
from bot.playground.places import GUILD_ID, Channel, guild_payload
from bot.playground.rest.places import INTENT_FLAGS
from bot.playground.world import World

Json = dict[str, Any]
Dispatch = tuple[str, Json]


def ready(world: World, session_id: str, shard: list[int]) -> Dispatch:
    flags = sum(flag for intent, flag in INTENT_FLAGS.items() if world.rules.privileged_intents & intent)
    return "READY", {
        "v": 10,
        "user": world.bot.payload() | {"mfa_enabled": False, "verified": True, "email": None},
        "guilds": [{"id": str(GUILD_ID), "unavailable": True}],
        "private_channels": [],
        "session_id": session_id,
        "session_type": "normal",
        "shard": shard,
        "resume_gateway_url": world.base.replace("http", "ws", 1) + "/gateway",
        "application": {"id": str(world.bot.id), "flags": flags},
    }


def guild_create(world: World, intents: int) -> Dispatch:
    """The guild with its channels; without the members intent, with no member but the bot."""
    everybody = (*world.people, world.bot)
    members = everybody if intents & Intent.GUILD_MEMBERS else (world.bot,)
    channels = [payloads.channel(world, channel) for channel in world.channels.values() if not channel.dm]
    lists = ("threads", "voice_states", "presences", "stage_instances", "guild_scheduled_events", "soundboard_sounds")
    return "GUILD_CREATE", guild_payload() | {name: [] for name in lists} | {
        "joined_at": JOINED,
        "large": False,
        "unavailable": False,
        "member_count": len(everybody),
        "members": [payloads.member(member) for member in members],
        "channels": channels,
    }


def members_chunk(world: World, asked: Json) -> Dispatch:
    """The answer to a request for members by their ids or by the beginning of their name."""
    everybody = (*world.people, world.bot)
    wanted = asked.get("user_ids")
    ids = [wanted] if isinstance(wanted, str | int) else list(wanted or ())
    if ids:
        found = [user for user in everybody if user.id in map(int, ids)]
    else:
        found = [user for user in everybody if user.name.lower().startswith((asked.get("query") or "").lower())]
        found = found[: asked.get("limit") or len(found)]
    known = {user.id for user in found}
    return "GUILD_MEMBERS_CHUNK", {
        "guild_id": str(GUILD_ID),
        "members": [payloads.member(user) for user in found],
        "chunk_index": 0,
        "chunk_count": 1,
        "not_found": [str(id) for id in ids if int(id) not in known],
        "presences": [],
        "nonce": asked.get("nonce"),
    }


def forbidden(world: World, intents: int) -> bool:
    """Whether intents are asked for that were not granted."""
    return bool(intents & PRIVILEGED & ~world.rules.privileged_intents)


def dispatch(world: World, event: Event, intents: int) -> Dispatch | None:
    match event:
        case events.InteractionOpened(interaction):
            return "INTERACTION_CREATE", payloads.interaction(world, interaction)
        case events.MessageCreated(message):
            return _told(world, "MESSAGE_CREATE", message, intents)
        case events.MessageUpdated(message):
            return _told(world, "MESSAGE_UPDATE", message, intents)
        case events.MessageDeleted(message):
            return _deleted(world, message, intents)
        case events.ReactionsChanged():
            return _reaction(world, event, intents)
        case events.Typing(user, channel) if not user.bot:
            return _typing(world, event, intents)
        case events.ChannelUpdated(channel) if intents & Intent.GUILDS and not channel.dm:
            return "CHANNEL_UPDATE", payloads.channel(world, channel)
    return None


def _wanted(world: World, channel: Channel, intents: int, in_guild: Intent, in_dm: Intent) -> bool:
    return channel.seen_by(world.bot) and bool(intents & (in_dm if channel.dm else in_guild))


def _of_guild(channel: Channel) -> Json:
    return {} if channel.dm else {"guild_id": str(GUILD_ID)}


def _about(world: World, message: Message, intents: int) -> Channel | None:
    """The message's channel, if the bot is told about messages there and this one is not for one person alone."""
    channel = world.channels[message.channel]
    wanted = _wanted(world, channel, intents, Intent.GUILD_MESSAGES, Intent.DIRECT_MESSAGES)
    return channel if wanted and message.viewer is None else None


def _told(world: World, name: str, message: Message, intents: int) -> Dispatch | None:
    channel = _about(world, message, intents)
    if channel is None:
        return None
    told = message_for_bot(world, message, intents) | _of_guild(channel)
    if not channel.dm:
        told["member"] = world.user(message.author).member()
    return name, told


def _deleted(world: World, message: Message, intents: int) -> Dispatch | None:
    channel = _about(world, message, intents)
    if channel is None:
        return None
    return "MESSAGE_DELETE", {"id": str(message.id), "channel_id": str(channel.id)} | _of_guild(channel)


def _reaction(world: World, event: events.ReactionsChanged, intents: int) -> Dispatch | None:
    message, channel = event.message, world.channels[event.message.channel]
    if not _wanted(world, channel, intents, Intent.GUILD_MESSAGE_REACTIONS, Intent.DIRECT_MESSAGE_REACTIONS):
        return None
    told: Json = {
        "user_id": str(event.user.id),
        "channel_id": str(channel.id),
        "message_id": str(message.id),
        "message_author_id": str(message.author),
        "emoji": {"id": None, "name": event.emoji},
        "burst": False,
        "type": 0,
    }
    member = {} if channel.dm or not event.added else {"member": payloads.member(event.user)}
    return f"MESSAGE_REACTION_{'ADD' if event.added else 'REMOVE'}", told | _of_guild(channel) | member


def _typing(world: World, event: events.Typing, intents: int) -> Dispatch | None:
    channel = event.channel
    if not _wanted(world, channel, intents, Intent.GUILD_MESSAGE_TYPING, Intent.DIRECT_MESSAGE_TYPING):
        return None
    told: Json = {"channel_id": str(channel.id), "user_id": str(event.user.id), "timestamp": int(world.clock())}
    return "TYPING_START", told | _of_guild(channel) | ({} if channel.dm else {"member": payloads.member(event.user)})
