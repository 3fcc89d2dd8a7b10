"""Faults on demand and rate limits, as an unmodified discord.py meets them."""

import aiohttp
import discord
import pytest

from bot.playground import Rules
from bot.playground.faults import Broken, Limited, Lost, Reset, Slow
from bot.playground.interactions import State
from bot.playground.pace import Pace
from bot.playground.rest.routes import MESSAGES
from tests.playground_client import Client, connected

RESET = (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError)
SEND = ("POST", "/channels/*/messages")


@pytest.fixture
def studio(world):
    return world.channel("studio")


@pytest.fixture
async def client(playground):
    async with connected(playground, Client()) as client:
        yield client


def contents(world) -> list[str]:
    return [message["content"] for message in world.visible(world.person("Ben"), world.channel("studio"))]


@pytest.mark.parametrize("everywhere", [False, True])
async def test_after_a_429_the_client_waits_and_succeeds(playground, client, world, studio, everywhere):
    playground.faults.plan(*SEND, Limited(0.01, everywhere), times=2)
    await client.text(studio).send("hello")
    assert contents(world) == ["hello"]
    assert playground.faults.left() == 0


async def test_a_server_error_that_the_client_does_not_repeat(playground, client, world, studio):
    playground.faults.plan(*SEND, Broken(503))
    with pytest.raises(discord.DiscordServerError):
        await client.text(studio).send("hello")
    assert contents(world) == []


async def test_a_server_error_that_the_client_repeats(playground, client, world, studio):
    playground.faults.plan(*SEND, Broken(502))
    await client.text(studio).send("hello")
    assert contents(world) == ["hello"]


async def test_a_reset_reaches_the_client_before_anything_is_done(playground, client, world, studio):
    playground.faults.plan(*SEND, Reset())
    with pytest.raises(RESET):
        await client.text(studio).send("hello")
    assert contents(world) == []


async def test_a_lost_answer_has_been_carried_out_and_a_nonce_finds_it(playground, client, world, studio):
    playground.faults.plan(*SEND, Lost())
    with pytest.raises(RESET):
        await client.text(studio).send("hello", nonce="once")
    await client.text(studio).send("hello", nonce="once")
    assert contents(world) == ["hello"]


async def test_faults_strike_what_they_name_and_in_order(playground, client, world, studio):
    playground.faults.plan("PATCH", "*", Broken(503))
    playground.faults.plan(*SEND, Limited(0.01))
    playground.faults.plan(*SEND, Broken(503))
    with pytest.raises(discord.DiscordServerError):
        await client.text(studio).send("hello")
    assert playground.faults.left() == 1
    playground.faults.clear()
    message = await client.text(studio).send("hello")
    assert (await message.edit(content="edited")).content == "edited"


class TestAnImpatientPerson:
    @pytest.fixture
    def rules(self):
        return Rules(first_answer_s=0.2)

    async def test_a_slow_callback_comes_too_late(self, playground, world, studio):
        client = Client()

        @client.tree.command()
        async def hello(interaction: discord.Interaction):
            """Says hello"""
            await interaction.response.send_message("hello")

        async with connected(playground, client):
            playground.faults.plan("POST", "/interactions/*/callback", Slow(0.4))
            assert await world.use(world.person("Ben"), studio, "hello").settled() is State.FAILED
            error = await client.errors.get()
        assert isinstance(error, discord.NotFound)
        assert error.code == 10062


class TestRateLimits:
    @pytest.fixture
    def rules(self):
        return Rules(rate_limits=True)

    async def test_the_headers_count_down_to_a_429(self, playground, world, studio):
        url = f"{playground.api}/channels/{studio.id}/messages"
        async with aiohttp.ClientSession(headers={"Authorization": "Bot x"}) as session:
            left = []
            for _ in range(5):
                async with session.post(url, json={"content": "x"}) as response:
                    left.append(response.headers["X-RateLimit-Remaining"])
            async with session.post(url, json={"content": "x"}) as response:
                told = await response.json()
                assert response.status == 429
                assert response.headers["Via"]
                assert response.headers["X-RateLimit-Scope"] == "user"
        assert left == ["4", "3", "2", "1", "0"]
        assert told["global"] is False
        assert 0 < told["retry_after"] <= 5
        assert len(contents(world)) == 5

    async def test_the_client_reads_the_headers(self, client, world, studio):
        for number in range(4):
            await client.text(studio).send(str(number))
        assert {each.remaining for each in client.http._buckets.values() if each.limit == 5} == {1}


def test_the_limit_over_all_spares_interactions_and_recovers():
    now = 100.0
    pace = Pace(lambda: now)
    for channel in range(10):
        for _ in range(5):
            assert pace.count("POST", MESSAGES, str(channel)).passes
    over = pace.count("POST", MESSAGES, "another")
    assert (over.passes, over.everywhere, over.headers["X-RateLimit-Scope"]) == (False, True, "global")
    assert pace.count("POST", "/interactions", "token", exempt=True).passes
    now += 1.1
    assert pace.count("POST", MESSAGES, "another").passes
    assert not pace.count("POST", MESSAGES, "0").passes
    now += 4
    assert pace.count("POST", MESSAGES, "0").passes


async def test_no_token_is_unauthorized_and_a_strange_path_is_not_found(playground):
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{playground.api}/users/@me") as response:
            assert (response.status, await response.json()) == (401, {"message": "401: Unauthorized", "code": 0})
        async with session.get(f"{playground.api}/strange", headers={"Authorization": "Bot x"}) as response:
            assert (response.status, response.headers["Content-Type"]) == (404, "application/json")
        async with session.post(
            f"{playground.api}/users/@me/channels", headers={"Authorization": "Bot x"}, data=b"{"
        ) as response:
            assert (response.status, (await response.json())["code"]) == (400, 50109)
