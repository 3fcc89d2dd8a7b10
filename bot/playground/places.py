"""Where people talk: one guild, its channels, and direct messages. Knows no messages."""

from dataclasses import dataclass, field
from typing import Any

from bot.playground.people import BOT_ROLE, OWNER_ROLE, PEOPLE, User
from bot.playground.permissions import EVERYONE, EVERYTHING, Permission, permitted

GUILD_ID = 1_100_000_000_000_000_001
STUDIO_ID = 1_100_000_000_000_000_002
GALLERY_ID = 1_100_000_000_000_000_003

DM_PERMISSIONS = int(EVERYONE)


@dataclass(slots=True)
class Channel:
    """A text channel of the guild, or (with `person`) the direct messages between that person and the bot."""

    id: int
    name: str
    topic: str = ""
    person: User | None = None
    nsfw: bool = False
    overwrites: dict[int, tuple[int, int]] = field(default_factory=dict)
    """User id -> (allow, deny)."""

    @property
    def dm(self) -> bool:
        return self.person is not None

    def permissions(self, user: User) -> int:
        """What a user may do here."""
        if self.person is not None:
            return DM_PERMISSIONS if user.bot or user.id == self.person.id else 0
        if user.owner:
            return EVERYTHING
        allow, deny = self.overwrites.get(user.id, (0, 0))
        return permitted(user.permissions, allow, deny)

    def allows(self, user: User, needed: int) -> bool:
        return self.permissions(user) & needed == needed

    def seen_by(self, user: User) -> bool:
        return self.allows(user, Permission.VIEW_CHANNEL)

    def payload(self, last_message: int | None = None) -> dict[str, Any]:
        """Discord's channel object."""
        last = {"id": str(self.id), "last_message_id": str(last_message) if last_message else None, "flags": 0}
        if self.person is not None:
            return last | {"type": 1, "recipients": [self.person.payload()]}
        overwrites = [
            {"id": str(user), "type": 1, "allow": str(int(allow)), "deny": str(int(deny))}
            for user, (allow, deny) in self.overwrites.items()
        ]
        return last | {
            "type": 0,
            "guild_id": str(GUILD_ID),
            "name": self.name,
            "topic": self.topic or None,
            "position": self.id - STUDIO_ID,
            "parent_id": None,
            "nsfw": self.nsfw,
            "rate_limit_per_user": 0,
            "permission_overwrites": overwrites,
        }


def guild_channels() -> tuple[Channel, ...]:
    return (
        Channel(STUDIO_ID, "studio", "Pictures are made here"),
        Channel(GALLERY_ID, "gallery", "Pictures worth keeping"),
    )


def _role(role_id: int, name: str, permissions: int, position: int, managed: bool = False) -> dict[str, Any]:
    colors = {"primary_color": 0, "secondary_color": None, "tertiary_color": None}
    return {
        "id": str(role_id),
        "name": name,
        "permissions": str(int(permissions)),
        "position": position,
        "color": 0,
        "colors": colors,
        "hoist": False,
        "managed": managed,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def guild_payload() -> dict[str, Any]:
    """Discord's guild object, without what only the gateway adds."""
    owner = next(user for user in PEOPLE if user.owner)
    return {
        "id": str(GUILD_ID),
        "name": "Darkroom playground",
        "icon": None,
        "splash": None,
        "discovery_splash": None,
        "banner": None,
        "description": None,
        "owner_id": str(owner.id),
        "region": "loopback",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "verification_level": 0,
        "default_message_notifications": 1,
        "explicit_content_filter": 0,
        "roles": [
            _role(GUILD_ID, "@everyone", EVERYONE, 0),
            _role(BOT_ROLE, "Darkroom", EVERYONE, 1, managed=True),
            _role(OWNER_ROLE, "Owner", EVERYTHING, 2),
        ],
        "emojis": [],
        "stickers": [],
        "features": [],
        "mfa_level": 0,
        "application_id": None,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "public_updates_channel_id": None,
        "safety_alerts_channel_id": None,
        "vanity_url_code": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "premium_progress_bar_enabled": False,
        "preferred_locale": "en-US",
        "nsfw_level": 0,
        "nsfw": False,
        "hub_type": None,
        "latest_onboarding_question_id": None,
        "max_members": 500000,
    }
