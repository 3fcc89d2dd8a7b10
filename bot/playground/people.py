"""Who lives in the playground: four people and the bot. Knows no channels and no messages."""

from dataclasses import dataclass
from typing import Any

from bot.playground.permissions import EVERYONE, EVERYTHING

BOT_ID = 1_100_000_000_000_000_100
JOINED = "2023-04-24T12:00:00+00:00"


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with an account. `permissions` are those that the guild's roles grant, before channel overwrites."""

    id: int
    name: str
    bot: bool = False
    owner: bool = False
    roles: tuple[int, ...] = ()
    permissions: int = int(EVERYONE)

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"

    def payload(self) -> dict[str, Any]:
        """Discord's user object."""
        return {
            "id": str(self.id),
            "username": self.name if self.bot else self.name.lower(),
            "global_name": None if self.bot else self.name,
            "discriminator": "0",
            "avatar": None,
            "bot": self.bot,
            "system": False,
            "public_flags": 0,
            "flags": 0,
        }

    def member(self) -> dict[str, Any]:
        """Discord's guild member object without its user."""
        return {
            "nick": None,
            "avatar": None,
            "roles": [str(role) for role in self.roles],
            "joined_at": JOINED,
            "premium_since": None,
            "deaf": False,
            "mute": False,
            "pending": False,
            "flags": 0,
            "communication_disabled_until": None,
        }


OWNER_ROLE = 1_100_000_000_000_000_010
BOT_ROLE = 1_100_000_000_000_000_011

PEOPLE = (
    User(1_100_000_000_000_000_101, "Ada", owner=True, roles=(OWNER_ROLE,), permissions=EVERYTHING),
    User(1_100_000_000_000_000_102, "Ben"),
    User(1_100_000_000_000_000_103, "Cleo"),
    User(1_100_000_000_000_000_104, "Dan"),
)
BOT = User(BOT_ID, "Darkroom", bot=True, roles=(BOT_ROLE,))
