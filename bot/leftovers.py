"""Files in the pictures folder that nobody uses: a request that was refused after its picture had been fetched, a crash
in the middle of a save. They are looked for once, at the start.

Pictures that a model drew stay, whatever the database says: it may be another one than theirs.
"""

import logging
import time
from typing import TYPE_CHECKING

from bot import errors, reimagine
from diffusion import metadata
from diffusion.request import Told

if TYPE_CHECKING:
    from bot.client import Darkroom

log = logging.getLogger(__name__)

AGE = 3600.0
"""Seconds since a file was saved for the last time; a younger one may belong to a request that is on its way."""
BATCH = 500
"""Files that the database is asked about at once."""


async def sweep(client: "Darkroom") -> None:
    """Removes them. What goes wrong is logged: the next start tries again."""
    try:
        removed = await _sweep(client, time.time() - AGE)
    except Exception as error:
        errors.report(error, "the files that nobody uses could not be removed")
    else:
        if removed:
            log.info("files that nobody used are removed: %d", removed)


async def _sweep(client: "Darkroom", before: float) -> int:
    names = await client.images.old(before)
    removed = await client.images.forget_parts(before)
    for start in range(0, len(names), BATCH):
        async with client.images.settling:
            kept = await reimagine.noted(client)
            for name in await client.history.unused(set(names[start : start + BATCH]) - kept):
                removed += await _sent(client, name) and await client.images.forget_old(name, before)
    return removed


async def _sent(client: "Darkroom", name: str) -> bool:
    """Whether a person sent it: those are kept without any text, and what a model drew carries its settings."""
    try:
        return not metadata.text(await client.images.open(name))
    except Told:  # gone meanwhile
        return False
