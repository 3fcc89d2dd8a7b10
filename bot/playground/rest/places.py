"""The guild, its channels and members, direct messages, users, and the application itself: reading, mostly."""

from typing import Any

from bot.playground import payloads
from bot.playground.people import User
from bot.playground.places import GUILD_ID, guild_payload
from bot.playground.refusals import Refused
from bot.playground.rest.calls import Call

Json = dict[str, Any]
INTENT_FLAGS = {1 << 1: 1 << 15, 1 << 8: 1 << 13, 1 << 15: 1 << 19}
"""Privileged intent -> the application flag that says it is granted to a small bot."""


def application(call: Call) -> Json:
    owner = next(user for user in call.world.people if user.owner)
    granted = call.world.rules.privileged_intents
    return {
        "id": str(call.world.bot.id),
        "name": call.world.bot.name,
        "icon": None,
        "description": "",
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "00" * 32,
        "team": None,
        "owner": owner.payload(),
        "bot": call.world.bot.payload(),
        "flags": sum(flag for intent, flag in INTENT_FLAGS.items() if granted & intent),
        "approximate_guild_count": 1,
        "integration_types_config": {"0": {}},
    }


def me(call: Call) -> Json:
    return call.world.bot.payload() | {"mfa_enabled": False, "locale": "en-US", "verified": True, "email": None}


def my_guilds(call: Call) -> list[Json]:
    told = guild_payload()
    wanted = ("id", "name", "icon", "banner", "features")
    partial = {name: told[name] for name in wanted}
    return [partial | {"owner": False, "permissions": str(int(call.world.bot.permissions))}]


def user(call: Call) -> Json:
    return _somebody(call, call.number("user"), 10013).payload()


def open_dm(call: Call) -> Json:
    person = _somebody(call, int(call.form["recipient_id"]), 10013)
    if person.bot:
        raise Refused(50007)
    return payloads.channel(call.world, call.world.dm(person))


def channel(call: Call) -> Json:
    return payloads.channel(call.world, call.channel)


def guild(call: Call) -> Json:
    assert call.guild
    counts = {"approximate_member_count": len(call.world.people) + 1, "approximate_presence_count": 5}
    return guild_payload() | (counts if call.query.get("with_counts") else {})


def guild_channels(call: Call) -> list[Json]:
    assert call.guild == GUILD_ID
    return [payloads.channel(call.world, each) for each in call.world.channels.values() if not each.dm]


def roles(call: Call) -> list[Json]:
    assert call.guild
    return guild_payload()["roles"]


def member(call: Call) -> Json:
    assert call.guild
    id = call.world.bot.id if call.match["user"] == "@me" else call.number("user")
    return payloads.member(_somebody(call, id, 10007))


def members(call: Call) -> list[Json]:
    assert call.guild
    return [payloads.member(each) for each in (*call.world.people, call.world.bot)]


def gateway(call: Call) -> Json:
    return {"url": _gateway_url(call)}


def gateway_bot(call: Call) -> Json:
    limit = {"total": 1000, "remaining": 1000, "reset_after": 86_400_000, "max_concurrency": 1}
    return {"url": _gateway_url(call), "shards": 1, "session_start_limit": limit}


def _gateway_url(call: Call) -> str:
    return call.world.base.replace("http", "ws", 1) + "/gateway"


def _somebody(call: Call, id: int, code: int) -> User:
    try:
        return call.world.user(id)
    except KeyError:
        raise Refused(code) from None
