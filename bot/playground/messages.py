"""One message as the playground keeps it. Knows nobody's view of it: `payloads.py` shows it in Discord's shape."""

from dataclasses import asdict, dataclass, field
from enum import IntEnum, IntFlag
from typing import Any, Self

from bot.playground.attachments import Attachment


class Flag(IntFlag):
    SUPPRESS_EMBEDS = 1 << 2
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    COMPONENTS_V2 = 1 << 15


class Kind(IntEnum):
    """Discord's message types, as far as they occur here."""

    DEFAULT = 0
    REPLY = 19
    CHAT_INPUT_COMMAND = 20
    CONTEXT_MENU_COMMAND = 23


@dataclass(slots=True)
class Message:
    """A message. `viewer` is set on an ephemeral one: nobody else sees it."""

    id: int
    channel: int
    author: int
    created: float
    content: str = ""
    kind: int = Kind.DEFAULT
    flags: int = 0
    embeds: list[dict[str, Any]] = field(default_factory=list)
    components: list[dict[str, Any]] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    mentions: list[int] = field(default_factory=list)
    mention_everyone: bool = False
    addressed: bool = False
    """The content itself mentions the bot, or it replies with a ping to a regular message of the bot."""
    reply_to: int | None = None
    nonce: str | int | None = None
    interaction: dict[str, Any] | None = None
    """Discord's interaction_metadata, on what the bot answered to an interaction."""
    viewer: int | None = None
    edited: float | None = None
    reactions: dict[str, list[int]] = field(default_factory=dict)

    @property
    def loading(self) -> bool:
        """The bot said that it is thinking, and nothing more so far."""
        return bool(self.flags & Flag.LOADING)

    @property
    def v2(self) -> bool:
        return bool(self.flags & Flag.COMPONENTS_V2)

    def seen_by(self, user: int) -> bool:
        return self.viewer in (None, user)

    def kept(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def restored(cls, kept: dict[str, Any]) -> Self:
        attachments = [Attachment(**told) for told in kept.pop("attachments")]
        return cls(**kept, attachments=attachments)
