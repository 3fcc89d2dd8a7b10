"""What a right-click on a message offers: *Reimagine*, a new picture from one that is there."""

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot import intake, modals, reimagine, sources
from diffusion.request import Told

if TYPE_CHECKING:
    from bot.client import Darkroom


@app_commands.context_menu(name="Reimagine")
@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
async def redraw(interaction: discord.Interaction["Darkroom"], message: discord.Message) -> None:
    client = interaction.client
    intake.check_place(interaction)
    pictures = [each for each in message.attachments if sources.is_picture(each)][: reimagine.MOST]
    if not pictures:
        raise Told("There is no picture in that message.")
    for each in pictures:
        sources.check(each)
    strength = client.registry[""].strength
    await interaction.response.send_modal(modals.redraw(message.id, len(pictures), strength))
    await reimagine.keep(client, interaction.user.id, message, pictures)


def add(tree: app_commands.CommandTree[Any]) -> None:
    tree.add_command(redraw)
