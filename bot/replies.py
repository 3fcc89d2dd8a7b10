"""Messages that speak to the bot: a reply to a picture, a mention with one, or words alone. Others are not for it."""

import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import discord

from bot import errors, intake, pages, prompt, sources, ways
from bot.calls import FORMS, Call, called
from bot.face import Face, quoted
from diffusion.request import Told

if TYPE_CHECKING:
    from bot.client import Darkroom

log = logging.getLogger(__name__)

MENTION = re.compile(r"<@[!&]?\d+>")
INVALID_FORM = 50035
SPOKEN = (discord.MessageType.default, discord.MessageType.reply)
HIDDEN = (
    "I see no picture there. Discord does not show me those of other people's messages: send it along with your "
    "words, or right-click its message → Apps → **Reimagine**."
)
NONE = "There is no picture in that message; reply to one with a picture, or send one along."


async def answer(client: "Darkroom", message: discord.Message) -> None:
    """Takes a message for what it asks, or says in a reply why not."""
    if message.author.bot or message.type not in SPOKEN or not _addressed(client, message):
        return
    try:
        await _answer(client, message)
    except Told as told:
        await _say(message, str(told))
    except discord.Forbidden as error:
        log.info("message %d could not be answered: %s", message.id, error)
    except Exception as error:
        if _taken_back(error):
            log.info("message %d was deleted before it was answered", message.id)
            return
        code = errors.report(error, f"message {message.id}")
        words = f"Something broke here, and it was not you. Please give the owner this code: `{code}`."
        await _say(message, words)


async def _say(message: discord.Message, words: str) -> None:
    try:
        await message.reply(**Face(words).sending())
    except discord.HTTPException as error:  # where it may not write, or the message is gone
        log.info("message %d could not be answered (%s): %s", message.id, error, words)


async def _answer(client: "Darkroom", message: discord.Message) -> None:
    text = MENTION.sub(" ", message.content).strip()
    pictures, own = await _pictures(client, message)
    if not text and not pictures:
        await message.reply(**pages.help(client.registry[""]).sending())
        return
    intake.check_place(message)
    if pictures:
        await client.jobs.check_room(message.author.id)
        await intake.take_reply(client, message, await _over(client, text, pictures, own))
    elif message.reference:
        raise Told(NONE if own else HIDDEN)
    elif called(text):
        raise Told(f"“{quoted(text, 40)}” is a button of a picture: reply to one with it, or press it there.")
    else:
        parsed = prompt.parse(text, registry=client.registry, limits=client.config.limits)
        await intake.take_reply(client, message, intake.Wish.of(parsed))


async def _over(client: "Darkroom", text: str, pictures: Sequence[discord.Attachment], own: bool) -> intake.Wish:
    """Words over one of the pictures; the first unless they pick another, and then they are told so. Words that are
    the name of a button do what that does."""
    words = prompt.read(text, registry=client.registry, limits=client.config.limits)
    if call := called(words.prompt):
        return await _pressed(client, call, words, pictures, own)
    chosen = intake.picked(words, pictures)
    origin = await sources.of_attachment(client, chosen, own=own)
    unsaid = len(pictures) > 1 and "pick" not in words.values
    note = f"That message has {len(pictures)} pictures and I took the first; `--pick 2` takes another."
    return intake.drawn_over(client, words, origin, "reply", (note,) if unsaid else ())


async def _pressed(
    client: "Darkroom", call: Call, words: prompt.Words, pictures: Sequence[discord.Attachment], own: bool
) -> intake.Wish:
    """What the button does, where it is clear to which picture."""
    name = f"“{quoted(words.prompt, 40)}”"
    if call.action in FORMS:
        raise Told(f"{name} asks something first: press **{FORMS[call.action]}** under the message.")
    if words.values.keys() - {"pick"}:
        raise Told(f"{name} is the name of a button and takes no flags but `--pick`; leave the others out.")
    if call.number:
        words = replace(words, values={"pick": call.number})
    elif len(pictures) > 1 and "pick" not in words.values and call.action != "reroll":
        raise Told(f"{name} is for one of those {len(pictures)} pictures: press its button, or add `--pick 2`.")
    origin = await sources.of_attachment(client, intake.picked(words, pictures), own=own)
    picture = await client.history.picture(origin.parent)
    if picture is None:
        raise Told(f"{name} is a button of pictures that I made; for any other one, say in words what to make of it.")
    return await ways.wish(client, picture, call.action, call.value)


async def _pictures(client: "Darkroom", message: discord.Message) -> tuple[list[discord.Attachment], bool]:
    """Those of the message itself, else of the one replied to; and whether that one is the bot's own."""
    if sent := [each for each in message.attachments if sources.is_picture(each)]:
        return sent, False
    target = await _target(message)
    if target is None:
        return [], False
    attached = [
        *target.attachments,
        *(each for forwarded in target.message_snapshots for each in forwarded.attachments),
    ]
    return [each for each in attached if sources.is_picture(each)], target.author == client.user


async def _target(message: discord.Message) -> discord.Message | None:
    """The message replied to; None where there is none, or none any more."""
    reference = message.reference
    if reference is None or message.type is not discord.MessageType.reply or reference.message_id is None:
        return None
    if isinstance(reference.resolved, discord.Message):
        return reference.resolved
    try:
        return await message.channel.fetch_message(reference.message_id)
    except (discord.NotFound, discord.Forbidden):
        return None


def _taken_back(error: Exception) -> bool:
    """Whether Discord refused an answer only because the message that it answers is gone."""
    return isinstance(error, discord.HTTPException) and error.code == INVALID_FORM and "message_reference" in str(error)


def _addressed(client: "Darkroom", message: discord.Message) -> bool:
    return client.user in message.mentions or message.guild is None
