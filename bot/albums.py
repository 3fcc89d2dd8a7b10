"""The history and the line as a person sees them: asks the rooms that know, and hands back a `Face`."""

import asyncio
import io
import logging
from pathlib import PurePath
from typing import TYPE_CHECKING

import discord
from PIL import Image

from bot import messages, pages, sources
from bot.face import Face
from diffusion.request import Told
from storage.history import Picture
from storage.jobs import Job, State

if TYPE_CHECKING:
    from bot.client import Darkroom

log = logging.getLogger(__name__)

THUMBNAIL = 256
"""Pixels of the longer side."""
REST = 20
"""Messages after a result among which the rest of it is looked for: it was posted at once."""


async def page(client: "Darkroom", user: int, *, offset: int = 0, search: str = "") -> Face:
    """A page of a person's own pictures."""
    total = await client.history.count(user, search)
    offset = min(offset, max(0, (total - 1) // pages.PAGE * pages.PAGE))  # some may have been deleted since
    found = await client.history.recent(user, search=search, offset=offset, limit=pages.PAGE)
    found = [await sources.worded(client, picture) for picture in found]
    thumbnails = [await _thumbnail(client, picture) for picture in found]
    return pages.history(found, thumbnails, offset=offset, total=total, search=search)


async def picture(client: "Darkroom", chosen: Picture, *, offset: int, search: str) -> Face:
    image, parent = await _file(client, chosen), await _parent(client, chosen)
    return pages.picture(await sources.worded(client, chosen), image, parent, offset=offset, search=search)


async def post(client: "Darkroom", chosen: Picture, interaction: discord.Interaction) -> Face:
    """Shows a picture in the channel again, for all to see; the private answer says where."""
    image = await client.images.open(chosen.sha256)
    shown = await sources.worded(client, chosen)
    face = pages.posted(shown, image, await _parent(client, chosen), interaction.user.id)
    if not interaction.is_guild_integration() and not interaction.context.dm_channel:
        await interaction.response.defer(thinking=True, ephemeral=True)
        message = await interaction.followup.send(**face.sending(), wait=True)
    else:
        channel = client.get_partial_messageable(interaction.channel_id or 0, guild_id=interaction.guild_id)
        message = await channel.send(**face.sending())
    return Face(f"**Posted:** {message.jump_url}", ())


async def erase(client: "Darkroom", job: Job) -> None:
    """Deletes a job's pictures: the message that shows them, the history and the files that nothing else uses."""
    found = await client.history.of_job(job.id)
    if not found:
        raise Told("Those pictures were deleted already.")
    if job.result_message:
        await _remove_messages(client, job, len(found))
    async with client.images.settling:
        now = await client.jobs.one(job.id) or job
        for sha256 in await client.history.forget([each.id for each in found]):
            await client.images.forget(sha256)
    if now.result_message != job.result_message:  # posted in the meantime
        await _remove_messages(client, now, len(found))


async def queue(client: "Darkroom", interaction: discord.Interaction) -> Face:
    """The line as one person sees it."""
    line = await client.jobs.line(limit=100)
    mine = await client.jobs.mine(interaction.user.id)
    places = await client.jobs.places()
    own = [(job, places.get(job.id)) for job in mine if job.state is State.RUNNING or job.id in places]
    return pages.queue(line, own, len(places), interaction.guild_id or 0)


async def _remove_messages(client: "Darkroom", job: Job, count: int) -> None:
    """The result, and where it was too large for one message those that carry the rest of its files."""
    channel = client.get_partial_messageable(job.channel, guild_id=job.guild or None)
    first = discord.Object(job.result_message)
    found = [channel.get_partial_message(job.result_message)]
    names = set(messages.names(job.id, [""] * count))
    try:
        if count > 1:
            after = channel.history(after=first, limit=REST, oldest_first=True)
            found += [message async for message in after if names & _stems(message)]
        for message in found:
            await message.delete()
    except (discord.NotFound, discord.Forbidden) as error:
        log.info("result message %d of job %d was not deleted: %s", job.result_message, job.id, error)


def _stems(message: discord.Message) -> set[str]:
    return {PurePath(attachment.filename).stem for attachment in message.attachments}


async def _parent(client: "Darkroom", picture: Picture) -> Picture | None:
    return await client.history.picture(picture.parent) if picture.parent else None


async def _thumbnail(client: "Darkroom", picture: Picture) -> bytes:
    data = await _file(client, picture)
    return await asyncio.to_thread(_small, data) if data else b""


async def _file(client: "Darkroom", picture: Picture) -> bytes:
    """Nothing where it is gone: the rest of a page is still worth seeing."""
    try:
        return await client.images.open(picture.sha256)
    except Told:
        return b""


def _small(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        small = image.convert("RGB")
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()
