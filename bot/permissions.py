"""The permissions that Darkroom uses in a server, exactly those: for the invite link and before a job is taken."""

from collections.abc import Mapping

import discord

WORDS: Mapping[str, str] = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "send_messages_in_threads": "Send Messages in Threads",
    "attach_files": "Attach Files",
    "read_message_history": "Read Message History",
}
"""Each permission that is used, as Discord's settings name it. The history is read to post nothing twice."""
PERMISSIONS = discord.Permissions(**dict.fromkeys(WORDS, True))
SCOPES = ("bot", "applications.commands")


def missing(place: discord.Interaction | discord.abc.GuildChannel | discord.Thread) -> list[str]:
    """The permissions that the bot lacks there, as Discord's settings name them; none in direct messages.

    Where somebody brought the bot along (a user install), it answers through the interaction, which needs none.
    """
    if isinstance(place, discord.Interaction):
        if place.guild_id is None or not place.is_guild_integration() or place.channel is None:
            return []
        return lacking(place.app_permissions, thread=isinstance(place.channel, discord.Thread))
    return lacking(place.permissions_for(place.guild.me), thread=isinstance(place, discord.Thread))


def lacking(granted: discord.Permissions, *, thread: bool) -> list[str]:
    """Those of ours that are not among the granted ones, in a thread or in a channel."""
    if granted.administrator:
        return []
    unused = "send_messages" if thread else "send_messages_in_threads"
    return [words for name, words in WORDS.items() if name != unused and not getattr(granted, name)]


def invite(client_id: int) -> str:
    """The link with which an owner adds the bot to a server."""
    return discord.utils.oauth_url(client_id, permissions=PERMISSIONS, scopes=SCOPES)
