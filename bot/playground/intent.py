"""What the bot may read. Without the privileged intent, the words of others reach it only where it is addressed.

Exempt are its own messages, direct messages, messages that mention it, and a pinging reply to a regular message of
its own. A reply to what it answered to an interaction is not.
"""

from enum import IntFlag
from typing import TYPE_CHECKING, Any

from bot.playground import payloads
from bot.playground.messages import Message

if TYPE_CHECKING:
    from bot.playground.state import State

Json = dict[str, Any]


class Intent(IntFlag):
    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_REACTIONS = 1 << 10
    GUILD_MESSAGE_TYPING = 1 << 11
    DIRECT_MESSAGES = 1 << 12
    DIRECT_MESSAGE_REACTIONS = 1 << 13
    DIRECT_MESSAGE_TYPING = 1 << 14
    MESSAGE_CONTENT = 1 << 15


PRIVILEGED = Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES | Intent.MESSAGE_CONTENT
EMPTIED: Json = {"content": "", "embeds": [], "attachments": [], "components": []}


def readable(state: "State", message: Message, intents: int) -> bool:
    return bool(
        intents & Intent.MESSAGE_CONTENT
        or message.author == state.bot.id
        or message.addressed
        or state.channels[message.channel].dm
    )


def message_for_bot(state: "State", message: Message, intents: int) -> Json:
    """Discord's message object as the bot gets it, with what it may not read left empty."""
    told = payloads.message(state, message)
    if not readable(state, message, intents):
        told |= EMPTIED
    target = state.messages.get(message.reply_to or 0)
    if target and told.get("referenced_message") and not readable(state, target, intents):
        told["referenced_message"] |= EMPTIED
    return told
