"""What happens in the world, as values, and how to follow it. Knows neither the gateway nor the page."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from bot.playground.interactions import Interaction
from bot.playground.messages import Message
from bot.playground.people import User
from bot.playground.places import Channel


@dataclass(frozen=True, slots=True)
class MessageCreated:
    message: Message


@dataclass(frozen=True, slots=True)
class MessageUpdated:
    message: Message


@dataclass(frozen=True, slots=True)
class MessageDeleted:
    message: Message


@dataclass(frozen=True, slots=True)
class ReactionsChanged:
    message: Message
    user: User
    emoji: str
    added: bool


@dataclass(frozen=True, slots=True)
class InteractionOpened:
    """Somebody did something that the bot must answer."""

    interaction: Interaction


@dataclass(frozen=True, slots=True)
class InteractionChanged:
    """It was answered, deferred, or failed: see `interaction.state`. Shown to `interaction.user` alone."""

    interaction: Interaction


@dataclass(frozen=True, slots=True)
class ModalOpened:
    """`interaction.modal` is to be shown to `interaction.user`, who answers with `World.submit`."""

    interaction: Interaction


@dataclass(frozen=True, slots=True)
class Typing:
    user: User
    channel: Channel


@dataclass(frozen=True, slots=True)
class ChannelCreated:
    channel: Channel


@dataclass(frozen=True, slots=True)
class ChannelUpdated:
    channel: Channel


@dataclass(frozen=True, slots=True)
class CommandsChanged:
    pass


@dataclass(frozen=True, slots=True)
class BotPresence:
    online: bool


Event = (
    MessageCreated
    | MessageUpdated
    | MessageDeleted
    | ReactionsChanged
    | InteractionOpened
    | InteractionChanged
    | ModalOpened
    | Typing
    | ChannelCreated
    | ChannelUpdated
    | CommandsChanged
    | BotPresence
)
Listener = Callable[[Event], None]


class Feed:
    """Events from the moment of subscribing: `with world.subscribe() as feed: async for event in feed`."""

    def __init__(self, listeners: set[Listener]):
        self._listeners = listeners
        self._queue: asyncio.Queue[Event] = asyncio.Queue()
        listeners.add(self._queue.put_nowait)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        return await self._queue.get()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None):
        self.close()

    def close(self) -> None:
        self._listeners.discard(self._queue.put_nowait)
