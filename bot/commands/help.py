"""`/help`: all that one can do, on one page; of the built-in model its words on another."""

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot import pages

if TYPE_CHECKING:
    from bot.client import Darkroom


@app_commands.command(description="What Darkroom can do, and all flags.")
@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
async def help(interaction: discord.Interaction["Darkroom"]) -> None:
    spec = interaction.client.registry[""]
    await interaction.response.send_message(**pages.help(spec).sending(), ephemeral=True)
    if spec.source == "builtin":
        await interaction.followup.send(**pages.known_words().sending(), ephemeral=True)


def add(tree: app_commands.CommandTree[Any]) -> None:
    tree.add_command(help)
