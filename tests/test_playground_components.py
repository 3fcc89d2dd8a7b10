"""Modals, buttons, menus and Components V2, used by people in the playground and answered by discord.py."""

import io
import re
from typing import Any

import discord
import pytest
from discord import ui

from bot.playground.attachments import Upload
from bot.playground.interactions import State
from bot.playground.world import Misuse
from tests.playground_client import PIXEL, Client, connected, newest, said


@pytest.fixture
def studio(world):
    return world.channel("#studio")


@pytest.fixture
def ben(world):
    return world.person("Ben")


class Remix(ui.Modal, title="Remix"):
    prompt = ui.Label(text="Prompt", component=ui.TextInput(style=discord.TextStyle.paragraph, default="a cat"))
    colour = ui.Label(
        text="Colour",
        component=ui.Select(
            options=[discord.SelectOption(label="Red", value="r"), discord.SelectOption(label="Blue", value="b")]
        ),
    )
    image = ui.Label(text="Image", component=ui.FileUpload(required=False))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        prompt, colour, image = (label.component for label in (self.prompt, self.colour, self.image))
        assert isinstance(prompt, ui.TextInput)
        assert isinstance(colour, ui.Select)
        assert isinstance(image, ui.FileUpload)
        sizes = [len(await each.read()) for each in image.values]
        await interaction.response.send_message(f"{prompt.value} {colour.values} {sizes}")


async def test_a_modal_with_labels_is_filled_in_and_sent(playground, world, ben, studio):
    client = Client()

    @client.tree.command()
    async def remix(interaction: discord.Interaction):
        """Opens a modal"""
        await interaction.response.send_modal(Remix())

    async with connected(playground, client):
        opened = world.use(ben, studio, "remix")
        assert await opened.settled() is State.MODAL
        assert opened.modal
        assert opened.modal["title"] == "Remix"
        prompt, colour, image = (label["component"]["custom_id"] for label in opened.modal["components"])
        with pytest.raises(Misuse):
            world.submit(ben, opened, {prompt: "", colour: ["r"]})
        with pytest.raises(Misuse):
            world.submit(world.person("Ada"), opened, {colour: ["r"]})
        sent = world.submit(ben, opened, {colour: ["b"]}, {image: [Upload("x.png", PIXEL)]})
        assert await sent.settled() is State.ANSWERED
    answer = newest(world)
    assert answer["content"] == f"a cat ['b'] [{len(PIXEL)}]"
    assert answer["interaction_metadata"]["triggering_interaction_metadata"]["name"] == "remix"


class Count(ui.DynamicItem[ui.Button], template=r"count:(?P<number>\d+)"):
    """A button that carries its state in its custom_id."""

    def __init__(self, number: int):
        self.number = number
        super().__init__(ui.Button(label=str(number), custom_id=f"count:{number}"))

    @classmethod
    async def from_custom_id(cls, interaction: discord.Interaction, item: ui.Item[Any], match: re.Match[str]):
        return cls(int(match["number"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        view = ui.View(timeout=None).add_item(Count(self.number + 1))
        await interaction.response.edit_message(content=f"{interaction.user.display_name}: {self.number}", view=view)


async def test_a_dynamic_button_works_without_its_view_in_memory(playground, world, ben, studio):
    first, second = Client(), Client()
    async with connected(playground, first):
        view = ui.View(timeout=None).add_item(Count(1))
        sent = await first.text(studio).send("start", view=view)
    second.add_dynamic_items(Count)
    message = world.messages[sent.id]
    async with connected(playground, second):
        assert await world.click(ben, message, "count:1").settled() is State.ANSWERED
        assert await world.click(world.person("Ada"), message, "count:2").settled() is State.ANSWERED
        with pytest.raises(Misuse):
            world.click(ben, message, "count:1")
    shown = newest(world)
    assert shown["content"] == "Ada: 2"
    assert shown["edited_timestamp"]


class Choose(ui.View):
    @ui.select(custom_id="colour", options=[discord.SelectOption(label="Red", value="r")])
    async def colour(self, interaction: discord.Interaction, menu: ui.Select[Any]) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content=f"chose {menu.values}", view=None)

    @ui.button(label="Fork", custom_id="fork")
    async def fork(self, interaction: discord.Interaction, button: ui.Button[Any]) -> None:
        await interaction.response.send_message("forked")


async def test_a_menu_and_a_button_answer_on_their_message(playground, world, ben, studio):
    client = Client()
    async with connected(playground, client):
        sent = await client.text(studio).send("choose", view=Choose())
        message = world.messages[sent.id]
        await world.click(ben, message, "fork").settled()
        forked = newest(world)
        assert (forked["content"], forked["referenced_message"]["id"]) == ("forked", str(sent.id))
        with pytest.raises(Misuse):
            world.select(ben, message, "colour", ["b"])
        world.select(ben, message, "colour", ["r"])
        await said(world, ben, "chose ['r']")
    assert world.messages[sent.id].components == []


class Card(ui.LayoutView):
    def __init__(self) -> None:
        super().__init__()
        gallery = ui.MediaGallery(discord.MediaGalleryItem("attachment://a.png", description="a pixel"))
        self.add_item(
            ui.Container(ui.TextDisplay("# Card"), gallery, ui.ActionRow(ui.Button(label="Go", custom_id="go")))
        )


async def test_a_menu_of_people_brings_them_along(playground, world, ben, studio):
    class Pick(ui.View):
        @ui.select(cls=ui.UserSelect, custom_id="people", max_values=2)
        async def people(self, interaction: discord.Interaction, menu: ui.UserSelect[Any]) -> None:
            await interaction.response.send_message(", ".join(user.display_name for user in menu.values))

    client = Client()
    async with connected(playground, client):
        sent = await client.text(studio).send("who?", view=Pick())
        people = [str(world.person(name).id) for name in ("Ada", "Dan")]
        await world.select(ben, world.messages[sent.id], "people", people).settled()
    assert newest(world)["content"] == "Ada, Dan"


async def test_a_button_is_pressed_only_by_those_who_see_it(playground, world, ben, studio):
    client = Client()

    @client.tree.command()
    async def secret(interaction: discord.Interaction):
        """Whispers"""
        await interaction.response.send_message("psst", ephemeral=True, view=Choose())

    async with connected(playground, client):
        asked = world.use(ben, studio, "secret")
        await asked.settled()
        whispered = world.messages[asked.original or 0]
        with pytest.raises(Misuse):
            world.click(world.person("Ada"), whispered, "fork")
        assert await world.click(ben, whispered, "fork").settled() is State.ANSWERED


async def test_components_v2_carry_their_pictures(playground, world, studio):
    client = Client()
    async with connected(playground, client):
        file = discord.File(io.BytesIO(PIXEL), "a.png")
        message = await client.text(studio).send(view=Card(), file=file)
        with pytest.raises(discord.HTTPException) as refused:
            await message.edit(content="no more", view=None)
        assert refused.value.code == playground.refused.pop().code == 50035
    shown = newest(world)
    assert shown["attachments"] == []
    container = shown["components"][0]
    media = container["components"][1]["items"][0]["media"]
    assert shown["flags"] == 1 << 15
    assert media["url"].startswith(f"{world.base}/attachments/")
    assert media["width"] == 2
    assert len({container["id"], *(each["id"] for each in container["components"])}) == 4
