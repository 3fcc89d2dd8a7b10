"""What one Discord message shows: text, pictures and keys to press, as plain values, and how they are sent.

Knows discord.py's arguments; does no I/O and knows nothing of jobs.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import discord

CONTENT = 2000
"""Characters that Discord allows in a message."""
ALT = 1024
"""Characters of a picture's description."""

_SPECIAL = re.compile(r"://|[\\*_~|`\[\]<>@#]|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    data: bytes
    alt: str = ""
    """What a person who cannot see the picture is told."""

    @property
    def file(self) -> discord.File:
        return discord.File(io.BytesIO(self.data), self.name, description=self.alt[:ALT] or None)


@dataclass(frozen=True, slots=True)
class Key:
    """A button; everything that it does is in its `custom_id`, so it works as long as its message exists."""

    label: str
    custom_id: str
    emoji: str = ""
    style: discord.ButtonStyle = discord.ButtonStyle.secondary
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """A menu with one line per `(label, value)`, at most 25; choosing one sends `custom_id` with the value."""

    placeholder: str
    custom_id: str
    lines: tuple[tuple[str, str], ...]


Row = tuple[Key, ...] | Choice


@dataclass(frozen=True, slots=True)
class Face:
    """One state of one message. `files` None leaves the pictures of an edited message as they are."""

    content: str
    files: tuple[Attachment, ...] | None = None
    rows: tuple[Row, ...] = ()
    mention: int = 0
    """The only person whom the message may ping; 0 for nobody."""

    @property
    def view(self) -> discord.ui.View | None:
        """The rows as components. Stopped at once: the clicks come in through `bot.buttons.ITEMS`, and a view that
        discord.py thinks alive would be kept in memory for ever."""
        if not self.rows:
            return None
        view = discord.ui.View(timeout=None)
        for item in self._items():
            view.add_item(item)
        view.stop()
        return view

    def sending(self) -> dict[str, Any]:
        """Arguments for `send`, `reply`, `send_message` and `followup.send`."""
        arguments: dict[str, Any] = {
            "content": self.content,
            "allowed_mentions": self.allowed_mentions,
            "suppress_embeds": True,
        }
        if self.files:
            arguments["files"] = [attachment.file for attachment in self.files]
        if self.rows:
            arguments["view"] = self.view
        return arguments

    def editing(self) -> dict[str, Any]:
        """Arguments for `edit`, `edit_message` and `edit_original_response`."""
        arguments: dict[str, Any] = {
            "content": self.content,
            "allowed_mentions": self.allowed_mentions,
            "view": self.view,
        }
        if self.files is not None:
            arguments["attachments"] = [attachment.file for attachment in self.files]
        return arguments

    @property
    def allowed_mentions(self) -> discord.AllowedMentions:
        users = [discord.Object(self.mention)] if self.mention else False
        return discord.AllowedMentions(everyone=False, roles=False, users=users, replied_user=False)

    def _items(self) -> Iterator[discord.ui.Item[Any]]:
        for number, row in enumerate(self.rows):
            if isinstance(row, Choice):
                options = [discord.SelectOption(label=shorten(label, 100), value=value) for label, value in row.lines]
                yield discord.ui.Select(
                    custom_id=row.custom_id, placeholder=row.placeholder, options=options, row=number
                )
                continue
            for key in row:
                yield discord.ui.Button(
                    label=key.label or None,
                    custom_id=key.custom_id,
                    emoji=key.emoji or None,
                    style=key.style,
                    disabled=key.disabled,
                    row=number,
                )


def shorten(text: str, room: int) -> str:
    """On one line and within `room` characters, with an ellipsis where something was cut."""
    text = " ".join(text.split())
    return text if len(text) <= room else text[: room - 1].rstrip() + "…"


def quoted(text: str, room: int = CONTENT) -> str:
    """A person's words, on one line, so that no mark-up, mention or link in them does anything; within `room`
    characters as escaped."""
    pieces = [_escaped(match[0]) for match in _SPECIAL.finditer(" ".join(text.split()))]
    if sum(map(len, pieces)) <= room:
        return "".join(pieces)
    kept, used = [], 1
    for piece in pieces:
        used += len(piece)
        if used > room:
            break
        kept.append(piece)
    return "".join(kept).rstrip() + "…"


def copyable(text: str, room: int) -> str:
    """A person's words in a block that is copied as a whole; within `room` characters."""
    fence = "```"
    inner = shorten(text.replace(fence, "'''"), room - 2 * len(fence) - 2)
    return f"{fence}\n{inner}\n{fence}"


def _escaped(piece: str) -> str:
    if piece == "://":
        return r":\//"
    return piece if piece.isalnum() or piece.isspace() or piece not in r"\*_~|`[]<>@#" else "\\" + piece
