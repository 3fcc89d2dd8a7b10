"""Messages to the bot: replies to pictures, mentions, and the context menu for what Discord does not show."""

import asyncio
import io

import discord
import pytest
from PIL import Image

from bot.playground import Playground
from bot.playground.attachments import Upload
from bot.playground.faults import Slow
from bot.playground.interactions import State
from bot.playground.messages import Message
from bot.playground.people import User
from bot.playground.permissions import Permission
from bot.reimagine import NOTE
from diffusion import metadata
from diffusion.request import Request
from storage.jobs import State as JobState
from tests.studio import CIRCLE, Studio


def photo(size: tuple[int, int] = (90, 60), **save: object) -> Upload:
    buffer = io.BytesIO()
    Image.effect_noise(size, 50).save(buffer, "PNG", **save)  # pyright: ignore[reportArgumentType]
    return Upload("photo.png", buffer.getvalue(), content_type="image/png")


async def drawn(studio: Studio, prompt: str = f"{CIRCLE} --seed 7 --n 2 --steps 30 --no dogs --ar 3:2") -> Message:
    await studio.imagine(prompt)
    await studio.backend.next()
    return await studio.result()


async def answer_to(studio: Studio, message: Message) -> str:
    """The bot's reply to a message."""

    def found() -> str | None:
        replies = [each for each in studio.world.messages.values() if each.reply_to == message.id]
        return replies[-1].content if replies else None

    return (await studio.until(found)) or ""


async def test_a_reply_to_a_result_draws_over_it_with_its_settings(studio: Studio) -> None:
    first = await drawn(studio)
    studio.world.say(studio.ben, studio.channel, "a blue square --pick 2", reply_to=first)
    run = await studio.backend.next()
    request = run.request
    assert (request.prompt, request.negative, request.steps, request.count) == ("a blue square", "dogs", 30, 2)
    assert (request.width, request.height, request.strength) == (160, 104, 0.6)
    assert run.source == await studio.client.images.open((await studio.client.history.of_job(1))[1].sha256)
    result = await studio.result(2)
    assert "drawn from [#2" in result.content
    assert result.mentions == [studio.ben.id]


async def test_a_reply_to_an_upscale_is_drawn_at_the_trained_size_of_its_shape(studio: Studio) -> None:
    await studio.press(await drawn(studio, f"{CIRCLE} --ar 3:2"), "U1")
    assert (await studio.backend.next()).request.width == 320
    studio.world.say(studio.ben, studio.channel, "at night", reply_to=await studio.result(2))
    request = (await studio.backend.next()).request
    assert (request.width, request.height, request.guidance) == (160, 104, 4.0)


async def test_without_a_pick_the_first_is_taken_and_said(studio: Studio) -> None:
    first = await drawn(studio)
    said = studio.world.say(studio.ben, studio.channel, "at night --strength 0.3", reply_to=first)
    run = await studio.backend.next()
    assert run.source == await studio.client.images.open((await studio.client.history.of_job(1))[0].sha256)
    assert run.request.strength == 0.3
    await studio.until(
        lambda: any("`--pick 2`" in each.content for each in studio.world.messages.values() if each.reply_to == said.id)
    )


async def test_a_result_of_a_history_before_this_one_is_taken_as_it_is(studio: Studio) -> None:
    """With a new database the numbers in the names of files begin anew."""
    upload = photo()
    channel = studio.client.get_partial_messageable(studio.channel.id)
    old = await channel.send(file=discord.File(io.BytesIO(upload.data), "darkroom-1-1.png"))
    await drawn(studio)
    await studio.result(2)
    studio.world.say(studio.ben, studio.channel, "at night", reply_to=studio.world.messages[old.id])
    run = await studio.backend.next()
    assert run.source != await studio.client.images.open((await studio.client.history.of_job(1))[0].sha256)


async def test_a_reply_without_ping_is_not_for_the_bot(studio: Studio) -> None:
    first = await drawn(studio)
    studio.world.say(studio.ben, studio.channel, "lovely", reply_to=first, ping=False)
    studio.world.say(studio.ben, studio.channel, "a blue square", reply_to=first)
    assert (await studio.backend.next()).request.prompt == "a blue square"


async def test_a_mention_with_a_picture_draws_over_it(studio: Studio) -> None:
    studio.world.say(studio.ada, studio.channel, f"<@{studio.world.bot.id}> at night --n 1", files=[photo()])
    run = await studio.backend.next()
    assert (run.request.prompt, run.request.width, run.request.height) == ("at night", 160, 104)
    assert Image.open(io.BytesIO(run.source)).size == (90, 60)


async def test_a_mention_in_reply_to_a_strangers_picture(studio: Studio) -> None:
    shown = studio.world.say(studio.ben, studio.channel, "look", files=[photo()])
    said = studio.world.say(studio.ada, studio.channel, f"<@{studio.world.bot.id}> at night", reply_to=shown)
    assert "Reimagine" in await answer_to(studio, said)  # Discord hides the attachments of others from bots


@pytest.mark.parametrize(
    ("words", "wanted", "says"),
    [
        ("upscale", {"upscale": True, "strength": 0.18}, "subtle upscale of"),
        ("Upscale it creative, please!", {"upscale": True, "strength": 0.38}, "creative upscale of"),
        ("zoom out", {"frame": (32, 32, 64, 64)}, "zoomed out 2×"),
        ("Zoom out 1.5×", {"frame": (21, 21, 85, 85)}, "zoomed out 1.5×"),
        ("pan left", {"frame": (64, 0, 128, 128)}, "panned left"),
        ("vary", {"variation": 0.15, "seed": 7}, "subtle variation of"),
        ("v1 strong", {"variation": 0.5, "seed": 7}, "strong variation of"),
        ("re-roll", {"variation": 0.0, "source": ""}, "re-roll of"),
    ],
)
async def test_a_reply_that_is_a_buttons_name_presses_it(
    studio: Studio, words: str, wanted: dict[str, object], says: str
) -> None:
    first = await drawn(studio, f"{CIRCLE} --seed 7 --n 1")
    studio.world.say(studio.ben, studio.channel, words, reply_to=first)
    request = (await studio.backend.next()).request
    assert {name: getattr(request, name) for name in wanted} == wanted
    assert request.prompt == CIRCLE
    result = await studio.result(2)
    assert says in result.content
    assert result.mentions == [studio.ben.id]


async def test_a_buttons_name_is_for_one_picture_of_several(studio: Studio) -> None:
    first = await drawn(studio, f"{CIRCLE} --seed 7 --n 4")
    for words in ("u3", "upscale --pick 3"):
        studio.world.say(studio.ben, studio.channel, words, reply_to=first)
        run = await studio.backend.next()
        assert run.request.upscale
        assert run.source == await studio.client.images.open((await studio.client.history.of_job(1))[2].sha256)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("upscale", "one of those 2 pictures"),
        ("u7", "leads nowhere"),
        ("remix", "press **Remix**"),
        ("make square", "one of those 2 pictures"),
        ("make square --pick 1 --steps 9", "no flags but `--pick`"),
    ],
)
async def test_a_buttons_name_that_is_not_clear_leads_to_the_button(studio: Studio, words: str, answer: str) -> None:
    first = await drawn(studio)
    assert answer in await answer_to(studio, studio.world.say(studio.ben, studio.channel, words, reply_to=first))
    assert len(studio.backend.runs) == 1


async def test_a_buttons_name_without_a_picture_of_ours_is_no_prompt(studio: Studio) -> None:
    bot = studio.world.bot.id
    sent = studio.world.say(studio.ada, studio.channel, f"<@{bot}> zoom out", files=[photo()])
    assert "pictures that I made" in await answer_to(studio, sent)
    alone = studio.world.say(studio.ada, studio.channel, f"<@{bot}> upscale")
    assert "reply to one" in await answer_to(studio, alone)
    studio.world.say(studio.ada, studio.channel, f"<@{bot}> upscale factory")
    assert (await studio.backend.next()).request.prompt == "upscale factory"


async def test_the_pictures_own_text_hands_its_settings_down(studio: Studio) -> None:
    request = Request(
        prompt=CIRCLE, model="mini", width=96, height=96, steps=33, guidance=6.0, sampler="Heun", seed=1
    )  # fmt: skip
    png = metadata.write(Image.new("RGB", (96, 96), "red"), request)
    studio.world.say(
        studio.ada, studio.channel, f"<@{studio.world.bot.id}> a blue square", files=[Upload("x.png", png)]
    )
    made = (await studio.backend.next()).request
    assert (made.steps, made.guidance, made.sampler, made.width) == (33, 6.0, "Heun", 96)


async def test_words_alone_after_a_mention_are_a_prompt(studio: Studio) -> None:
    studio.world.say(studio.ada, studio.channel, f"<@{studio.world.bot.id}> {CIRCLE} --seed 3")
    assert (await studio.backend.next()).request.prompt == CIRCLE


async def test_words_that_the_model_does_not_know_are_named_shortly_in_public_and_explained_in_private(
    studio: Studio,
) -> None:
    said = studio.world.say(studio.ada, studio.channel, f"<@{studio.world.bot.id}> now a zebra please")
    await studio.backend.next()
    lesson = "-# This small model does not know “zebra” (nearest: elephant)."
    await studio.until(
        lambda: [
            each.content
            for each in studio.world.messages.values()
            if each.reply_to == said.id and each.content == lesson
        ]
    )
    await studio.imagine("a zebra")
    assert "does not know “zebra” (nearest: elephant).\nIt knows 80 things" in await studio.told()


async def test_direct_messages_need_no_mention(studio: Studio) -> None:
    studio.world.say(studio.ada, studio.world.dm(studio.ada), CIRCLE)
    await studio.backend.next()
    result = await studio.result()
    studio.world.say(studio.ada, studio.world.dm(studio.ada), "a blue square", reply_to=result)
    assert (await studio.backend.next()).request.source


async def test_a_bare_mention_is_answered_with_help(studio: Studio) -> None:
    said = studio.world.say(studio.ada, studio.channel, f"<@{studio.world.bot.id}>")
    assert "`/imagine` a prompt" in await answer_to(studio, said)


@pytest.mark.parametrize(
    ("words", "mend"), [("at night --pick 3", "There are 2 pictures"), ("at night --sede 3", "`--seed 7`")]
)
async def test_a_mistake_in_a_reply_is_answered_in_words(studio: Studio, words: str, mend: str) -> None:
    first = await drawn(studio)
    said = studio.world.say(studio.ada, studio.channel, words, reply_to=first)
    assert mend in await answer_to(studio, said)


async def test_a_reply_to_a_message_without_a_picture_is_answered_in_words(studio: Studio) -> None:
    bare = studio.world.say(studio.ada, studio.channel, f"<@{studio.world.bot.id}>")
    await answer_to(studio, bare)
    help = next(each for each in studio.world.messages.values() if each.reply_to == bare.id)
    said = studio.world.say(studio.ada, studio.channel, "thanks", reply_to=help)
    assert "no picture in that message" in await answer_to(studio, said)


async def test_where_the_bot_may_not_write_it_stays_silent(studio: Studio, caplog: pytest.LogCaptureFixture) -> None:
    studio.channel.overwrites[studio.world.bot.id] = 0, int(Permission.SEND_MESSAGES)
    studio.world.say(studio.ada, studio.channel, f"<@{studio.world.bot.id}> {CIRCLE}")
    studio.world.say(studio.ada, studio.world.dm(studio.ada), "a blue square")
    assert (await studio.backend.next()).request.prompt == "a blue square"
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_reimagine_takes_a_strangers_picture(studio: Studio) -> None:
    shown = studio.world.say(studio.ben, studio.channel, "look", files=[photo()])
    form = await studio.reimagine(shown)
    assert form.state is State.MODAL
    await studio.submit(form, {"prompt": "at night --n 1", "strength": "40%"})
    run = await studio.backend.next()
    assert (run.request.prompt, run.request.strength, run.request.width) == ("at night", 0.4, 160)
    await studio.result()


async def test_reimagine_takes_one_of_the_bots_own_pictures(studio: Studio) -> None:
    form = await studio.reimagine(await drawn(studio))
    await studio.submit(form, {"prompt": "a blue square", "pick": "2"})
    run = await studio.backend.next()
    assert run.source == await studio.client.images.open((await studio.client.history.of_job(1))[1].sha256)
    assert "reimagined from [#2" in (await studio.result(2)).content


async def test_a_form_keeps_its_picture_though_somebody_else_lets_go_of_the_same(studio: Studio) -> None:
    shown, other = (studio.world.say(studio.ben, studio.channel, "look", files=[photo()]) for _ in range(2))
    form = await studio.reimagine(shown, user=studio.ben)
    await fetched(studio, shown, studio.ben)
    await studio.reimagine(shown)
    await fetched(studio, shown, studio.ada)
    await studio.submit(await studio.reimagine(other), {"prompt": "by day"})
    await studio.result()
    await studio.submit(form, {"prompt": "at night"}, user=studio.ben)
    assert "at night" in (await studio.result(2)).content


async def fetched(studio: Studio, shown: Message, user: User) -> None:
    """Until the picture of the form that this person opened has arrived."""
    async with asyncio.timeout(10):
        while (await studio.client.settings.read("user", user.id, NOTE, {})).get("message") != shown.id:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_reimagine_refuses_what_is_no_picture(studio: Studio) -> None:
    words = studio.world.say(studio.ben, studio.channel, "look")
    await studio.reimagine(words)
    assert "no picture in that message" in await studio.told()
    broken = studio.world.say(
        studio.ben, studio.channel, "look", files=[Upload("x.png", b"none", content_type="image/png")]
    )
    await studio.submit(await studio.reimagine(broken), {"prompt": "at night"})
    assert "cannot be opened" in await studio.told()


async def test_what_people_write_cannot_mention_or_break_anything(studio: Studio) -> None:
    studio.world.say(studio.ben, studio.channel, f"<@{studio.world.bot.id}> `x` **@everyone** ||\\ https://a.b --n 1")
    result = await studio.result()
    assert r"**\`x\` \*\*\@everyone\*\* \|\|\\ https:\//a.b**" in result.content
    assert result.mentions == [studio.ben.id]
    assert not result.mention_everyone


async def test_a_message_that_is_deleted_before_the_answer_takes_its_request_back(
    studio: Studio, playground: Playground, caplog: pytest.LogCaptureFixture
) -> None:
    playground.faults.plan("POST", "/channels/*/messages", Slow(0.5))
    said = studio.world.say(studio.ben, studio.channel, f"<@{studio.world.bot.id}> {CIRCLE}")
    studio.world.delete(studio.ben, said)
    async with asyncio.timeout(5):
        while not (job := await studio.client.jobs.one(1)) or job.state is not JobState.CANCELLED:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert playground.refused.pop().code == 50035
    await asyncio.sleep(0.1)  # words about it would be said by now
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
