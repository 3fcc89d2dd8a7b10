"""What there is: people, places, messages, interactions, commands and files, kept across restarts.

Knows how each of them changes, and tells whoever listens. Does not know who may change what: people act through
`world.py`, the bot through `answers.py` and the REST routes.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from bot.playground import events
from bot.playground.attachments import Attachment, Signature, Upload, attachment
from bot.playground.commands import CommandBook
from bot.playground.events import Event, Feed, Listener
from bot.playground.interactions import Act, Interaction
from bot.playground.interactions import State as Outcome
from bot.playground.messages import Message
from bot.playground.people import BOT, PEOPLE, User
from bot.playground.places import Channel, guild_channels
from bot.playground.rules import DISCORD, Rules
from bot.playground.snowflakes import Snowflakes
from bot.playground.store import Store

Json = dict[str, Any]
INTERACTIONS_KEPT_S = 24 * 3600
"""Their tokens are dead long before; until then a late answer is told so."""


class State:
    """All of it. `base` is the address of the HTTP server, empty while there is none."""

    def __init__(self, path: Path | None, *, clock: Callable[[], float] = time.time, rules: Rules = DISCORD):
        self.rules = rules
        self.clock = clock
        self.base = ""
        self.bot = BOT
        self.people = PEOPLE
        self.online = False
        self._listeners: set[Listener] = set()
        self._patience: dict[int, asyncio.TimerHandle] = {}
        self._store = Store(path)
        self.snowflakes = Snowflakes(clock, self._store.last_id())
        self.signature = Signature(self._secret())
        self.channels = {channel.id: channel for channel in guild_channels()}
        self.messages: dict[int, Message] = {}
        self.interactions: dict[str, Interaction] = {}
        self._restore()
        self.commands = CommandBook(self._store.fact("commands", []))

    def _secret(self) -> bytes:
        secret = self._store.fact("secret") or secrets.token_hex(16)
        self._store.keep_fact("secret", secret)
        return bytes.fromhex(secret)

    def _restore(self) -> None:
        for kept in self._store.all("channels"):
            self.channels[kept["id"]] = Channel(kept["id"], "", person=self.user(kept["person"]))
        for kept in self._store.all("messages"):
            self.messages[kept["id"]] = Message.restored(kept)
        forgotten = self.clock() - INTERACTIONS_KEPT_S
        for kept in list(self._store.all("interactions")):
            if kept["created"] < forgotten:
                self._store.forget("interactions", kept["id"])
                continue
            asked = Interaction.restored(kept, self.user(kept["user"]), self.channels[kept["channel"]])
            self.interactions[asked.token] = asked

    def close(self) -> None:
        for timer in self._patience.values():
            timer.cancel()
        self._store.close()

    # People and places

    def user(self, id: int) -> User:
        """Anybody by id, the bot included; KeyError if there is nobody."""
        return {user.id: user for user in (*self.people, self.bot)}[id]

    def person(self, name: str) -> User:
        return next(user for user in self.people if user.name.lower() == name.lower())

    def channel(self, name: str) -> Channel:
        """A channel of the guild by name, with or without `#`."""
        return next(
            channel for channel in self.channels.values() if channel.name == name.lstrip("#") and not channel.dm
        )

    def dm(self, person: User) -> Channel:
        """The direct messages between a person and the bot, opened if need be."""
        for channel in self.channels.values():
            if channel.person is not None and channel.person.id == person.id:
                return channel
        opened = Channel(self.snowflakes.draw(), "", person=person)
        self.channels[opened.id] = opened
        self._store.keep("channels", opened.id, {"id": opened.id, "person": person.id})
        self.tell(events.ChannelCreated(opened))
        return opened

    def permit(self, user: User, channel: Channel, *, allow: int = 0, deny: int = 0) -> None:
        """Sets what the channel's own settings allow and deny to a user; not kept across restarts."""
        channel.overwrites[user.id] = (int(allow), int(deny))
        self.tell(events.ChannelUpdated(channel))

    # Messages

    def post(self, message: Message) -> Message:
        self.messages[message.id] = message
        self.keep(message)
        self.tell(events.MessageCreated(message))
        return message

    def revise(self, message: Message, *, edited: bool = True) -> Message:
        """Keeps and tells a message that has changed."""
        if edited:
            message.edited = self.clock()
        self.keep(message)
        self.tell(events.MessageUpdated(message))
        return message

    def keep(self, message: Message) -> None:
        self._store.keep("messages", message.id, message.kept())

    def remove(self, message: Message) -> None:
        del self.messages[message.id]
        self._store.forget("messages", message.id)
        self.discard(message.attachments)
        self.tell(events.MessageDeleted(message))

    # Files

    def attach(self, uploads: Iterable[Upload], channel: Channel, *, ephemeral: bool = False) -> list[Attachment]:
        attached = []
        for upload in uploads:
            each = attachment(upload, id=self.snowflakes.draw(), channel=channel.id, ephemeral=ephemeral)
            self._store.keep_file(each.id, self.path(each), upload.data)
            attached.append(each)
        return attached

    def discard(self, attachments: Sequence[Attachment]) -> None:
        for each in attachments:
            self._store.forget_file(each.id)

    def file(self, path: str) -> bytes | None:
        """The bytes behind the path of an attachment's address."""
        return self._store.file(path)

    @staticmethod
    def path(each: Attachment) -> str:
        folder = "ephemeral-attachments" if each.ephemeral else "attachments"
        return f"/{folder}/{each.channel}/{each.id}/{each.filename}"

    def address(self, each: Attachment) -> str:
        return self.base + self.signature.sign(self.path(each), self.clock())

    # Interactions and commands

    def _keep_interaction(self, asked: Interaction) -> None:
        self.interactions[asked.token] = asked
        if asked.act is not Act.AUTOCOMPLETE:
            self._store.keep("interactions", asked.id, asked.kept())

    def ask(
        self,
        act: Act,
        user: User,
        channel: Channel,
        data: Json,
        message: Message | None = None,
        opener: Json | None = None,
    ) -> Interaction:
        """Starts an interaction; the bot has until `rules.first_answer_s` to answer it."""
        asked = Interaction(
            id=self.snowflakes.draw(),
            token=secrets.token_urlsafe(48),
            act=act,
            user=user,
            channel=channel,
            data=data,
            created=self.clock(),
            message=message.id if message else None,
            opener=opener,
        )
        self._keep_interaction(asked)
        self._wait(asked, self.rules.first_answer_s)
        self.tell(events.InteractionOpened(asked))
        return asked

    def _wait(self, asked: Interaction, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._patience[asked.id] = loop.call_later(seconds, self._give_up, asked)

    def _give_up(self, asked: Interaction) -> None:
        if asked.state in (Outcome.OPEN, Outcome.THINKING):
            self.settle(asked, Outcome.FAILED)

    def settle(self, asked: Interaction, outcome: Outcome) -> None:
        """Notes how an interaction was answered and tells it to the person."""
        timer = self._patience.pop(asked.id, None)
        if timer:
            timer.cancel()
        if outcome is Outcome.THINKING:
            self._wait(asked, self.rules.token_life_s)
        asked.settle(outcome)
        self._keep_interaction(asked)
        self.tell(events.ModalOpened(asked) if outcome is Outcome.MODAL else events.InteractionChanged(asked))

    def keep_commands(self) -> None:
        self._store.keep_fact("commands", self.commands.kept())
        self.tell(events.CommandsChanged())

    # What happens

    def tell(self, event: Event) -> None:
        for listener in tuple(self._listeners):
            listener(event)

    def subscribe(self) -> Feed:
        """Everything that happens from now on; close it, or use it in a `with`."""
        return Feed(self._listeners)

    def listen(self, listener: Listener) -> None:
        """Calls `listener` with every event at the moment it happens, until `unlisten`."""
        self._listeners.add(listener)

    def unlisten(self, listener: Listener) -> None:
        self._listeners.discard(listener)

    def set_online(self, online: bool) -> None:
        if online != self.online:
            self.online = online
            self.tell(events.BotPresence(online))
