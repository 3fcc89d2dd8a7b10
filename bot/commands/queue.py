"""`/queue`: who is waiting, where one stands oneself, and cancelling."""

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot import albums, intake

if TYPE_CHECKING:
    from bot.client import Darkroom


@app_commands.command(description="Who is waiting, where you are in line, and cancelling yours.")
@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
async def queue(interaction: discord.Interaction["Darkroom"]) -> None:
    await intake.answer(interaction, albums.queue(interaction.client, interaction))


def add(tree: app_commands.CommandTree[Any]) -> None:
    tree.add_command(queue)
