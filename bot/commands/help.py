"""`/help`: all that one can do, on one page."""

from typing import Any

import discord
from discord import app_commands

from bot import pages


@app_commands.command(description="What Darkroom can do, and all flags.")
@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
async def help(interaction: discord.Interaction) -> None:
    await interaction.response.send_message(**pages.help().sending(), ephemeral=True)


def add(tree: app_commands.CommandTree[Any]) -> None:
    tree.add_command(help)
