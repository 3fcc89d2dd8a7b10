"""A small bot with something of everything that the chat page has to show. Knows the page only through Discord."""

import asyncio
import io
from typing import Any, Literal

import discord
from discord import app_commands, ui
from PIL import Image, ImageDraw

from tests.playground_client import Client

MODELS = ("mini", "sdxl-turbo", "flux-schnell")


def picture(colour: str, *, size: int = 128, done: float = 1.0) -> discord.File:
    """A disc on a dim ground; the smaller `done`, the smaller the disc."""
    image = Image.new("RGB", (size, size), "#20242e")
    radius = size * 0.38 * done
    middle = size / 2
    ImageDraw.Draw(image).ellipse((middle - radius, middle - radius, middle + radius, middle + radius), fill=colour)
    data = io.BytesIO()
    image.save(data, "PNG")
    data.seek(0)
    return discord.File(data, f"{colour}.png", description=f"a {colour} disc")


def png(colour: str = "blue") -> dict[str, Any]:
    """Such a picture as a file that a browser takes."""
    return {"name": f"{colour}.png", "mimeType": "image/png", "buffer": picture(colour).fp.read()}


class Remix(ui.Modal, title="Remix"):
    prompt: ui.TextInput[Any] = ui.TextInput(label="Prompt", style=discord.TextStyle.paragraph, max_length=200)
    style = ui.Label[Any](
        text="Style",
        description="How it should look",
        component=ui.Select(options=[discord.SelectOption(label=each) for each in ("Ink", "Oil", "Photograph")]),
    )
    source = ui.Label[Any](text="Source", component=ui.FileUpload(required=False))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        assert isinstance(self.style.component, ui.Select)
        assert isinstance(self.source.component, ui.FileUpload)
        if self.prompt.value == "nothing":
            raise app_commands.AppCommandError("left unanswered on purpose")
        names = [file.filename for file in self.source.component.values]
        await interaction.response.send_message(f"{self.prompt.value} / {self.style.component.values} / {names}")

    async def on_error(self, interaction: discord.Interaction, error: Exception) -> None:
        """Leaves it unanswered."""


class Result(ui.View):
    def __init__(self) -> None:
        super().__init__(timeout=None)
        self.add_item(ui.Button(label="Website", url="https://example.org"))
        self.add_item(ui.Button(label="Sold out", disabled=True))

    @ui.button(label="Re-roll", style=discord.ButtonStyle.primary)
    async def reroll(self, interaction: discord.Interaction, button: ui.Button["Result"]) -> None:
        await interaction.response.send_message("Rolled again.")

    @ui.button(label="Remix", style=discord.ButtonStyle.success)
    async def remix(self, interaction: discord.Interaction, button: ui.Button["Result"]) -> None:
        await interaction.response.send_modal(Remix())

    @ui.button(label="Delete", style=discord.ButtonStyle.danger)
    async def delete(self, interaction: discord.Interaction, button: ui.Button["Result"]) -> None:
        await interaction.response.send_message("Not **that** one.", ephemeral=True)

    @ui.select(
        placeholder="Choose colours",
        min_values=1,
        max_values=2,
        row=1,
        options=[
            discord.SelectOption(label=each, description=f"Very {each.lower()}") for each in ("Red", "Green", "Blue")
        ],
    )
    async def colours(self, interaction: discord.Interaction, menu: ui.Select["Result"]) -> None:
        await interaction.response.edit_message(content=f"Chosen: {', '.join(menu.values)}")


class Shelf(ui.LayoutView):
    COLOURS = ("red", "green", "blue")

    def __init__(self) -> None:
        super().__init__(timeout=None)
        gallery = (discord.MediaGalleryItem(f"attachment://{each}.png") for each in self.COLOURS)
        inside: ui.Container[Any] = ui.Container(accent_colour=discord.Colour.from_str("#ff6a45"))
        inside.add_item(ui.TextDisplay("## Three discs\nKept for **later**\n-# seeds 7, 8 and 9"))
        inside.add_item(ui.MediaGallery(*gallery))
        inside.add_item(ui.Separator())
        inside.add_item(ui.Section("The best one", accessory=ui.Thumbnail("attachment://red.png")))
        inside.add_item(ui.ActionRow(ui.Button(label="Again", custom_id="again")))
        self.add_item(inside)


class PageBot(Client):
    """`advance()` lets a command that waits for it go on."""

    def __init__(self) -> None:
        super().__init__()
        self._step = asyncio.Event()
        for command in COMMANDS:
            self.tree.add_command(command)

    def advance(self) -> None:
        self._step.set()

    async def advanced(self) -> None:
        await self._step.wait()
        self._step.clear()


@app_commands.command(description="Develop a picture from words")
@app_commands.describe(
    prompt="What the picture shows",
    steps="How many steps it develops for",
    guidance="How closely it follows the words",
    sampler="How noise becomes a picture",
    model="Which model develops it",
    image="A picture to start from",
    private="Show it to nobody else",
)
async def imagine(
    interaction: discord.Interaction[PageBot],
    prompt: str,
    steps: app_commands.Range[int, 1, 50] = 20,
    guidance: app_commands.Range[float, 0, 20] = 5.0,
    sampler: Literal["Euler", "DDIM", "UniPC"] = "Euler",
    model: str = "mini",
    image: discord.Attachment | None = None,
    private: bool = False,
) -> None:
    source = image.filename if image else "nothing"
    words = f"**{prompt}** · steps {steps} · guidance {guidance} · {sampler} · {model} · from {source}"
    await interaction.response.send_message(words, file=picture("red"), view=Result(), ephemeral=private)


@imagine.autocomplete("model")
async def models(interaction: discord.Interaction[PageBot], typed: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=f"{each} (model)", value=each) for each in MODELS if typed.lower() in each]


@app_commands.command(description="A picture that changes while you look")
async def develop(interaction: discord.Interaction[PageBot]) -> None:
    await interaction.response.send_message("Step 1 of 3", file=picture("orange", done=0.3))
    for step, colour in ((2, "gold"), (3, "red")):
        await interaction.client.advanced()
        shown = picture(colour, size=64 * step, done=step / 3)
        await interaction.edit_original_response(content=f"Step {step} of 3", attachments=[shown])


@app_commands.command(description="Thinks before it speaks")
async def think(interaction: discord.Interaction[PageBot]) -> None:
    await interaction.response.defer()
    await interaction.client.advanced()
    await interaction.followup.send("Thought about it.")


@app_commands.command(description="Never answers")
async def silence(interaction: discord.Interaction[PageBot]) -> None:
    await asyncio.sleep(0)


@app_commands.command(name="shelf", description="Everything in components")
async def shelf(interaction: discord.Interaction[PageBot]) -> None:
    await interaction.response.send_message(view=Shelf(), files=[picture(each) for each in Shelf.COLOURS])


@app_commands.command(description="Four pictures")
async def grid(interaction: discord.Interaction[PageBot]) -> None:
    files = [picture(each) for each in ("red", "green", "blue", "gold")]
    await interaction.response.send_message("Four.", files=files)


@app_commands.command(description="An embed")
async def card(interaction: discord.Interaction[PageBot]) -> None:
    embed = discord.Embed(title="A card", description="with *words*", colour=0xFF6A45)
    embed.add_field(name="Steps", value="20").add_field(name="Seed", value="`7`").set_footer(text="at the foot")
    embed.set_thumbnail(url="attachment://red.png")
    await interaction.response.send_message(embed=embed, file=picture("red"))


settings = app_commands.Group(name="settings", description="What you prefer")


@settings.command(description="What is set now")
async def show(interaction: discord.Interaction[PageBot], search: str = "") -> None:
    await interaction.response.send_message(f"Settings with {search!r}", ephemeral=True)


@app_commands.context_menu(name="Reimagine")
async def reimagine(interaction: discord.Interaction[PageBot], message: discord.Message) -> None:
    await interaction.response.send_modal(Remix())


@app_commands.context_menu(name="Count letters")
async def count(interaction: discord.Interaction[PageBot], message: discord.Message) -> None:
    await interaction.response.send_message(f"{len(message.content)} letters", ephemeral=True)


COMMANDS = (imagine, develop, think, silence, shelf, grid, card, settings, reimagine, count)
