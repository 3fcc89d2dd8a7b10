"""What people see when something goes wrong: `Told` as it is, everything else a short code whose traceback is logged.

The one answer for commands, buttons and modals alike; the job loop uses `report` for work that nobody waits on.
"""

import logging
import secrets

import aiohttp
import discord
from discord import app_commands

from bot.face import Face, Row
from diffusion.request import Told

log = logging.getLogger(__name__)

EXPIRED = {10062, 40060, 50027}
"""Unknown interaction, already acknowledged, token run out: the person was quicker or the network slower; no bug."""


def report(error: BaseException, what: str) -> str:
    """Logs a bug with its traceback; returns the code that leads a person's question to that line."""
    code = secrets.token_hex(3)
    log.error("%s [%s]", what, code, exc_info=error)
    return code


def broken(code: str) -> str:
    """What the person is told of a bug."""
    return f"Something broke here, and it was not you. Please try again, or give the owner this code: `{code}`."


def cause(error: BaseException) -> BaseException:
    """What was raised inside a command, without discord.py's wrapping."""
    return error.original if isinstance(error, app_commands.CommandInvokeError) else error


def expired(error: BaseException) -> bool:
    return isinstance(error, discord.HTTPException) and error.code in EXPIRED


async def show(interaction: discord.Interaction, error: Exception) -> None:
    await answer(interaction, error)


async def answer(interaction: discord.Interaction, error: Exception, rows: tuple[Row, ...] = ()) -> None:
    """Answers the person privately, whatever was answered before; an interaction that ran out is only logged."""
    raised = cause(error)
    if expired(raised):
        log.info("%s came too late: %s", _place(interaction), raised)
        return
    await tell(interaction, _words(interaction, raised), rows)


async def tell(interaction: discord.Interaction, words: str, rows: tuple[Row, ...] = ()) -> None:
    """One private sentence, as the first answer or as a follow-up, and the keys under it."""
    face = Face(words, rows=rows)
    try:
        if interaction.response.is_done():
            await interaction.followup.send(**face.sending(), ephemeral=True)
        else:
            await interaction.response.send_message(**face.sending(), ephemeral=True)
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        log.info("%s could not be answered (%s): %s", _place(interaction), error, words)


def _words(interaction: discord.Interaction, error: BaseException) -> str:
    match error:
        case Told():
            return str(error)
        case app_commands.CommandNotFound() | app_commands.CommandSignatureMismatch():
            log.warning("%s: Discord shows an older form of this command", _place(interaction))
            return "This command has changed since your Discord loaded it. Press Ctrl+R there and try again."
        case app_commands.CheckFailure() | app_commands.TransformerError():
            return str(error)
    return broken(report(error, _place(interaction)))


def _place(interaction: discord.Interaction) -> str:
    """What was used, for the log."""
    data = interaction.data or {}
    return f"{interaction.type.name} {data.get('name') or data.get('custom_id') or ''}".strip()
