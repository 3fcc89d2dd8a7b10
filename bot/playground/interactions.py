"""One interaction from the person's act to the bot's answer. Knows no HTTP; what may be answered is in `answers.py`."""

import asyncio
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any, Self

from bot.playground.people import User
from bot.playground.places import Channel


class Act(IntEnum):
    """What somebody did: Discord's interaction types."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL_SUBMIT = 5


class State(StrEnum):
    OPEN = "open"
    """No first answer yet."""
    THINKING = "thinking"
    """Deferred with a message "… is thinking" that waits for its content."""
    ANSWERED = "answered"
    MODAL = "modal"
    """Answered with a modal, which the person sees now."""
    FAILED = "failed"
    """The application did not respond within the three seconds, or thought for longer than its token lived."""


@dataclass(slots=True, eq=False)
class Interaction:
    """`data`, `modal` and `choices` are in Discord's own shapes; `message` and `original` are message ids."""

    id: int
    token: str
    act: Act
    user: User
    channel: Channel
    data: dict[str, Any]
    created: float
    message: int | None = None
    """The message whose button or menu was used, also for a modal that was opened from it."""
    opener: dict[str, Any] | None = None
    """interaction_metadata of the interaction that opened the modal which is submitted here."""
    state: State = State.OPEN
    original: int | None = None
    """The first answer's message; for an update, the message that carries the component."""
    ephemeral: bool = False
    modal: dict[str, Any] | None = None
    choices: list[dict[str, Any]] | None = None
    _answered: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    _finished: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    @property
    def name(self) -> str:
        """The command's name; empty for what is not a command."""
        return str(self.data.get("name", ""))

    async def settled(self) -> State:
        """Waits until the bot has answered, or until it is too late for that."""
        await self._answered.wait()
        return self.state

    async def finished(self) -> State:
        """Waits until it is answered and, if that was "thinking", until the content has come."""
        await self._finished.wait()
        return self.state

    def settle(self, state: State) -> None:
        self.state = state
        self._answered.set()
        if state is not State.THINKING:
            self._finished.set()

    def kept(self) -> dict[str, Any]:
        plain = (
            "id",
            "token",
            "act",
            "data",
            "created",
            "message",
            "opener",
            "state",
            "original",
            "ephemeral",
            "modal",
        )
        return {name: getattr(self, name) for name in plain} | {"user": self.user.id, "channel": self.channel.id}

    @classmethod
    def restored(cls, kept: dict[str, Any], user: User, channel: Channel) -> Self:
        told = kept | {"act": Act(kept["act"]), "state": State(kept["state"]), "user": user, "channel": channel}
        interaction = cls(**told)
        if interaction.state is not State.OPEN:
            interaction.settle(interaction.state)
        return interaction
