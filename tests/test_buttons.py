"""What people click: the keys under messages and the forms that they open, against the playground."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot import albums, keys, messages
from bot.buttons import ACTIONS
from bot.playground import Playground, World
from bot.playground.interactions import Interaction, State
from bot.playground.messages import Message
from diffusion.request import Reference, Request
from tests.backend import noise, picture
from tests.studio import CIRCLE, Studio, open_studio

ASKED = Request(prompt=CIRCLE, model="mini", width=128, height=128, steps=20, guidance=4.0, sampler="DDIM", seed=7)


async def drawn(studio: Studio, prompt: str = f"{CIRCLE} --seed 7 --n 4") -> Message:
    """A first result."""
    await studio.imagine(prompt)
    await studio.backend.next()
    return await studio.result()


def words_of(form: Interaction) -> str:
    assert form.modal is not None
    return form.modal["components"][0]["component"]["value"]


def hint_of(form: Interaction) -> str:
    assert form.modal is not None
    return form.modal["components"][0]["description"]


async def test_a_variation_turns_the_noise_of_that_picture(studio: Studio) -> None:
    first = await drawn(studio)
    await studio.press(first, "V2", user=studio.ben)
    request = (await studio.backend.next()).request
    assert (request.seed, request.variation, request.count, request.prompt) == (8, 0.15, 4, CIRCLE)
    result = await studio.result(2)
    assert f"— <@{studio.ben.id}>" in result.content
    assert f"subtle variation of [#2 of “{CIRCLE}”](https://discord.com/channels/" in result.content
    assert f"/{first.id})" in result.content


async def test_a_strong_variation_of_a_variation_draws_over_the_picture(studio: Studio) -> None:
    await studio.press(await drawn(studio), "V3 strong")
    assert (await studio.backend.next()).request.variation == 0.5
    await studio.press(await studio.result(2), "V1 strong")
    run = await studio.backend.next()
    assert (run.request.variation, run.request.strength) == (0.0, 0.7)
    assert run.source == await studio.client.images.open(run.request.source)
    assert "strong variation of [#1" in (await studio.result(3)).content


async def test_a_variation_of_a_picture_that_followed_another_one_follows_it_too(studio: Studio) -> None:
    client, house = studio.client, picture(replace(ASKED, prompt="a house"))
    followed = Reference("canny", await client.images.save(house), 0.7)
    made = replace(ASKED, references=(followed,))
    job = await client.jobs.submit(made, user=studio.ada.id, channel=studio.channel.id, guild=client.guilds[0].id)
    await client.jobs.set_message(job.id, (await client.get_partial_messageable(studio.channel.id).send("…")).id)
    client.dispatcher.wake()
    await studio.backend.next()
    await studio.press(await studio.result(), "Vary strong")
    run = await studio.backend.next()
    assert (run.request.variation, run.request.references) == (0.5, (followed,))
    assert run.pictures == {followed.picture: await client.images.open(followed.picture)}


async def test_a_variation_says_what_its_picture_was_drawn_with_and_a_reroll_draws_anew(studio: Studio) -> None:
    words = "a {red|blue} circle"

    def painted(request: Request, index: int) -> bytes:
        return picture(
            replace(request.alone(index), prompt=request.prompt.replace("{red|blue}", ["red", "blue"][index]))
        )

    studio.backend.draw = painted
    first = await drawn(studio, f"{words} --n 2")
    await studio.press(first, "V2")
    assert (await studio.backend.next()).request.prompt == "a blue circle"
    await studio.press(first, "🔄")
    assert (await studio.backend.next()).request.prompt == words
    assert f"**a {{red\\|blue}} circle** — <@{studio.ada.id}>\n-# drawn: #1 red · #2 blue\n" in first.content
    assert [file.description for file in first.attachments] == ["a red circle (1 of 2)", "a blue circle (2 of 2)"]
    assert "drawn:" not in (await studio.result(2)).content
    await studio.result(3)
    page = studio.answer(await studio.command("history", search="circle")).content
    assert "` a red circle · re-roll · " in page
    assert "` a blue circle · subtle variation · " in page


async def test_a_reroll_is_the_same_with_another_seed(studio: Studio) -> None:
    first = await drawn(studio)
    await studio.press(first, "🔄")
    request = (await studio.backend.next()).request
    assert request.seed != 7
    assert (request.prompt, request.count, request.variation) == (CIRCLE, 4, 0.0)
    assert "re-roll of" in (await studio.result(2)).content


async def test_a_single_picture_has_keys_in_words(studio: Studio) -> None:
    result = await drawn(studio, f"{CIRCLE} --n 1 --ar 3:2")
    assert [*studio.keys(result)] == [
        "Vary subtle", "Vary strong", "Re-roll", "Upscale subtle", "Upscale creative", "Zoom out 1.5×", "Zoom out 2×",
        "⬅️", "⬆️", "⬇️", "➡️", "Make square", "Remix", "Delete",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "wanted", "words"),
    [
        ("Upscale subtle", {"upscale": True, "width": 256, "strength": 0.18}, "subtle upscale of"),
        ("Upscale creative", {"upscale": True, "height": 256, "strength": 0.38}, "creative upscale of"),
        ("Zoom out 2×", {"frame": (32, 32, 64, 64)}, "zoomed out 2× from"),
        ("Zoom out 1.5×", {"frame": (21, 21, 85, 85)}, "zoomed out 1.5× from"),
        ("⬅️", {"frame": (64, 0, 128, 128)}, "panned left from"),
        ("➡️", {"frame": (-64, 0, 128, 128)}, "panned right from"),
        ("⬆️", {"frame": (0, 64, 128, 128)}, "panned up from"),
        ("⬇️", {"frame": (0, -64, 128, 128)}, "panned down from"),
    ],
)
async def test_more_is_made_of_a_picture(studio: Studio, key: str, wanted: dict[str, object], words: str) -> None:
    await studio.press(await drawn(studio, f"{CIRCLE} --seed 7 --n 1"), key)
    run = await studio.backend.next()
    assert {name: getattr(run.request, name) for name in wanted} == wanted
    assert run.source == await studio.client.images.open(run.request.source)
    assert words in (await studio.result(2)).content


async def test_a_picture_of_several_is_upscaled_and_varied_again(studio: Studio) -> None:
    await studio.press(await drawn(studio), "U3")
    run = await studio.backend.next()
    assert (run.request.width, run.request.upscale, run.request.count) == (256, True, 1)
    await studio.press(await studio.result(2), "Vary subtle")
    again = (await studio.backend.next()).request
    assert (again.width, again.upscale, again.strength) == (256, True, 0.3)


async def test_only_what_is_no_square_is_made_one(studio: Studio) -> None:
    assert "Make square" not in studio.keys(await drawn(studio, f"{CIRCLE} --n 1"))
    await studio.imagine(f"{CIRCLE} --ar 2:1 --n 1")
    await studio.backend.next()
    await studio.press(await studio.result(2), "Make square")
    assert (await studio.backend.next()).request.frame == (0, 33, 128, 61)


async def test_a_remix_begins_with_the_whole_prompt(studio: Studio) -> None:
    form = await studio.press(await drawn(studio, f"{CIRCLE} --seed 7 --n 2 --no dogs"), "Remix")
    assert form.modal is not None
    text = form.modal["components"][0]["component"]["value"]
    assert text == f"{CIRCLE} --no dogs --n 2 --seed 7"
    await studio.submit(form, {"prompt": text.replace("red", "green")})
    request = (await studio.backend.next()).request
    assert (request.prompt, request.seed) == (CIRCLE.replace("red", "green"), 7)
    assert "remix of" in (await studio.result(2)).content


async def test_a_remix_of_an_upscale_begins_with_what_was_asked_for(studio: Studio) -> None:
    await studio.press(await drawn(studio, f"{CIRCLE} --seed 7 --n 2"), "U2")
    await studio.press(await studio.result(2), "Vary subtle")
    for _ in range(2):
        await studio.backend.next()
    for number in (2, 3):
        form = await studio.press(await studio.result(number), "Remix")
        assert words_of(form) == f"{CIRCLE} --n 1 --seed 8"
        assert "composition" in hint_of(form)
    await studio.submit(form, {"prompt": f"{CIRCLE} --n 1 --seed 8"})
    request = (await studio.backend.next()).request
    assert (request.source, request.width, request.guidance, request.upscale) == ("", 128, 4.0, False)


async def test_a_remix_of_an_upscale_whose_picture_is_gone_has_its_words(studio: Studio) -> None:
    await studio.press(await drawn(studio, f"{CIRCLE} --n 1"), "Upscale creative")
    upscale = await studio.result(2)
    await studio.client.history.forget([each.id for each in await studio.client.history.of_job(1)])
    form = await studio.press(upscale, "Remix")
    assert words_of(form).startswith(f"{CIRCLE} --n 1 --seed ")


async def test_a_remix_says_that_it_draws_over_a_picture(studio: Studio) -> None:
    first = await drawn(studio, f"{CIRCLE} --n 1")
    studio.world.say(studio.ada, studio.channel, "a blue square --seed 5", reply_to=first)
    await studio.backend.next()
    form = await studio.press(await studio.result(2), "Remix")
    assert words_of(form) == "a blue square --n 1 --strength 0.6 --seed 5"
    assert "drawn over the same picture" in hint_of(form)


async def test_a_remix_of_a_zoom_draws_around_the_same_picture(studio: Studio) -> None:
    await studio.press(await drawn(studio, f"{CIRCLE} --n 1"), "Zoom out 2×")
    zoomed = (await studio.backend.next()).request
    form = await studio.press(await studio.result(2), "Remix")
    assert "around it is drawn anew" in hint_of(form)
    await studio.submit(form, {"prompt": "a blue square --strength 0.7"})
    request = (await studio.backend.next()).request
    assert (request.prompt, request.frame, request.source) == ("a blue square", zoomed.frame, zoomed.source)
    await studio.submit(form, {"prompt": "a blue square --ar 3:2"})
    assert (await studio.backend.next()).request.frame == ()
    assert "not around it" in await studio.told()


async def test_a_mistake_in_a_remix_is_told_privately(studio: Studio) -> None:
    form = await studio.press(await drawn(studio), "Remix")
    await studio.submit(form, {"prompt": "x --steps many"})
    assert "`--steps` wants a whole number" in await studio.told()


async def test_a_refused_remix_can_be_opened_again_as_it_was_typed(
    playground: Playground, world: World, tmp_path: Path
) -> None:
    async with open_studio(playground, tmp_path) as before:
        form = await before.press(await drawn(before), "Remix")
        await before.submit(form, {"prompt": "a long and careful text --steps many"})
        refusal = (await before.until(before.private))[-1]
    async with open_studio(playground, tmp_path) as after:
        again = await after.press(refusal, "Change what I typed")
        assert again.modal is not None
        assert again.modal["components"][0]["component"]["value"] == "a long and careful text --steps many"
        await after.submit(again, {"prompt": "a long and careful text --steps 9"})
        request = (await after.backend.next()).request
        assert (request.prompt, request.steps) == ("a long and careful text", 9)
        other = await after.press(await after.result(2), "Remix")
        await after.submit(other, {"prompt": "a blue square"})
        await after.press(refusal, "Change what I typed")
        assert "not kept" in await after.told()


async def test_a_refused_reimagine_can_be_opened_again_as_it_was_typed(studio: Studio) -> None:
    form = await studio.reimagine(await drawn(studio))
    typed = {"prompt": "at night", "strength": "lots", "pick": "3"}
    await studio.submit(form, typed)
    refusal = (await studio.until(studio.private))[-1]
    again = await studio.press(refusal, "Change what I typed")
    assert again.modal is not None
    fields = [label["component"] for label in again.modal["components"]]
    assert {field["custom_id"]: field["value"] for field in fields} == typed
    await studio.submit(again, typed | {"strength": "0.5"})
    assert (await studio.backend.next()).request.strength == 0.5


async def test_delete_asks_first_and_then_forgets_everything(studio: Studio) -> None:
    result = await drawn(studio)
    await studio.until(lambda: len(studio.world.messages) == 1)  # the live message goes last
    pictures = await studio.client.history.of_message(result.id)
    await studio.press(result, "Delete")
    question = studio.private()[-1]
    assert "Delete all 4 pictures" in question.content
    await studio.press(question, "Keep")
    assert result.id in studio.world.messages
    await studio.press(result, "Delete")
    await studio.press(studio.private()[-1], "Delete for good")
    assert result.id not in studio.world.messages
    assert await studio.client.history.count(studio.ada.id) == 0
    assert not studio.client.images.path(pictures[0].sha256).exists()


async def test_deleting_what_was_posted_in_the_meantime_removes_its_message_too(studio: Studio) -> None:
    """It was asked for from the history, before the picture was posted."""
    result = await drawn(studio)
    await studio.until(lambda: len(studio.world.messages) == 1)
    job = await studio.client.jobs.one(1)
    assert job
    await albums.erase(studio.client, replace(job, result_message=0))
    assert result.id not in studio.world.messages


async def test_delete_removes_all_messages_of_a_result_that_was_split(studio: Studio) -> None:
    studio.client.dispatcher.delivery.request_bytes = 120_000
    studio.backend.draw = noise
    result = await drawn(studio)
    await studio.until(lambda: len(studio.world.messages) == 2)  # two pictures a message, and the live one is gone
    await drawn(studio)
    await studio.until(lambda: len(studio.world.messages) == 4)
    await studio.press(result, "Delete")
    await studio.press(studio.private()[-1], "Delete for good")
    left = {file.filename for message in studio.world.messages.values() for file in message.attachments}
    assert left == set(messages.names(2, [".png"] * 4))


async def test_keys_of_deleted_pictures_answer_in_words(studio: Studio) -> None:
    first = await drawn(studio)
    await studio.press(first, "V1")
    second = await studio.result(2)
    job = (await studio.client.history.of_message(first.id))[0]
    await studio.client.history.forget([each.id for each in await studio.client.history.of_job(job.job)])
    for label in ("V1", "🔄", "Remix", "Delete"):
        await studio.press(first, label)
        assert "deleted" in await studio.told()
    await studio.press(second, "🔄")
    await studio.result(3)


async def test_only_the_owner_or_a_moderator_cancels_and_deletes(studio: Studio) -> None:
    studio.backend.hold()
    live = await studio.live(await studio.imagine(user=studio.ben))
    cleo = studio.world.person("Cleo")
    await studio.press(live, "Cancel", user=cleo)
    assert "belongs to somebody else" in await studio.told(cleo)
    await studio.press(live, "Cancel")  # Ada owns the server
    await studio.until(lambda: "Cancelled" in live.content)
    assert list(studio.keys(live)) == ["Try again"]


async def test_a_cancelled_job_can_be_tried_again(studio: Studio) -> None:
    studio.backend.hold()
    live = await studio.live(await studio.imagine(f"{CIRCLE} --seed 7"))
    await studio.press(live, "Cancel")
    await studio.until(lambda: "Try again" in studio.keys(live))
    await studio.backend.next()
    await studio.press(live, "Try again")
    assert (await studio.backend.next()).request.seed == 7


async def test_a_model_that_is_gone_is_named(studio: Studio) -> None:
    result = await drawn(studio, f"{CIRCLE} --model turbo")
    studio.client.registry = type(studio.client.registry)({"mini": studio.client.registry["mini"]}, "mini")
    await studio.press(result, "🔄")
    assert "“turbo” is not here any more" in await studio.told()
    form = await studio.press(result, "Remix")
    assert form.state is State.MODAL
    assert "turbo" not in str(form.modal)


async def test_keys_and_forms_from_before_a_restart_work(playground: Playground, world: World, tmp_path: Path) -> None:
    async with open_studio(playground, tmp_path) as before:
        result = await drawn(before)
        form = await before.press(result, "Remix")
    async with open_studio(playground, tmp_path) as after:
        await after.submit(form, {"prompt": "a blue square"})
        assert (await after.backend.next()).request.prompt == "a blue square"
        await after.press(result, "V4")
        await after.result(3)


async def test_a_bug_shows_a_code_and_no_more(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    result = await drawn(studio)
    monkeypatch.setattr(studio.client.history, "picture", None)
    await studio.press(result, "V1")
    assert "Something broke" in await studio.told()


def test_every_key_has_an_action_and_fits_into_discords_limits() -> None:
    most = 2**63
    rows = (
        *keys.cancel(most), *keys.again(most), *keys.confirm_delete(most), *keys.results(most, [most]),
        *keys.results(most, [most, most + 1, most + 2, most + 3]), *keys.shown(most, most, most, "x" * 60),
        *keys.pages([1, 2, 3, 4, 5], 5, 20, 5, "x" * 60), *keys.reopen(f"reimagine:{most}"),
    )  # fmt: skip
    for row in rows:
        assert isinstance(row, tuple)
        assert len(row) <= 5
        assert all(len(key.custom_id) <= 100 for key in row)
        assert {key.custom_id.split(":")[1] for key in row} <= ACTIONS.keys()


def test_a_search_with_colons_survives_its_key() -> None:
    (_, turning) = keys.pages([1], 5, 20, 5, "a: b:c")
    assert isinstance(turning, tuple)
    newer = turning[0]
    assert keys.values(newer.custom_id.removeprefix("darkroom:history"), 2) == ["0", "a: b:c"]
