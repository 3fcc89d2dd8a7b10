"""What a person does on the page, one function an act: from the JSON and the files that it sent to the world.

Each act is `(world, deed) -> Interaction | dict | None`, or a coroutine of that; a `Misuse` is shown to the person.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from bot.playground.attachments import Upload
from bot.playground.interactions import Interaction
from bot.playground.messages import Message
from bot.playground.people import User
from bot.playground.places import Channel
from bot.playground.world import Misuse, World

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Deed:
    """Who did it, in which tab, what they sent, and the files by the field that they belong to."""

    user: User
    told: Json
    files: dict[str, list[Upload]] = field(default_factory=dict)

    @property
    def tab(self) -> str:
        return str(self.told.get("tab", ""))

    def channel(self, world: World) -> Channel:
        channel = world.channels.get(int(self.told.get("channel") or 0))
        if channel is None or not channel.seen_by(self.user):
            raise Misuse("you cannot see this channel")
        return channel

    def message(self, world: World, key: str = "message") -> Message:
        message = world.messages.get(int(self.told.get(key) or 0))
        if message is None or not message.seen_by(self.user.id):
            raise Misuse("this message is no longer there")
        return message


async def deed(request: web.Request, world: World) -> Deed:
    """Reads JSON, or multipart with `payload_json` and files."""
    files: dict[str, list[Upload]] = {}
    told: Json = {}
    if not request.content_type.startswith("multipart/"):
        told = await request.json()
    else:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                raise Misuse("files cannot be nested")
            if part.name == "payload_json":
                told = json.loads(await part.text())
            else:
                files.setdefault(part.name or "", []).append(await _upload(part))
    user = next((person for person in world.people if str(person.id) == str(told.get("user"))), None)
    if user is None:
        raise Misuse("nobody of that name is played here")
    return Deed(user, told, files)


async def _upload(part: BodyPartReader) -> Upload:
    return Upload(part.filename or "file", bytes(await part.read()), content_type=part.headers.get("Content-Type"))


def say(world: World, done: Deed) -> Json:
    uploads = [upload for given in done.files.values() for upload in given]
    reply_to = done.message(world, "reply_to") if done.told.get("reply_to") else None
    channel, content = done.channel(world), done.told.get("content", "")
    message = world.say(done.user, channel, content, reply_to=reply_to, ping=done.told.get("ping", True), files=uploads)
    return {"message": str(message.id)}


def use(world: World, done: Deed) -> Interaction:
    files = {name: given[0] for name, given in done.files.items()}
    return world.use(done.user, done.channel(world), done.told["command"], done.told.get("options"), files)


async def autocomplete(world: World, done: Deed) -> Json:
    told = done.told
    choices = await world.autocomplete(
        done.user, done.channel(world), told["command"], told["options"], told["focused"]
    )
    return {"choices": choices}


def use_on_message(world: World, done: Deed) -> Interaction:
    return world.use_on_message(done.user, done.channel(world), done.told["command"], done.message(world))


def click(world: World, done: Deed) -> Interaction:
    return world.click(done.user, done.message(world), done.told["custom_id"])


def select(world: World, done: Deed) -> Interaction:
    return world.select(done.user, done.message(world), done.told["custom_id"], done.told["values"])


def submit(world: World, done: Deed) -> Interaction:
    opened = next((each for each in world.interactions.values() if str(each.id) == done.told["interaction"]), None)
    if opened is None:
        raise Misuse("this form is no longer open")
    return world.submit(done.user, opened, done.told["values"], done.files)


def delete(world: World, done: Deed) -> None:
    world.delete(done.user, done.message(world))


def typing(world: World, done: Deed) -> None:
    world.typing(done.user, done.channel(world))


def react(world: World, done: Deed) -> None:
    world.react(done.user, done.message(world), done.told["emoji"], add=done.told["add"])


def direct(world: World, done: Deed) -> Json:
    """Opens the person's direct messages with the bot."""
    return {"channel": str(world.dm(done.user).id)}


ACTS: dict[str, Callable[[World, Deed], Any]] = {
    "say": say,
    "use": use,
    "autocomplete": autocomplete,
    "use-on-message": use_on_message,
    "click": click,
    "select": select,
    "submit": submit,
    "delete": delete,
    "typing": typing,
    "react": react,
    "direct": direct,
}
