"""The one door for every new job: checks the place, submits, and shows the live message as the first answer.

What the request is, others have decided; how it goes on is the dispatcher's.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, TypeVar

import discord

from bot import messages, permissions, prompt
from bot.face import CONTENT, Face, shorten
from bot.sources import Origin
from diffusion.request import Request, Told
from storage.jobs import Job, Place

if TYPE_CHECKING:
    from bot.client import Darkroom

PATIENCE = 1.2
"""Seconds for which an answer may be prepared before the interaction is acknowledged; Discord waits for 3."""
PUBLIC, PRIVATE, SAME_MESSAGE = {"thinking": True}, {"thinking": True, "ephemeral": True}, {}
"""How it is acknowledged: by a new message, by one for this person only, or by nothing but the later edit."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be made, and what it is made of."""

    request: Request
    action: str = "imagine"
    parent: int = 0
    """The picture that it grows from, in the history."""
    notes: tuple[str, ...] = ()
    asides: tuple[str, ...] = ()
    """What is said only where nobody else reads it."""

    @classmethod
    def of(cls, parsed: prompt.Parsed, action: str = "imagine", parent: int = 0, notes: tuple[str, ...] = ()) -> Self:
        """`notes` come before those of the words."""
        return cls(parsed.request, action, parent, (*notes, *parsed.notes), parsed.asides)


def picked(words: prompt.Words, origins: Sequence[T]) -> T:
    """The one of several pictures that the words name; the first unless told."""
    if not 1 <= words.pick <= len(origins):
        there = "is only 1 picture" if len(origins) == 1 else f"are {len(origins)} pictures"
        raise Told(f"There {there}; `--pick {words.pick}` leads nowhere.")
    return origins[words.pick - 1]


def drawn_over(
    client: "Darkroom", words: prompt.Words, origin: Origin, action: str, notes: tuple[str, ...] = ()
) -> Wish:
    """Image-to-image: the words over a picture that hands down its settings."""
    parsed = prompt.complete(
        words,
        registry=client.registry,
        limits=client.config.limits,
        defaults=origin.defaults,
        source=origin.source,
    )
    return Wish.of(parsed, action, origin.parent, notes)


async def take(client: "Darkroom", interaction: discord.Interaction, wish: Callable[[], Awaitable[Wish]]) -> None:
    """Takes what a command, a key or a form asks for; `wish` may be slow to make. A refusal (`Told`) stays private."""
    submitting = asyncio.create_task(_submitted(client, interaction, wish))
    try:
        made, job, place = await in_time(interaction, submitting, PUBLIC)
        message = await _first_answer(interaction, messages.waiting(job, place))
    except Exception:
        await _withdraw(client, submitting)
        raise
    await client.jobs.set_message(job.id, message)
    client.dispatcher.wake()
    if notes := (*made.notes, *made.asides):
        await interaction.followup.send(_noted(notes, ""), ephemeral=True)


async def take_reply(client: "Darkroom", message: discord.Message, wish: Wish) -> None:
    """Takes what a person's own message asks for; the live message is a reply to it."""
    client.language.check(wish.request.prompt, wish.request.negative)
    guild = message.guild.id if message.guild else 0
    job = await client.jobs.submit(
        wish.request,
        user=message.author.id,
        channel=message.channel.id,
        guild=guild,
        reply_to=message.id,
        action=wish.action,
        parent=wish.parent,
    )
    try:
        live = await message.reply(**messages.waiting(job, await client.jobs.place(job.id)).sending())
    except Exception:
        await client.dispatcher.cancel(job.id)
        raise
    await client.jobs.set_message(job.id, live.id)
    client.dispatcher.wake()
    if wish.notes:
        await message.reply(**Face(_noted(wish.notes, "-# ")).sending())


def check_place(place: discord.Interaction | discord.Message) -> None:
    """`Told` where the bot lacks a permission that the result will need."""
    if isinstance(place, discord.Interaction):
        lacking = permissions.missing(place)
    elif isinstance(place.channel, (discord.abc.GuildChannel, discord.Thread)):
        lacking = permissions.missing(place.channel)
    else:
        lacking = []
    if lacking:
        named = " and ".join(f"“{name}”" for name in lacking)
        raise Told(f"I cannot post pictures here: somebody who manages this channel has to give me {named}.")


async def in_time(interaction: discord.Interaction, work: Awaitable[T], way: dict[str, bool]) -> T:
    """What `work` returns; where that takes long the interaction is acknowledged meanwhile, in the given way.

    A public acknowledgement is taken back where the work fails, so that the reason can be told privately.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait([task], timeout=PATIENCE)
        if not task.done():
            await interaction.response.defer(**way)
        return await task
    except Exception:
        if way is PUBLIC and interaction.response.is_done():
            await interaction.delete_original_response()
        raise
    finally:
        task.cancel()


async def answer(interaction: discord.Interaction, work: Coroutine[Any, Any, Face]) -> None:
    """A new message for this person only, with a face that may take a while to make."""
    face = await in_time(interaction, work, PRIVATE)
    if interaction.response.is_done():
        await interaction.edit_original_response(**face.editing())
    else:
        await interaction.response.send_message(**face.sending(), ephemeral=True)


async def turn(interaction: discord.Interaction, work: Coroutine[Any, Any, Face]) -> None:
    """Another face for the message whose key was pressed."""
    face = await in_time(interaction, work, SAME_MESSAGE)
    if interaction.response.is_done():
        await interaction.edit_original_response(**face.editing())
    else:
        await interaction.response.edit_message(**face.editing())


async def _submitted(
    client: "Darkroom", interaction: discord.Interaction, wish: Callable[[], Awaitable[Wish]]
) -> tuple[Wish, Job, Place | None]:
    check_place(interaction)
    await client.jobs.check_room(interaction.user.id)
    made = await wish()
    client.language.check(made.request.prompt, made.request.negative)
    guild = (interaction.guild_id or 0) if interaction.is_guild_integration() else 0
    job = await client.jobs.submit(
        made.request,
        user=interaction.user.id,
        channel=interaction.channel_id or 0,
        guild=guild,
        token=interaction.token,
        action=made.action,
        parent=made.parent,
    )
    return made, job, await client.jobs.place(job.id)


async def _withdraw(client: "Darkroom", submitting: asyncio.Task[tuple[Wish, Job, Place | None]]) -> None:
    """Nobody would ever see this job, if it came to be one."""
    await asyncio.wait([submitting])
    if not submitting.cancelled() and not submitting.exception():
        await client.dispatcher.cancel(submitting.result()[1].id)


def _noted(notes: Sequence[str], mark: str) -> str:
    room = CONTENT // len(notes) - len(mark) - 1
    return "\n".join(mark + shorten(note, room) for note in notes)


async def _first_answer(interaction: discord.Interaction, face: Face) -> int:
    """Shows the live message for all to see; its id."""
    if interaction.response.is_done():
        return (await interaction.edit_original_response(**face.editing())).id
    sent = await interaction.response.send_message(**face.sending())
    return sent.message_id or (await interaction.original_response()).id
