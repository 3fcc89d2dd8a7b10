"""The picture that a new one grows from: found in the history or taken out of an attachment, and what it hands down.

A stranger's file is held to a size before it is downloaded, opened off the event loop, and kept as a plain PNG.
"""

import asyncio
import hashlib
import io
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
from PIL import Image

from bot import prompt
from bot.face import quoted
from diffusion import metadata
from diffusion.pictures import files
from diffusion.request import Told
from diffusion.words.wildcards import drawable
from storage.history import Picture

if TYPE_CHECKING:
    from bot.client import Darkroom

FILE_BYTES = 25 * 2**20
SIDE = 2048
"""Pixels that a longer side is reduced to: no model here draws more."""
OWN_NAME = re.compile(r"darkroom-(\d+)-(\d+)\.\w+")


@dataclass(frozen=True, slots=True)
class Origin:
    """A source with its history, as far as it has one here."""

    source: prompt.Source
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """What it hands down: see `bot.prompt.inherited`."""
    parent: int = 0
    """Its id in the history."""


@dataclass(frozen=True, slots=True)
class Opened:
    png: bytes
    width: int
    height: int
    parameters: metadata.Parameters
    original: tuple[int, int]
    """Its width and height as it came, upright."""


def is_picture(attachment: discord.Attachment) -> bool:
    """By what Discord says of it; whether it is one shows when it is opened."""
    return (attachment.content_type or "").startswith("image/")


def of_picture(picture: Picture) -> Origin:
    source = prompt.Source(picture.sha256, picture.width, picture.height)
    return Origin(source, prompt.inherited(picture.request), picture.id)


async def worded(client: "Darkroom", picture: Picture) -> Picture:
    """The picture with the words that were drawn for it, which its own text holds: what goes on from it shall say the
    same, with whatever seed. One without alternatives is given back as it is, and so is one whose file is gone."""
    request = picture.request
    if not any(map(drawable, (request.prompt, request.negative))):
        return picture
    with suppress(Told):
        if drawn := metadata.read(await client.images.open(picture.sha256)):
            return replace(picture, request=replace(request, prompt=drawn.prompt, negative=drawn.negative))
    return picture


async def of_attachment(client: "Darkroom", attachment: discord.Attachment, *, own: bool = False) -> Origin:
    """`own` says that the bot posted it: then its name leads to the picture, whatever size it was posted in.

    `Told` where it is too large, cannot be fetched, or is no picture.
    """
    if own and (picture := await _by_name(client, attachment)):
        return of_picture(picture)
    check(attachment)
    data = await _download(attachment)
    digest = await asyncio.to_thread(lambda: hashlib.sha256(data).hexdigest())
    if picture := await client.history.by_hash(digest):
        return of_picture(picture)
    opened = await asyncio.to_thread(open_picture, data, _name(attachment))
    sha256 = await client.images.save(opened.png)
    return Origin(prompt.Source(sha256, opened.width, opened.height), handed_down(opened.parameters))


def check(attachment: discord.Attachment) -> None:
    """What can be said before anything is downloaded."""
    if not is_picture(attachment):
        raise Told(f"{_name(attachment)} is no picture; send a {files.KINDS}.")
    if attachment.size > FILE_BYTES:
        raise Told(f"{_name(attachment)} is too large; at most {FILE_BYTES // 2**20} MiB can be taken.")


def open_picture(data: bytes, name: str, wish: str = "send") -> Opened:
    """Upright, opaque, RGB and of a size that models draw. `Told` as `diffusion.pictures.files.opened` has it."""
    whole = files.opened(data, name, wish)
    original = whole.size
    whole.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    plain = Image.new("RGB", whole.size, "white")
    plain.paste(whole, mask=whole.getchannel("A"))
    buffer = io.BytesIO()
    plain.save(buffer, "PNG")
    return Opened(buffer.getvalue(), *plain.size, metadata.parse(metadata.text(data)), original)


def handed_down(parameters: metadata.Parameters) -> dict[str, Any]:
    """What a picture's own text says, for a child of it."""
    said = asdict(parameters)
    kept = ("prompt", "negative", "model", "width", "height", "steps", "guidance", "sampler")
    return {name: said[name] for name in kept if said[name]} if parameters.settings else {}


async def _by_name(client: "Darkroom", attachment: discord.Attachment) -> Picture | None:
    match = OWN_NAME.fullmatch(attachment.filename)
    job = await client.jobs.one(int(match[1])) if match else None
    if not match or not job or attachment.id < job.message:  # posted before it was asked for: in another history
        return None
    pictures = await client.history.of_job(job.id)
    return next((picture for picture in pictures if picture.index + 1 == int(match[2])), None)


async def _download(attachment: discord.Attachment) -> bytes:
    try:
        data = await attachment.read()
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        raise Told(f"{_name(attachment)} could not be fetched from Discord; please send it again.") from error
    if len(data) > FILE_BYTES:
        raise Told(f"{_name(attachment)} is too large; at most {FILE_BYTES // 2**20} MiB can be taken.")
    return data


def _name(attachment: discord.Attachment) -> str:
    return f"“{quoted(attachment.filename, 80)}”"
