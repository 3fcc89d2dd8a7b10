"""The world by itself: what it keeps across restarts, what it tells, and who is let in."""

import asyncio

import aiohttp
import discord
import pytest

from bot.playground import Playground, Rules, World, events
from bot.playground.attachments import Upload, picture_size
from bot.playground.interactions import State
from bot.playground.permissions import Permission
from bot.playground.snowflakes import Snowflakes, drawn_at
from tests.playground_client import Client, connected


async def test_everything_survives_a_restart(world_path):
    first = World(world_path)
    client = Client()

    @client.tree.command()
    async def hello(interaction: discord.Interaction):
        """Says hello"""
        await interaction.response.send_message("hello", ephemeral=True)

    ben, studio = first.person("Ben"), first.channel("studio")
    async with Playground(first) as playground, connected(playground, client):
        said = first.say(ben, studio, "look", files=[Upload("a b.txt", b"abc")])
        first.react(ben, said, "👍")
        first.say(ben, first.dm(ben), "psst")
        asked = first.use(ben, studio, "hello")
        await asked.settled()
    first.close()

    second = World(world_path)
    async with Playground(second) as playground:
        hello_again, look = second.visible(ben, studio)[::-1]
        assert (look["content"], look["reactions"][0]["count"]) == ("look", 1)
        assert (hello_again["content"], hello_again["flags"]) == ("hello", 64)
        assert [each["content"] for each in second.visible(ben, second.dm(ben))] == ["psst"]
        assert [each["name"] for each in second.commands_for(ben, studio)] == ["hello"]
        edit = f"{playground.api}/webhooks/{second.bot.id}/{asked.token}/messages/@original"
        async with aiohttp.ClientSession() as session:
            async with session.get(look["attachments"][0]["url"]) as response:
                assert await response.read() == b"abc"
            async with session.patch(edit, json={"content": "hello again"}) as response:
                assert (await response.json())["content"] == "hello again"
        assert second.snowflakes.draw() > asked.id
    second.close()


async def test_an_address_is_signed_and_runs_out(world_path):
    now = 1_800_000_000.0
    world = World(None, clock=lambda: now)
    async with Playground(world) as playground, aiohttp.ClientSession() as session:
        world.say(world.person("Ben"), world.channel("studio"), files=[Upload("a.txt", b"abc")])
        url = world.visible(world.person("Ben"), world.channel("studio"))[0]["attachments"][0]["url"]
        assert url.startswith(playground.url)

        async def status(address: str) -> int:
            async with session.get(address) as response:
                return response.status

        assert await status(url) == 200
        assert await status(url.split("?")[0]) == 404
        assert await status(url.replace("ex=", "ex=f")) == 404
        now += 24 * 3600 + 1
        assert await status(url) == 404
    world.close()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:80"}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "localhost:80", "Origin": "http://localhost:80"}, 200),
    ],
)
async def test_other_web_sites_are_kept_out(playground, headers, status):
    url = f"{playground.api}/gateway"
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        assert response.status == status


async def test_a_taken_port_is_an_error_and_leaves_nothing_open(playground, world):
    port = int(playground.url.rsplit(":")[-1])
    with pytest.raises(OSError, match="in use"):
        async with Playground(world, port=port):
            pass
    assert world.base == playground.url


async def test_a_feed_tells_what_happens(world):
    ben, studio = world.person("Ben"), world.channel("studio")
    with world.subscribe() as feed:
        said = world.say(ben, studio, "hello")
        world.typing(ben, studio)
        world.delete(ben, said)
        world.dm(ben)
        told = [await anext(feed) for _ in range(4)]
    assert [type(event) for event in told] == [
        events.MessageCreated,
        events.Typing,
        events.MessageDeleted,
        events.ChannelCreated,
    ]
    world.say(ben, studio, "unheard")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(feed), 0.01)


async def test_an_interaction_without_a_bot_fails_and_says_so(world_path):
    world = World(world_path, rules=Rules(first_answer_s=0.02))
    world.commands.put({"name": "hello", "description": "Says hello"}, world.snowflakes.draw)
    with world.subscribe() as feed:
        asked = world.use(world.person("Ben"), world.channel("studio"), "hello")
        assert isinstance(await anext(feed), events.InteractionOpened)
        assert isinstance(await anext(feed), events.InteractionChanged)
    assert asked.state is State.FAILED
    world.close()


def test_permissions_add_up(world):
    ada, ben, studio = world.person("Ada"), world.person("Ben"), world.channel("studio")
    assert studio.allows(ada, Permission.ADMINISTRATOR)
    world.permit(ada, studio, deny=Permission.SEND_MESSAGES)
    assert studio.allows(ada, Permission.SEND_MESSAGES)
    world.permit(ben, studio, deny=Permission.SEND_MESSAGES, allow=Permission.MANAGE_MESSAGES)
    assert not studio.allows(ben, Permission.SEND_MESSAGES)
    assert studio.allows(ben, Permission.MANAGE_MESSAGES)
    world.permit(ben, studio, deny=Permission.VIEW_CHANNEL)
    assert studio.permissions(ben) == 0
    assert [channel.name for channel in world.channels_of(ben)] == ["gallery"]


def test_ids_grow_even_when_the_clock_does_not():
    now = 1_800_000_000.0
    snowflakes = Snowflakes(lambda: now)
    first, second = snowflakes.draw(), snowflakes.draw()
    now -= 10
    assert first < second < snowflakes.draw()
    assert drawn_at(first) == now + 10


@pytest.mark.parametrize(
    ("start", "size"),
    [
        (b"GIF89a" + bytes([3, 0, 2, 0]), (3, 2)),
        (b"RIFF\0\0\0\0WEBPVP8X" + bytes(8) + bytes([4, 0, 0, 5, 0, 0]), (5, 6)),
        (b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08\0\x07\0\x09" + bytes(9), (9, 7)),
        (b"no picture", None),
    ],
)
def test_the_size_of_a_picture_is_read_from_its_header(start, size):
    assert picture_size(start) == size
