"""`/history`: a person's own pictures, seen by nobody else."""

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot import albums, intake
from bot.modals import SEARCH

if TYPE_CHECKING:
    from bot.client import Darkroom


@app_commands.command(description="Your pictures, newest first; only you see them.")
@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
@app_commands.describe(search="Words of the prompt")
async def history(
    interaction: discord.Interaction["Darkroom"], search: app_commands.Range[str, 1, SEARCH] | None = None
) -> None:
    words = " ".join((search or "").split())
    await intake.answer(interaction, albums.page(interaction.client, interaction.user.id, search=words))


def add(tree: app_commands.CommandTree[Any]) -> None:
    tree.add_command(history)
