"""One request of the bot: its parameters, payload and files, and what they name. Knows no particular route."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from bot.playground.attachments import Upload
from bot.playground.intent import message_for_bot
from bot.playground.messages import Message
from bot.playground.permissions import Permission
from bot.playground.places import GUILD_ID, Channel
from bot.playground.refusals import Refused
from bot.playground.world import World

FILE_PART = re.compile(r"^files\[(\d+)\]$")


@dataclass(frozen=True, slots=True)
class Call:
    """`payload` is the parsed JSON, also that of a multipart form; `uploads` are its `files[n]` by n."""

    world: World
    method: str
    path: str
    match: dict[str, str]
    query: dict[str, str]
    payload: Any = None
    uploads: dict[int, Upload] = field(default_factory=dict)

    @property
    def form(self) -> dict[str, Any]:
        """The payload of a route that takes an object; no body is an empty one."""
        if not isinstance(self.payload, dict | None):
            fault = {"code": "DICT_TYPE_CONVERT", "message": "Only dictionaries may be used in a DictType"}
            raise Refused(50035, {"_errors": [fault]})
        return self.payload or {}

    def number(self, name: str) -> int:
        return int(self.match[name])

    @property
    def guild(self) -> int | None:
        """The guild in the path, if there is one; 10004 for another one than ours."""
        if "guild" not in self.match:
            return None
        if self.number("guild") != GUILD_ID:
            raise Refused(10004)
        return GUILD_ID

    @property
    def channel(self) -> Channel:
        """The channel in the path, which the bot can see."""
        channel = self.world.channels.get(self.number("channel"))
        if channel is None:
            raise Refused(10003)
        if not channel.seen_by(self.world.bot):
            raise Refused(50001)
        return channel

    @property
    def message(self) -> Message:
        """The message in the path. An ephemeral one cannot be reached with the bot's own token."""
        channel = self.channel
        message = self.world.messages.get(self.number("message"))
        if message is None or message.channel != channel.id or message.viewer is not None:
            raise Refused(10008)
        return message

    def needs(self, channel: Channel, permission: Permission, code: int = 50013) -> None:
        if not channel.allows(self.world.bot, permission):
            raise Refused(code)

    def shown(self, message: Message) -> dict[str, Any]:
        """A message as the bot may read it."""
        return message_for_bot(self.world, message, self.world.rules.privileged_intents)


Handler = Callable[[Call], Any]


async def read(request: web.Request, world: World, path: str) -> Call:
    """Takes a request apart; 40005 if it or one of its files is too large, 50109 for broken JSON."""
    if (request.content_length or 0) > world.rules.request_size:
        raise Refused(40005)
    payload, uploads = None, {}
    if request.content_type == "multipart/form-data":
        payload, uploads = await _multipart(request)
    elif request.can_read_body:
        payload = _parsed(await request.read())
    if any(len(upload.data) > world.rules.file_size for upload in uploads.values()):
        raise Refused(40005)
    return Call(world, request.method, path, dict(request.match_info), dict(request.query), payload, uploads)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        raise Refused(50109) from None


async def _multipart(request: web.Request) -> tuple[Any, dict[int, Upload]]:
    payload, uploads = None, {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise Refused(50035)
        data = bytes(await part.read())
        if part.name == "payload_json":
            payload = _parsed(data)
        elif match := FILE_PART.match(part.name or ""):
            uploads[int(match[1])] = Upload(part.filename or "file", data)
    return payload, uploads
