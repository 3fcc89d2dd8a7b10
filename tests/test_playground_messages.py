"""Messages between people and the bot: what the bot may read, send, change and find, and what it is refused."""

import asyncio
import io

import discord
import pytest

from bot.playground import Rules, World
from bot.playground.attachments import Upload
from bot.playground.intent import Intent
from bot.playground.permissions import Permission
from bot.playground.world import Misuse
from tests.playground_client import Client, connected


@pytest.fixture
def studio(world):
    return world.channel("studio")


@pytest.fixture
def ben(world):
    return world.person("Ben")


@pytest.fixture
async def client(playground):
    async with connected(playground, Client()) as client:
        yield client


async def test_without_the_intent_the_words_of_others_are_empty(client, world, ben, studio):
    world.say(ben, studio, "nothing for the bot", files=[Upload("a.txt", b"abc")])
    message = await client.heard.get()
    assert (message.content, message.attachments) == ("", [])
    assert message.author.name == "ben"
    (fetched,) = [each async for each in client.text(studio).history()]
    assert fetched.content == ""


@pytest.mark.parametrize(
    ("ping", "reply_text", "heard"), [(True, "wider", "wider"), (False, "wider", ""), (False, "{bot} wider", None)]
)
async def test_a_reply_to_a_regular_message_needs_a_ping(client, world, ben, studio, ping, reply_text, heard):
    sent = await client.text(studio).send("a picture")
    said = reply_text.format(bot=world.bot.mention)
    world.say(ben, studio, said, reply_to=world.messages[sent.id], ping=ping)
    message = await client.heard.get()
    assert message.content == (said if heard is None else heard)
    assert message.reference.resolved.content == "a picture"


async def test_a_reply_to_an_interaction_response_carries_nothing(playground, world, ben, studio):
    client = Client()

    @client.tree.command()
    async def hello(interaction: discord.Interaction):
        """Says hello"""
        await interaction.response.send_message("hello")

    async with connected(playground, client):
        asked = world.use(ben, studio, "hello")
        await asked.settled()
        world.say(ben, studio, "wider", reply_to=world.messages[asked.original], ping=True)
        message = await client.heard.get()
    assert message.content == ""
    assert message.mentions == []


async def test_a_mention_and_a_direct_message_are_read(client, world, ben, studio):
    world.say(ben, studio, f"{world.bot.mention} a cat")
    assert (await client.heard.get()).content == f"{world.bot.mention} a cat"
    world.say(ben, world.dm(ben), "a dog")
    message = await client.heard.get()
    assert message.content == "a dog"
    await message.reply("woof")
    assert world.visible(ben, world.dm(ben))[-1]["referenced_message"]["content"] == "a dog"


async def test_what_the_bot_replies_to_stays_unread(client, world, ben, studio):
    said = world.say(ben, studio, "a private word")
    reply = await client.text(studio).get_partial_message(said.id).reply("yes?")
    assert reply.reference.resolved.content == ""
    assert world.visible(ben, studio)[-1]["referenced_message"]["content"] == "a private word"


class TestWithTheIntent:
    @pytest.fixture
    def rules(self):
        return Rules(privileged_intents=Intent.MESSAGE_CONTENT)

    async def test_everything_is_read(self, playground, world, ben, studio):
        intents = discord.Intents(guilds=True, guild_messages=True, message_content=True)
        async with connected(playground, Client(intents)) as client:
            world.say(ben, studio, "anything")
            assert (await client.heard.get()).content == "anything"


async def test_a_reply_pings_its_author_only_if_it_may(client, world, ben, studio):
    said = world.say(ben, studio, "hello")
    message = client.text(studio).get_partial_message(said.id)
    await message.reply("loud")
    await message.reply("quiet", mention_author=False)
    await message.reply(f"<@{ben.id}>", allowed_mentions=discord.AllowedMentions.none())
    shown = world.visible(ben, studio)[-3:]
    assert [[each["username"] for each in one["mentions"]] for one in shown] == [["ben"], [], []]
    assert {one["message_reference"]["message_id"] for one in shown} == {str(said.id)}


async def test_a_reply_to_what_is_gone_is_refused(playground, client, world, ben, studio):
    said = world.say(ben, studio, "hello")
    world.delete(ben, said)
    with pytest.raises(discord.HTTPException) as refused:
        await client.text(studio).get_partial_message(said.id).reply("hm")
    assert "Unknown message" in refused.value.text
    assert "message_reference" in playground.refused.pop().errors


async def test_a_nonce_posts_once(client, world, ben, studio):
    first = await client.text(studio).send("picture", nonce="darkroom-1")
    again = await client.text(studio).send("picture", nonce="darkroom-1")
    other = await client.text(studio).send("picture", nonce="darkroom-2")
    assert first.id == again.id != other.id
    assert len(world.visible(ben, studio)) == 2


async def test_an_edit_keeps_the_files_that_it_lists(client, world, studio):
    files = [discord.File(io.BytesIO(bytes([n])), f"{n}.bin", description=f"alt {n}") for n in range(3)]
    message = await client.text(studio).send("three", files=files)
    new = discord.File(io.BytesIO(b"new"), "new.bin")
    edited = await message.edit(attachments=[message.attachments[1], new])
    assert [each.filename for each in edited.attachments] == ["1.bin", "new.bin"]
    assert edited.attachments[0].description == "alt 1"
    assert await edited.attachments[0].read() == b"\x01"
    with pytest.raises(discord.NotFound):
        await message.attachments[0].read()


async def test_history_is_read_in_pages(client, world, ben, studio):
    sent = [await client.text(studio).send(str(number)) for number in range(5)]
    channel = client.text(studio)
    assert [each.content async for each in channel.history(limit=2)] == ["4", "3"]
    assert [each.content async for each in channel.history(limit=2, before=sent[3])] == ["2", "1"]
    assert [each.content async for each in channel.history(limit=2, after=sent[1])] == ["2", "3"]
    assert [each.content async for each in channel.history(limit=3, around=sent[2])] == ["3", "2", "1"]
    assert [each["content"] for each in world.visible(ben, studio, before=sent[2].id)] == ["0", "1"]


async def test_only_own_messages_are_edited_and_others_deleted_with_permission(client, world, ben, studio):
    said = world.say(ben, studio, "mine")
    message = client.text(studio).get_partial_message(said.id)
    with pytest.raises(discord.Forbidden) as refused:
        await message.edit(content="yours")
    assert refused.value.code == 50005
    with pytest.raises(discord.Forbidden) as refused:
        await message.delete()
    assert refused.value.code == 50013
    world.permit(world.bot, studio, allow=Permission.MANAGE_MESSAGES)
    await message.delete()
    assert world.visible(ben, studio) == []


@pytest.mark.parametrize(
    ("denied", "code"),
    [
        (Permission.VIEW_CHANNEL, 50001),
        (Permission.SEND_MESSAGES, 50013),
        (Permission.ATTACH_FILES, 50013),
        (Permission.READ_MESSAGE_HISTORY, 160002),
    ],
)
async def test_a_missing_permission_is_refused(client, world, ben, studio, denied, code):
    said = world.say(ben, studio, "hello")
    world.permit(world.bot, studio, deny=denied)
    with pytest.raises(discord.Forbidden) as refused:
        await client.text(studio).get_partial_message(said.id).reply("x", file=discord.File(io.BytesIO(b"x"), "x"))
    assert refused.value.code == code


async def test_what_is_empty_or_too_large_is_refused(client, world, studio):
    with pytest.raises(discord.HTTPException) as refused:
        await client.text(studio).send("")
    assert refused.value.code == 50006
    with pytest.raises(discord.HTTPException) as refused:
        await client.text(studio).send(file=discord.File(io.BytesIO(bytes((10 << 20) + 1)), "big.bin"))
    assert (refused.value.status, refused.value.code) == (413, 40005)


async def test_a_direct_message_is_between_two(client, world, ben):
    user = await client.fetch_user(ben.id)
    await user.send("hello")
    assert [each["content"] for each in world.visible(ben, world.dm(ben))] == ["hello"]
    assert world.visible(world.person("Ada"), world.dm(ben)) == []
    with pytest.raises(Misuse):
        world.say(world.person("Ada"), world.dm(ben), "may I?")


class TestClosedDoors:
    @pytest.fixture
    def rules(self):
        return Rules(dm_open=False)

    async def test_a_direct_message_is_refused(self, client, ben):
        with pytest.raises(discord.Forbidden) as refused:
            await (await client.fetch_user(ben.id)).send("hello")
        assert refused.value.code == 50007


async def test_reactions_and_typing_reach_the_bot(client, world, ben, studio):
    reactions = asyncio.Queue[str]()

    async def on_raw_reaction_add(payload: discord.RawReactionActionEvent) -> None:
        reactions.put_nowait(f"{payload.emoji} {payload.user_id}")

    client.event(on_raw_reaction_add)
    message = await client.text(studio).send("nice?")
    world.react(ben, world.messages[message.id], "👍")
    assert await reactions.get() == f"👍 {ben.id}"
    await message.add_reaction("🎉")
    shown = world.visible(ben, studio)[-1]["reactions"]
    assert [(each["emoji"]["name"], each["me"]) for each in shown] == [("👍", False), ("🎉", True)]
    with world.subscribe() as feed:
        await client.text(studio).typing()
        assert (await anext(feed)).user == world.bot


async def test_people_are_held_to_their_own_limits(world: World):
    ben, ada, studio = world.person("Ben"), world.person("Ada"), world.channel("studio")
    said = world.say(ada, studio, "mine")
    for misuse in (
        lambda: world.say(ben, studio, " "),
        lambda: world.say(ben, studio, "x" * 2001),
        lambda: world.say(ben, studio, files=[Upload("x", b"")] * 11),
        lambda: world.say(ben, studio, files=[Upload("x", bytes((10 << 20) + 1))]),
        lambda: world.delete(ben, said),
    ):
        with pytest.raises(Misuse):
            misuse()
    world.delete(ada, world.say(ben, studio, "x" * 2000))
    assert [each["content"] for each in world.visible(ben, studio)] == ["mine"]
