"""Permission bits and how roles and channel overwrites add up to what somebody may do. Knows no HTTP."""

from enum import IntFlag


class Permission(IntFlag):
    """The bits that the playground enforces, under Discord's own names."""

    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    USE_APPLICATION_COMMANDS = 1 << 31


EVERYTHING = (1 << 51) - 1

EVERYONE = (
    Permission.ADD_REACTIONS
    | Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_EXTERNAL_EMOJIS
    | Permission.USE_APPLICATION_COMMANDS
)
"""What every member of the guild may do, the bot included."""


def permitted(granted: int, allow: int = 0, deny: int = 0) -> int:
    """Permissions after a channel's overwrite; an administrator cannot be denied anything."""
    if granted & Permission.ADMINISTRATOR:
        return EVERYTHING
    allowed = (granted & ~deny) | allow
    return allowed if allowed & Permission.VIEW_CHANNEL else 0
