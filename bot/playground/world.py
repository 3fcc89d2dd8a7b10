"""The playground as people see it: what they can read and what they can do. Knows no HTTP.

Whatever a person does that the bot must answer is an `Interaction`: `await interaction.settled()` tells the outcome.
What Discord's own client would not allow is a `Misuse`.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from bot.playground import events, invocations, payloads
from bot.playground.attachments import Upload
from bot.playground.commands import CommandKind, Option
from bot.playground.interactions import Act, Interaction
from bot.playground.invocations import Misuse
from bot.playground.messages import Kind, Message
from bot.playground.people import User
from bot.playground.permissions import Permission
from bot.playground.places import Channel
from bot.playground.resolved import OF_MENU, resolved
from bot.playground.state import State

Json = dict[str, Any]
MENTION = re.compile(r"<@!?(\d+)>")


class World(State):
    """One guild, "Darkroom playground", with Ada (its owner), Ben, Cleo, Dan and the bot.

    `path` is the file that it is kept in; None keeps nothing. Messages, files, direct messages, commands and
    interaction tokens survive a restart.
    """

    # What a person sees

    def channels_of(self, user: User) -> list[Channel]:
        """The channels that a person can open: those of the guild, then the direct messages with the bot."""
        return [channel for channel in self.channels.values() if channel.seen_by(user)]

    def visible(self, user: User, channel: Channel, *, before: int | None = None, limit: int = 50) -> list[Json]:
        """The newest messages (of those before an id) that a person can see here, oldest first."""
        if not channel.seen_by(user):
            return []
        shown = [
            message
            for message in self.messages.values()
            if message.channel == channel.id and message.seen_by(user.id) and (before is None or message.id < before)
        ]
        return [self.shown(message) for message in shown[-limit:]]

    def shown(self, message: Message) -> Json:
        """A message in Discord's own shape."""
        return payloads.message(self, message)

    def commands_for(self, user: User, channel: Channel) -> list[Json]:
        """The commands that a person is offered here, slash commands (type 1) and menus (2, 3), as registered."""
        return self.commands.usable(user, channel)

    # What a person does

    def say(
        self,
        user: User,
        channel: Channel,
        content: str = "",
        *,
        reply_to: Message | None = None,
        ping: bool = True,
        files: Iterable[Upload] = (),
    ) -> Message:
        """Posts a message; a reply pings its target's author unless told not to, or unless the target answered an
        interaction (discord-api-docs issue 5395).
        """
        uploads = list(files)
        self._may_post(user, channel, content, uploads)
        mentioned = [int(id) for id in MENTION.findall(content)]
        mentions = [each.id for each in (*self.people, self.bot) if each.id in mentioned]
        if reply_to and ping and reply_to.interaction is None and reply_to.author not in mentions:
            mentions.append(reply_to.author)
        message = Message(
            id=self.snowflakes.draw(),
            channel=channel.id,
            author=user.id,
            created=self.clock(),
            content=content,
            kind=Kind.REPLY if reply_to else Kind.DEFAULT,
            attachments=self.attach(uploads, channel),
            mentions=mentions,
            addressed=self.bot.id in mentioned or (ping and self._regular(reply_to)),
            reply_to=reply_to.id if reply_to else None,
        )
        return self.post(message)

    def _regular(self, message: Message | None) -> bool:
        """A message of the bot that answers no interaction: only then a pinging reply carries its text to the bot."""
        return message is not None and message.author == self.bot.id and message.interaction is None

    def _may_post(self, user: User, channel: Channel, content: str, uploads: list[Upload]) -> None:
        needed = Permission.SEND_MESSAGES | (Permission.ATTACH_FILES if uploads else 0)
        if not channel.allows(user, needed):
            raise Misuse("you may not write here")
        if not content.strip() and not uploads:
            raise Misuse("a message needs words or a file")
        if len(content) > 2000:
            raise Misuse("a message has at most 2000 characters")
        if len(uploads) > 10:
            raise Misuse("a message has at most 10 files")
        self._fits(uploads)

    def _fits(self, uploads: Iterable[Upload]) -> None:
        if any(len(upload.data) > self.rules.file_size for upload in uploads):
            raise Misuse(f"a file has at most {self.rules.file_size >> 20} MiB")

    def delete(self, user: User, message: Message) -> None:
        """Deletes one's own message, anybody's with the permission, or dismisses an ephemeral one."""
        channel = self.channels[message.channel]
        mine = user.id in (message.author, message.viewer)
        self._reaches(user, message)
        if not (mine or channel.allows(user, Permission.MANAGE_MESSAGES)):
            raise Misuse("you may not delete this message")
        self.remove(message)

    def typing(self, user: User, channel: Channel) -> None:
        self.tell(events.Typing(user, channel))

    def react(self, user: User, message: Message, emoji: str, *, add: bool = True) -> None:
        """Adds or takes back a reaction with a Unicode emoji."""
        reacting = message.reactions.setdefault(emoji, [])
        if add is (user.id in reacting):
            return
        (reacting.append if add else reacting.remove)(user.id)
        if not reacting:
            del message.reactions[emoji]
        self.keep(message)
        self.tell(events.ReactionsChanged(message, user, emoji, add))

    def use(
        self,
        user: User,
        channel: Channel,
        command: str,
        options: Mapping[str, Any] | None = None,
        files: Mapping[str, Upload] | None = None,
    ) -> Interaction:
        """Sends a slash command ("imagine", or "settings show" for a subcommand); `files` are attachment options."""
        registered, path = self._slash(user, channel, command)
        asked = invocations.leaf(registered, path)
        self._fits((files or {}).values())
        attached = {name: self.attach([upload], channel, ephemeral=True)[0] for name, upload in (files or {}).items()}
        filled = invocations.filled(asked, dict(options or {}) | attached, complete=True)
        data = self._command_data(registered) | {"options": invocations.nested(registered, path, filled)}
        data |= resolved(self, [(each["type"], each["value"]) for each in filled], attached.values())
        return self.ask(Act.COMMAND, user, channel, data)

    def use_on_message(self, user: User, channel: Channel, command: str, message: Message) -> Interaction:
        """Uses a message's context-menu command."""
        self._reaches(user, message)
        registered = self._registered(user, channel, command, CommandKind.MESSAGE)
        target = payloads.message(self, message, with_reference=False)
        data = self._command_data(registered) | {
            "target_id": str(message.id),
            "resolved": {"messages": {str(message.id): target}},
        }
        return self.ask(Act.COMMAND, user, channel, data)

    async def autocomplete(
        self, user: User, channel: Channel, command: str, options: Mapping[str, Any], focused: str
    ) -> list[Json]:
        """The bot's choices ({"name", "value"}) while somebody types into an option; none if it does not answer."""
        registered, path = self._slash(user, channel, command)
        asked = invocations.leaf(registered, path)
        if not any(option["name"] == focused and option.get("autocomplete") for option in asked):
            raise Misuse(f"{focused} has no autocomplete")
        filled = invocations.filled(asked, {focused: ""} | dict(options), complete=False, focused=focused)
        data = self._command_data(registered) | {"options": invocations.nested(registered, path, filled)}
        opened = self.ask(Act.AUTOCOMPLETE, user, channel, data)
        await opened.settled()
        return opened.choices or []

    def click(self, user: User, message: Message, custom_id: str) -> Interaction:
        """Presses a button."""
        self._reaches(user, message)
        data = invocations.pressed(message.components, custom_id)
        return self.ask(Act.COMPONENT, user, self.channels[message.channel], data, message)

    def select(self, user: User, message: Message, custom_id: str, values: list[str]) -> Interaction:
        """Chooses in a select menu."""
        self._reaches(user, message)
        data = invocations.selected(message.components, custom_id, values)
        kind = OF_MENU.get(data["component_type"], Option.STRING)
        data |= resolved(self, [(kind, value) for value in values])
        return self.ask(Act.COMPONENT, user, self.channels[message.channel], data, message)

    def submit(
        self,
        user: User,
        opened: Interaction,
        values: Mapping[str, Any] | None = None,
        files: Mapping[str, Iterable[Upload]] | None = None,
    ) -> Interaction:
        """Sends the modal that answered `opened`; `values` by custom_id, lists for menus, `files` for file uploads."""
        if opened.modal is None or opened.user.id != user.id:
            raise Misuse("there is no modal to send")
        uploads = {field: list(given) for field, given in (files or {}).items()}
        for given in uploads.values():
            self._fits(given)
        attached = {field: self.attach(given, opened.channel, ephemeral=True) for field, given in uploads.items()}
        ids = {field: [each.id for each in given] for field, given in attached.items()}
        data = invocations.submitted(opened.modal, dict(values or {}) | ids)
        data |= resolved(self, [], [each for given in attached.values() for each in given])
        opener = payloads.interaction_metadata(opened)
        message = self.messages.get(opened.message or 0)
        return self.ask(Act.MODAL_SUBMIT, user, opened.channel, data, message, opener)

    # How it reaches the bot

    def _reaches(self, user: User, message: Message) -> None:
        if not (message.seen_by(user.id) and self.channels[message.channel].seen_by(user)):
            raise Misuse("you cannot see this message")

    def _slash(self, user: User, channel: Channel, command: str) -> tuple[Json, list[str]]:
        name, *path = command.lstrip("/").split()
        return self._registered(user, channel, name, CommandKind.CHAT_INPUT), path

    def _registered(self, user: User, channel: Channel, name: str, kind: CommandKind) -> Json:
        registered = self.commands.find(name, kind, user, channel)
        if registered is None or not channel.allows(user, Permission.USE_APPLICATION_COMMANDS):
            raise Misuse(f"there is no command {name} for you here")
        return registered

    @staticmethod
    def _command_data(registered: Json) -> Json:
        return {key: registered[key] for key in ("id", "name", "type", "guild_id") if key in registered}
