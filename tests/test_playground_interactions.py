"""What a person does in the playground reaches an unmodified discord.py, and its answers reach the person."""

import asyncio
import io

import discord
import pytest
from discord import app_commands

from bot.playground import Playground, Rules, World
from bot.playground.attachments import Upload
from bot.playground.interactions import Interaction, State
from bot.playground.world import Misuse
from tests.playground_client import PIXEL, Client, connected, newest, said


@pytest.fixture
def studio(world):
    return world.channel("#studio")


@pytest.fixture
def ben(world):
    return world.person("Ben")


async def test_a_slash_command_is_answered(playground: Playground, world, ben, studio):
    client = Client()

    @client.tree.command()
    async def add(interaction: discord.Interaction, left: int, right: float = 0.5, loud: bool = False):
        """Adds two numbers"""
        await interaction.response.send_message(f"{left + right}{'!' if loud else ''}")

    async with connected(playground, client):
        asked = world.use(ben, studio, "add", {"left": 2, "loud": True})
        assert await asked.settled() is State.ANSWERED
    answer = newest(world)
    assert answer["content"] == "2.5!"
    assert answer["type"] == 20
    assert answer["interaction_metadata"]["name"] == "add"
    assert answer["interaction_metadata"]["user"]["username"] == "ben"


async def test_the_bot_is_told_who_where_and_what_it_may(playground, world, ben, studio):
    client, told = Client(), {}

    @client.tree.command()
    async def where(interaction: discord.Interaction):
        """Tells where"""
        member, channel = interaction.user, interaction.channel
        told.update(limit=interaction.filesize_limit, app=interaction.app_permissions, mine=interaction.permissions)
        await interaction.response.send_message(f"{member.display_name} in {channel} of {interaction.guild}")

    async with connected(playground, client):
        await world.use(ben, studio, "where").settled()
        assert newest(world)["content"] == "Ben in studio of Darkroom playground"
        await world.use(ben, world.dm(ben), "where").settled()
    assert world.visible(ben, world.dm(ben))[-1]["content"] == "Ben in Direct Message with ben of None"
    assert told["limit"] == 10 << 20
    assert told["app"].attach_files
    assert not told["app"].manage_messages


async def test_a_deferred_answer_is_loading_until_it_is_edited(playground, world, ben, studio):
    client, go = Client(), asyncio.Event()

    @client.tree.command()
    async def slow(interaction: discord.Interaction):
        """Takes its time"""
        await interaction.response.defer(thinking=True)
        await go.wait()
        await interaction.edit_original_response(
            content="done", attachments=[discord.File(io.BytesIO(PIXEL), "a b.png")]
        )

    async with connected(playground, client):
        asked = world.use(ben, studio, "slow")
        assert await asked.settled() is State.THINKING
        assert newest(world)["flags"] == 128
        go.set()
        assert await asked.finished() is State.ANSWERED
        done = newest(world)
        (picture,) = done["attachments"]
        assert (done["content"], done["flags"], done["edited_timestamp"]) == ("done", 0, None)
        assert (picture["filename"], picture["width"], picture["height"]) == ("a_b.png", 2, 3)
        assert await client.http.get_from_cdn(picture["url"]) == PIXEL


async def test_the_first_follow_up_takes_the_place_of_a_deferred_answer(playground, world, ben, studio):
    client = Client()

    @client.tree.command()
    async def slow(interaction: discord.Interaction):
        """Takes its time"""
        await interaction.response.defer(ephemeral=True)
        await interaction.followup.send("first")
        second = await interaction.followup.send("second", wait=True)
        await second.edit(content="second, edited")
        third = await interaction.followup.send("third", wait=True)
        await third.delete()
        await interaction.followup.send("end")

    async with connected(playground, client):
        asked = world.use(ben, studio, "slow")
        await said(world, ben, "end")
    shown = world.visible(ben, studio)
    assert [message["content"] for message in shown] == ["first", "second, edited", "end"]
    assert shown[0]["flags"] == 64
    assert shown[1]["flags"] == 0
    assert shown[1]["message_reference"]["message_id"] == shown[0]["id"]
    assert asked.original == int(shown[0]["id"])


async def test_an_ephemeral_answer_is_seen_by_its_person_alone(playground, world, ben, studio):
    client = Client()

    @client.tree.command()
    async def secret(interaction: discord.Interaction):
        """Whispers"""
        await interaction.response.send_message("psst", ephemeral=True)
        message = await interaction.original_response()
        with pytest.raises(discord.NotFound) as unreachable:
            await client.text(studio).fetch_message(message.id)
        assert unreachable.value.code == 10008
        await interaction.edit_original_response(content="psst!")

    async with connected(playground, client):
        world.use(ben, studio, "secret")
        await said(world, ben, "psst!")
        assert client.errors.empty()
    assert world.visible(world.person("Ada"), studio) == []


async def test_autocomplete_brings_the_choices_of_the_bot(playground, world, ben, studio):
    client = Client()

    @client.tree.command()
    async def paint(interaction: discord.Interaction, colour: str, size: int = 1):
        """Paints"""
        await interaction.response.send_message(f"{colour} {size}")

    @paint.autocomplete("colour")
    async def colours(interaction: discord.Interaction, current: str):
        size = interaction.namespace.size
        names = [name for name in ("red", "rose", "blue") if name.startswith(current)]
        return [app_commands.Choice(name=f"{name} {size}", value=name) for name in names]

    async with connected(playground, client):
        choices = await world.autocomplete(ben, studio, "paint", {"colour": "r", "size": 3}, "colour")
        assert choices == [{"name": "red 3", "value": "red"}, {"name": "rose 3", "value": "rose"}]
        with pytest.raises(Misuse):
            await world.autocomplete(ben, studio, "paint", {}, "size")


async def test_an_attachment_option_arrives_with_its_bytes(playground, world, ben, studio):
    client = Client()

    @client.tree.command()
    async def measure(interaction: discord.Interaction, image: discord.Attachment):
        """Measures a picture"""
        data = await image.read()
        await interaction.response.send_message(f"{image.filename} {image.width}x{image.height} {len(data)}")

    async with connected(playground, client):
        await world.use(ben, studio, "measure", files={"image": Upload("in.png", PIXEL)}).settled()
    assert newest(world)["content"] == f"in.png 2x3 {len(PIXEL)}"


async def test_what_the_client_of_a_person_would_not_send_is_a_misuse(playground, world, ben, studio):
    client = Client()

    @client.tree.command()
    @app_commands.choices(colour=[app_commands.Choice(name="Red", value="red")])
    async def paint(interaction: discord.Interaction, colour: str, size: app_commands.Range[int, 1, 4] = 1):
        """Paints"""

    async with connected(playground, client):
        for options in ({}, {"colour": "blue"}, {"colour": "red", "size": 5}, {"colour": "red", "x": 1}):
            with pytest.raises(Misuse):
                world.use(ben, studio, "paint", options)
        with pytest.raises(Misuse):
            world.use(ben, studio, "draw")


async def test_a_subcommand_is_used_by_its_words(playground, world, ben, studio):
    client = Client()
    settings = app_commands.Group(name="settings", description="Settings")

    @settings.command()
    async def show(interaction: discord.Interaction, name: str):
        """Shows one"""
        await interaction.response.send_message(f"{show.qualified_name}: {name}")

    client.tree.add_command(settings)
    async with connected(playground, client):
        await world.use(ben, studio, "settings show", {"name": "steps"}).settled()
        with pytest.raises(Misuse):
            world.use(ben, studio, "settings")
    assert newest(world)["content"] == "settings show: steps"


async def test_a_context_menu_command_reads_its_target(playground, world, ben, studio):
    client = Client()

    @client.tree.context_menu(name="Shout")
    async def shout(interaction: discord.Interaction, message: discord.Message):
        await interaction.response.send_message(message.content.upper())

    async with connected(playground, client):
        await world.use_on_message(ben, studio, "Shout", world.say(world.person("Cleo"), studio, "quiet")).settled()
    answer = newest(world)
    assert (answer["content"], answer["type"]) == ("QUIET", 23)


async def test_one_first_answer_and_no_more(playground, world, ben, studio):
    client = Client()

    @client.tree.command()
    async def twice(interaction: discord.Interaction):
        """Answers twice"""
        await interaction.response.send_message("one")
        interaction.response._response_type = None
        await interaction.response.send_message("two")

    async with connected(playground, client):
        assert await world.use(ben, studio, "twice").settled() is State.ANSWERED
        error = await client.errors.get()
    assert isinstance(error, discord.HTTPException)
    assert error.code == 40060
    assert newest(world)["content"] == "one"


class TestImpatience:
    @pytest.fixture
    def rules(self):
        return Rules(first_answer_s=0.1)

    async def test_an_answer_after_the_three_seconds_is_unknown(self, playground, world, ben, studio):
        client, asked = Client(), asyncio.Queue[Interaction]()

        @client.tree.command()
        async def late(interaction: discord.Interaction):
            """Answers too late"""
            await (await asked.get()).settled()
            await interaction.response.send_message("sorry")

        async with connected(playground, client):
            interaction = world.use(ben, studio, "late")
            asked.put_nowait(interaction)
            assert await interaction.settled() is State.FAILED
            error = await client.errors.get()
        assert isinstance(error, discord.NotFound)
        assert error.code == 10062
        assert world.visible(ben, studio) == []

    async def test_nobody_answers_while_the_bot_is_away(self, playground, world, ben, studio):
        client = Client()

        @client.tree.command()
        async def hello(interaction: discord.Interaction):
            """Says hello"""

        async with connected(playground, client):
            assert world.online
        assert not world.online
        assert await world.use(ben, studio, "hello").settled() is State.FAILED


class TestShortTokens:
    @pytest.fixture
    def rules(self):
        return Rules(token_life_s=0.2)

    async def test_thinking_without_end_has_failed(self, playground, world, ben, studio):
        client = Client()

        @client.tree.command()
        async def ponder(interaction: discord.Interaction):
            """Thinks"""
            await interaction.response.defer(thinking=True)

        async with connected(playground, client):
            asked = world.use(ben, studio, "ponder")
            assert await asked.settled() is State.THINKING
            assert await asked.finished() is State.FAILED


class TestOldTokens:
    @pytest.fixture
    async def world(self, world_path, rules):
        self.now = 1_800_000_000.0
        world = World(world_path, clock=lambda: self.now, rules=rules)
        yield world
        world.close()

    async def test_a_token_lives_for_fifteen_minutes(self, playground, world, ben, studio):
        client, held = Client(), asyncio.Queue[discord.Interaction]()

        @client.tree.command()
        async def hold(interaction: discord.Interaction):
            """Keeps its token"""
            await interaction.response.send_message("now")
            held.put_nowait(interaction)

        async with connected(playground, client):
            world.use(ben, studio, "hold")
            interaction = await held.get()
            self.now += 899
            await interaction.edit_original_response(content="in time")
            self.now += 2
            for late in (interaction.edit_original_response(content="late"), interaction.followup.send("late")):
                with pytest.raises(discord.HTTPException) as refused:
                    await late
                assert (refused.value.status, refused.value.code) == (401, 50027)
        assert newest(world)["content"] == "in time"
