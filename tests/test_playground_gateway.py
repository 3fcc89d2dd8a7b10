"""The gateway: identify, resume with what was missed, begin anew, and what it refuses."""

import asyncio
import json

import aiohttp
import discord
import pytest

from bot.playground import Rules
from bot.playground.gateway import Close, Op
from tests.playground_client import Client, connected


class Returning(Client):
    """Notes when it is ready and when it has resumed."""

    def __init__(self) -> None:
        super().__init__()
        self.life: asyncio.Queue[str] = asyncio.Queue()

    async def on_resumed(self) -> None:
        self.life.put_nowait("resumed")

    async def on_connect(self) -> None:
        self.life.put_nowait("connected")


@pytest.fixture
def studio(world):
    return world.channel("studio")


@pytest.fixture
async def client(playground):
    async with connected(playground, Returning()) as client:
        assert await client.life.get() == "connected"
        yield client


def mention(world, words: str) -> str:
    return f"{world.bot.mention} {words}"


async def offline(world) -> None:
    with world.subscribe() as feed:
        while world.online:
            await anext(feed)


async def test_after_a_close_the_bot_resumes_and_hears_what_it_missed(playground, client, world, studio):
    await playground.socket.close(4000)
    await offline(world)
    said = world.say(world.person("Ben"), studio, mention(world, "still there?"))
    assert (await client.heard.get()).id == said.id
    assert await client.life.get() == "resumed"
    assert client.heard.empty()


@pytest.mark.parametrize("fault", ["drop", "reconnect", "invalidate"])
async def test_a_broken_connection_is_resumed(playground, client, world, studio, fault):
    match fault:
        case "drop":
            playground.socket.drop()
        case "reconnect":
            await playground.socket.reconnect()
        case "invalidate":
            await playground.socket.invalidate(resumable=True)
    assert await client.life.get() == "resumed"
    world.say(world.person("Ben"), studio, mention(world, "hello"))
    assert (await client.heard.get()).content == mention(world, "hello")


async def test_a_close_without_resume_begins_a_new_session(playground, client, world, studio):
    (before,) = playground.socket.sessions
    await playground.socket.close(4000, resumable=False)
    world.say(world.person("Ben"), studio, mention(world, "lost"))
    assert await client.life.get() == "connected"
    (after,) = playground.socket.sessions
    assert before != after
    world.say(world.person("Ben"), studio, mention(world, "heard"))
    assert (await client.heard.get()).content == mention(world, "heard")


async def test_the_bot_is_online_while_it_is_connected(playground, world):
    assert not world.online
    async with connected(playground, Client()):
        assert world.online
    assert not world.online


async def test_an_intent_that_was_not_granted_closes_the_gateway(playground):
    with pytest.raises(discord.PrivilegedIntentsRequired):
        async with connected(playground, Client(discord.Intents(guilds=True, message_content=True))):
            pass


async def test_the_guild_comes_with_its_channels_and_the_bot(client, world):
    (guild,) = client.guilds
    assert [channel.name for channel in guild.text_channels] == ["studio", "gallery"]
    assert (guild.name, guild.owner_id, guild.member_count) == ("Darkroom playground", world.person("Ada").id, 5)
    assert [member.name for member in guild.members] == ["Darkroom"]
    assert guild.me.guild_permissions.send_messages
    assert not guild.me.guild_permissions.manage_messages


async def test_members_are_found_by_name_and_by_id(client, world):
    (guild,) = client.guilds
    assert [member.name for member in await guild.query_members("b")] == ["ben"]
    found = await guild.query_members(user_ids=[world.person("Cleo").id, 5])
    assert [member.name for member in found] == ["cleo"]
    assert (await guild.fetch_member(world.person("Ada").id)).guild_permissions.administrator


async def test_sharded_clients_are_served(playground):
    client = discord.AutoShardedClient(intents=discord.Intents(guilds=True), guild_ready_timeout=0.05)
    async with connected(playground, client):
        assert client.shard_count == 1
        assert len(client.guilds) == 1


IDENTIFY = {"token": "x", "intents": 1, "properties": {}}


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (["{"], Close.DECODE_ERROR),
        ([{"op": 99}], Close.UNKNOWN_OPCODE),
        ([{"op": Op.REQUEST_GUILD_MEMBERS, "d": {}}], Close.NOT_AUTHENTICATED),
        ([{"op": Op.IDENTIFY, "d": IDENTIFY | {"token": ""}}], Close.AUTHENTICATION_FAILED),
        ([{"op": Op.IDENTIFY, "d": IDENTIFY}] * 2, Close.ALREADY_AUTHENTICATED),
        ([{"op": Op.IDENTIFY, "d": IDENTIFY | {"intents": -1}}], Close.INVALID_INTENTS),
        ([{"op": Op.HEARTBEAT}] * 121, Close.RATE_LIMITED),
    ],
)
async def test_a_wrong_frame_closes_with_its_code(playground, frames, code):
    assert await closed_with(playground, frames) == code


async def test_a_strange_session_is_not_resumed(playground):
    async with aiohttp.ClientSession() as session, session.ws_connect(playground.gateway) as socket:
        assert (await socket.receive_json())["op"] == Op.HELLO
        await socket.send_json({"op": Op.RESUME, "d": {"token": "x", "session_id": "strange", "seq": 1}})
        assert await socket.receive_json() == {"op": Op.INVALID_SESSION, "d": False, "s": None, "t": None}


async def closed_with(playground, frames) -> int | None:
    async with aiohttp.ClientSession() as session, session.ws_connect(playground.gateway) as socket:
        for frame in frames:
            await socket.send_str(frame if isinstance(frame, str) else json.dumps(frame))
        async for _ in socket:
            pass
        return socket.close_code


class TestWithoutHeartbeats:
    @pytest.fixture
    def rules(self):
        return Rules(heartbeat_s=0.05)

    async def test_a_silent_connection_times_out(self, playground):
        assert await closed_with(playground, []) == Close.SESSION_TIMED_OUT


class TestShortMemory:
    @pytest.fixture
    def rules(self):
        return Rules(resume_s=0.02)

    async def test_a_session_is_forgotten_when_its_bot_stays_away(self, playground):
        async with connected(playground, Client()):
            assert len(playground.socket.sessions) == 1
        await asyncio.sleep(0.2)
        assert playground.socket.sessions == {}
