"""Registering commands: whole lists, single ones, for the guild; who is offered them; what they answer."""

import discord
import pytest
from discord import app_commands

from bot.playground.places import GUILD_ID
from bot.playground.world import Misuse
from tests.playground_client import Client, connected


@pytest.fixture
def studio(world):
    return world.channel("studio")


async def nothing(interaction: discord.Interaction) -> None:
    await interaction.response.send_message("done")


def slash(name: str, **more) -> app_commands.Command:
    return app_commands.Command(name=name, description=f"Does {name}", callback=nothing, **more)


async def test_a_sync_replaces_the_list_and_keeps_the_ids(playground, world, studio):
    client = Client()
    async with connected(playground, client):
        client.tree.add_command(slash("one"))
        client.tree.add_command(slash("two"))
        before = {each.name: each.id for each in await client.tree.sync()}
        client.tree.remove_command("one")
        client.tree.add_command(slash("three"))
        after = {each.name: each.id for each in await client.tree.sync()}
        fetched = await client.tree.fetch_commands()
    assert after.keys() == {"two", "three"}
    assert after["two"] == before["two"]
    assert {each.name: each.id for each in fetched} == after
    assert [each["name"] for each in world.commands_for(world.person("Ben"), studio)] == ["three", "two"]


async def test_the_commands_of_the_guild_stand_beside_the_global_ones(playground, world, studio):
    client, guild = Client(), discord.Object(GUILD_ID)
    async with connected(playground, client):
        client.tree.add_command(slash("here"), guild=guild)
        client.tree.add_command(slash("everywhere"))
        await client.tree.sync()
        (here,) = await client.tree.sync(guild=guild)
        assert here.guild_id == GUILD_ID
        ben = world.person("Ben")
        assert [each["name"] for each in world.commands_for(ben, studio)] == ["everywhere", "here"]
        assert [each["name"] for each in world.commands_for(ben, world.dm(ben))] == ["everywhere"]
        await world.use(ben, studio, "here").settled()
        assert world.visible(ben, studio)[-1]["content"] == "done"
        await here.edit(description="Does it here")
        assert (await client.tree.fetch_command(here.id, guild=guild)).description == "Does it here"
        await here.delete()
        with pytest.raises(discord.NotFound) as gone:
            await client.tree.fetch_command(here.id, guild=guild)
        assert gone.value.code == 10063
        with pytest.raises(discord.NotFound) as strange:
            await client.tree.sync(guild=discord.Object(5))
        assert strange.value.code == 10004


async def test_a_command_is_offered_to_those_who_may_use_it_where_it_fits(playground, world, studio):
    client = Client()
    moderate = slash("moderate")
    moderate.default_permissions = discord.Permissions(manage_messages=True)
    indoors = slash("indoors")
    indoors.allowed_contexts = app_commands.AppCommandContext(guild=True, dm_channel=False)
    adult = slash("adult", nsfw=True)
    for command in (moderate, indoors, adult):
        client.tree.add_command(command)
    ada, ben = world.person("Ada"), world.person("Ben")
    async with connected(playground, client):
        assert [each["name"] for each in world.commands_for(ada, studio)] == ["indoors", "moderate"]
        assert [each["name"] for each in world.commands_for(ben, studio)] == ["indoors"]
        assert [each["name"] for each in world.commands_for(ben, world.dm(ben))] == ["adult", "moderate"]
        with pytest.raises(Misuse):
            world.use(ben, studio, "moderate")


async def test_a_menu_command_has_no_description(playground, world, studio):
    client = Client()

    @client.tree.context_menu(name="Reimagine")
    async def reimagine(interaction: discord.Interaction, message: discord.Message):
        pass

    async with connected(playground, client):
        (told,) = world.commands_for(world.person("Ben"), studio)
    assert (told["type"], told["description"], told.get("options")) == (3, "", None)


async def test_the_application_belongs_to_the_bot(playground, world):
    client = Client()
    async with connected(playground, client):
        information = await client.application_info()
        assert client.user
        assert information.id == client.application_id == client.user.id == world.bot.id
        assert information.owner.name == "ada"
        assert [guild.name async for guild in client.fetch_guilds()] == ["Darkroom playground"]
