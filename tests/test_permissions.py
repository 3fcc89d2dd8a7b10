"""The permissions that the bot asks for, and those that it misses."""

from urllib.parse import parse_qs, urlsplit

import discord

from bot import permissions
from bot.permissions import PERMISSIONS, WORDS


def test_the_invite_asks_for_exactly_what_is_used():
    query = parse_qs(urlsplit(permissions.invite(123)).query)
    assert query["client_id"] == ["123"]
    assert set(query["scope"][0].split()) == {"bot", "applications.commands"}
    granted = discord.Permissions(int(query["permissions"][0]))
    assert granted == discord.Permissions(**dict.fromkeys(WORDS, True))


def test_nothing_is_missing_where_all_is_granted():
    assert permissions.lacking(PERMISSIONS, thread=False) == []
    assert permissions.lacking(discord.Permissions(administrator=True), thread=True) == []


def test_what_is_missing_is_named_as_discord_names_it():
    granted = discord.Permissions(view_channel=True, send_messages=True)
    assert permissions.lacking(granted, thread=False) == ["Attach Files", "Read Message History"]


def test_a_thread_has_a_permission_of_its_own_for_sending():
    granted = PERMISSIONS & ~discord.Permissions(send_messages=True)
    assert permissions.lacking(granted, thread=True) == []
    assert permissions.lacking(granted, thread=False) == ["Send Messages"]
