"""*Reimagine*: a form about a message's picture. Discord shows the bot a stranger's picture only in the moment of the
command, so it is fetched while the person fills in the form, and noted among the person's settings until it is sent.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import discord

from bot import intake, sources
from bot.prompt import Source, Words
from diffusion.request import Told

if TYPE_CHECKING:
    from bot.client import Darkroom

NOTE = "reimagine"
MOST = 4
"""Pictures of a stranger's message that are fetched."""
LOOKS, QUICK_LOOKS, PAUSE = 40, 6, 0.25
"""How often, at most, and every how many seconds, it is looked whether a picture has arrived."""


async def keep(client: "Darkroom", user: int, message: discord.Message, pictures: Sequence[discord.Attachment]) -> None:
    """Fetches the pictures of a message and notes them for this person; one note a person, the newest counts."""
    own = message.author == client.user
    note: dict[str, Any] = {"message": message.id}
    try:
        origins = [await sources.of_attachment(client, each, own=own) for each in pictures]
        note["origins"] = [asdict(origin) for origin in origins]
    except Told as told:
        note["problem"] = str(told)
    before = await client.settings.read("user", user, NOTE, {})
    await client.settings.write("user", user, NOTE, note)
    async with client.images.settling:
        await _tidy(client, before)


async def wish(client: "Darkroom", user: int, message: int, words: Words) -> intake.Wish:
    """What the sent form asks for."""
    origins = await _arrived(client, user, message)
    origin = intake.picked(words, origins)
    return intake.drawn_over(client, words, origin, "reimagine")


async def noted(client: "Darkroom") -> set[str]:
    """The files of everybody's open forms."""
    return {sha256 for note in await client.settings.everybody("user", NOTE) for sha256 in _files(note)}


async def pictures(client: "Darkroom", user: int, message: int) -> int:
    """How many the form is about; `Told` where they are not kept any more. Quick, for a form cannot be acknowledged."""
    return len(await _arrived(client, user, message, looks=QUICK_LOOKS))


async def _arrived(client: "Darkroom", user: int, message: int, *, looks: int = LOOKS) -> list[sources.Origin]:
    for _ in range(looks):
        note = await client.settings.read("user", user, NOTE, {})
        if note.get("message") == message:
            break
        await asyncio.sleep(PAUSE)
    else:
        raise Told("That picture could not be fetched in time; open Reimagine on its message once more.")
    if "problem" in note:
        raise Told(note["problem"])
    return [sources.Origin(Source(**each["source"]), each["defaults"], each["parent"]) for each in note["origins"]]


async def _tidy(client: "Darkroom", before: dict[str, Any]) -> None:
    """Forgets the pictures of a form that was opened before and never sent, but for those of anybody's open form."""
    for sha256 in await client.history.unused(_files(before) - await noted(client)):
        await client.images.forget(sha256)


def _files(note: dict[str, Any]) -> set[str]:
    return {each["source"]["sha256"] for each in note.get("origins", ())}
