"""What people type: the commands, told as stories against the playground."""

import io
from pathlib import Path

import pytest
from PIL import Image

from bot import intake
from bot.config import Limits
from bot.flags import FLAGS
from bot.playground import Playground
from bot.playground.attachments import Upload
from bot.playground.permissions import Permission
from tests.studio import CIRCLE, Studio, open_studio


def wide() -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise((80, 40), 50).save(buffer, "PNG")
    return buffer.getvalue()


def large() -> bytes:
    buffer = io.BytesIO()
    Image.new("1", (9000, 9000)).save(buffer, "PNG")
    return buffer.getvalue()


async def test_imagine_answers_with_a_place_in_line_and_then_with_pictures(studio: Studio) -> None:
    studio.backend.hold()
    asked = await studio.imagine(seed=7, count=4)
    live = await studio.live(asked)
    assert "Starting" in live.content or "Next in line" in live.content
    assert list(studio.keys(live)) == ["Cancel"]
    run = await studio.backend.next()
    assert (run.request.prompt, run.request.seed, run.request.count, run.request.steps) == (CIRCLE, 7, 4, 20)
    run.step(10)
    await studio.until(lambda: "50%" in live.content and "step 10 of 20" in live.content)
    run.finish()
    result = await studio.result()
    assert f"**{CIRCLE}** — <@{studio.ada.id}>" in result.content
    assert "mini · 128×128 · 20 steps · guidance 4 · Euler · seeds 7 to 10" in result.content
    assert result.mentions == [studio.ada.id]
    assert [file.description for file in result.attachments] == [f"{CIRCLE} ({n} of 4)" for n in (1, 2, 3, 4)]
    assert [*studio.keys(result)] == [
        "V1", "V2", "V3", "V4", "🔄", "V1 strong", "V2 strong", "V3 strong", "V4 strong",
        "U1", "U2", "U3", "U4", "Remix", "Delete",
    ]  # fmt: skip
    await studio.until(lambda: live.id not in studio.world.messages)


async def test_flags_and_options_make_the_same_request(studio: Studio) -> None:
    await studio.imagine(f'{CIRCLE} --ar 3:2 --no dogs --seed 7 --steps 30 --cfg 5 --n 2 --sampler "euler a"')
    options = {"aspect": "3:2", "negative_prompt": "dogs", "steps": 30, "guidance": 5, "count": 2, "sampler": "Euler a"}
    await studio.imagine(seed=7, **options)
    first, second = await studio.backend.next(), await studio.backend.next()
    assert first.request == second.request
    assert (first.request.width, first.request.height, first.request.negative) == (160, 104, "dogs")


async def test_a_refused_prompt_is_repeated_to_be_copied(studio: Studio) -> None:
    refusal = studio.answer(await studio.imagine("a long and ```careful``` text --steps many")).content
    assert refusal.endswith("\n```\na long and '''careful''' text --steps many\n```")
    assert len(studio.answer(await studio.imagine("x" * 6000)).content) <= 2000


@pytest.mark.parametrize(
    ("prompt", "mend"), [("a cat --sede 7", "Did you mean `--seed 7`?"), (" ", "The prompt is empty")]
)
async def test_a_mistake_is_told_privately_and_nothing_is_made(studio: Studio, prompt: str, mend: str) -> None:
    asked = await studio.imagine(prompt)
    assert mend in studio.answer(asked).content
    assert studio.answer(asked).viewer == studio.ada.id
    assert studio.backend.runs == []


async def test_notes_are_told_privately(studio: Studio) -> None:
    await studio.imagine("a red zeppelin")
    assert "zeppelin" in await studio.told()
    await studio.imagine(f"{CIRCLE} --no dogs", model="turbo", user=studio.ben)
    assert "turbo draws in a few steps and ignores the negative prompt" in await studio.told(studio.ben)


async def test_the_model_is_suggested_from_the_registry(studio: Studio) -> None:
    suggest = studio.world.autocomplete(studio.ada, studio.channel, "imagine", {"model": "buil"}, "model")
    assert await suggest == [{"name": "mini — built in", "value": "mini"}]


async def test_an_attached_image_is_drawn_over_in_its_shape(studio: Studio) -> None:
    image = Upload("photo.png", wide())
    await studio.imagine("at night", image=image, strength=0.5)
    run = await studio.backend.next()
    assert (run.request.width, run.request.height, run.request.strength) == (184, 88, 0.5)
    assert run.source == await studio.client.images.open(run.request.source)
    assert "grown from a picture that was sent" in (await studio.result()).content


@pytest.mark.parametrize(
    ("upload", "mend"),
    [
        (Upload("cat.png", b"no picture at all", content_type="image/png"), "cannot be opened as a picture"),
        (Upload("cat.png", wide()[:200], content_type="image/png"), "is damaged"),
        (Upload("big.png", large(), content_type="image/png"), "too large (9000×9000); send one of at most 64 megapix"),
        (Upload("notes.txt", b"words", content_type="text/plain"), "is no picture"),
    ],
)
async def test_a_file_that_is_no_picture_is_answered_in_words(studio: Studio, upload: Upload, mend: str) -> None:
    asked = await studio.imagine("at night", image=upload)
    assert mend in studio.answer(asked).content
    assert studio.answer(asked).viewer == studio.ada.id


async def test_the_queue_names_who_waits_and_cancels_ones_own(studio: Studio) -> None:
    studio.backend.hold()
    for _ in range(9):  # eight at once are developed
        await studio.imagine("a red circle", user=studio.ben)
    lives = [await studio.live(await studio.imagine(words)) for words in ("a blue square", "a green star")]
    queue = studio.answer(await studio.command("queue"))
    assert f"<@{studio.ben.id}>" in queue.content
    assert "a blue square" in queue.content
    assert "a red circle" not in queue.content
    mine = [job.id for job in await studio.client.jobs.mine(studio.ada.id)]
    await studio.choose(queue, mine[0])
    await studio.until(lambda: "Cancelled" in lives[0].content)
    await studio.press(queue, "Cancel all of mine")
    await studio.until(lambda: "Cancelled" in lives[1].content)
    assert "None of them is yours" in queue.content
    assert len(await studio.client.jobs.mine(studio.ben.id)) == 9


async def test_an_empty_queue_says_so(studio: Studio) -> None:
    assert "Nobody is waiting" in studio.answer(await studio.command("queue")).content


async def test_the_history_is_private_paged_and_searched(studio: Studio) -> None:
    for number in range(7):
        await studio.imagine(f"a {'red' if number % 2 else 'blue'} circle --n 1 --seed {number}")
    await studio.result(7)
    await studio.imagine("a white cloud --n 1", user=studio.ben)
    await studio.result(8)
    page = studio.answer(await studio.command("history"))
    assert page.viewer == studio.ada.id
    assert "1 to 5 of 7" in page.content
    assert "cloud" not in page.content
    assert len(page.attachments) == 5
    await studio.press(page, "Older")
    assert "6 to 7 of 7" in page.content
    assert len(page.attachments) == 2
    await studio.press(page, "Newer")
    form = await studio.press(page, "Search")
    await studio.submit(form, {"search": 'red: "circle"'})
    assert "1 to 3 of 3" in page.content
    await studio.command("history", search="cloud")
    assert "Nothing found" in await studio.told()


async def test_a_picture_of_the_history_has_its_keys_and_is_posted_again(studio: Studio) -> None:
    await studio.imagine(f"{CIRCLE} --n 2 --seed 7")
    await studio.result()
    page = studio.answer(await studio.command("history"))
    await studio.press(page, "2")
    assert "seed 8" in page.content
    assert {"Vary subtle", "Re-roll", "Upscale subtle", "⬅️", "Remix", "Delete", "Post here", "Back"} < set(
        studio.keys(page)
    )
    await studio.press(page, "Post here")
    posted = await studio.result(2)
    assert [file.filename for file in posted.attachments] == ["darkroom-1-2.png"]
    assert posted.mentions == []
    assert {"Upscale creative", "Zoom out 2×", "Remix"} < set(studio.keys(posted))
    await studio.press(posted, "Vary strong")
    await studio.result(3)
    await studio.press(page, "Back")
    assert "of 4" in page.content


async def test_help_has_every_flag(studio: Studio) -> None:
    answer = studio.answer(await studio.command("help"))
    assert answer.viewer == studio.ada.id
    assert all(flag.usage(studio.client.registry[""]) in answer.content for flag in FLAGS)
    listed = await studio.until(lambda: studio.private()[1:])
    assert "lighthouse" in listed[0].content
    assert len(listed) == 1


async def test_a_full_line_is_refused_in_words(playground: Playground, tmp_path: Path) -> None:
    async with open_studio(playground, tmp_path, limits=Limits(waiting_per_person=1)) as studio:  # pyright: ignore[reportCallIssue]
        studio.backend.hold()
        await studio.imagine()
        refused = studio.answer(await studio.imagine())
        assert "in line" in refused.content
        assert refused.viewer == studio.ada.id


async def test_a_slow_answer_is_acknowledged_in_time_and_a_late_refusal_stays_private(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "PATIENCE", 0.0)
    result = await studio.imagine()
    assert "Cancel" in studio.keys(studio.answer(result))
    broken = Upload("cat.png", b"no picture at all", content_type="image/png")
    refused = await studio.imagine("at night", user=studio.ben, image=broken)
    assert "cannot be opened" in await studio.told(studio.ben)
    assert refused.original not in studio.world.messages


async def test_a_missing_permission_is_named_before_anything_is_made(studio: Studio) -> None:
    studio.channel.overwrites[studio.world.bot.id] = 0, int(Permission.ATTACH_FILES)
    assert "“Attach Files”" in studio.answer(await studio.imagine()).content
    assert studio.backend.runs == []
