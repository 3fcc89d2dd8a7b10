"""The live message: the newest frame, not too often, and the true place in line."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot import messages
from bot.playground.faults import Broken, Reset
from diffusion.request import Progress
from storage.jobs import State
from tests.desk import REQUEST, Desk

JPEG = b"\xff\xd8 a preview"
EDITING = "/channels/*/messages/*"


def frame(done: int, preview: bytes = b"") -> Progress:
    return Progress(done=done, total=20, preview=preview)


async def claimed(desk: Desk):
    await desk.ask()
    job = await desk.jobs.claim()
    assert job
    return job


async def test_it_shows_the_step_and_the_preview(desk: Desk):
    job = await claimed(desk)
    async with desk.progress.follow(job) as show:
        show(frame(5, JPEG))
        await desk.until(lambda: "step 5 of 20" in desk.says(job))
    assert desk.previews(job) == [JPEG]


async def test_the_newest_frame_wins_and_keeps_the_newest_preview(desk: Desk):
    job = await claimed(desk)
    desk.progress.interval = 0.05
    with desk.edits(job) as texts:
        async with desk.progress.follow(job) as show:
            show(frame(1))
            await desk.until(lambda: "step 1 of" in desk.says(job))
            for done in range(2, 15):
                show(frame(done, JPEG if done == 8 else b""))
            await desk.until(lambda: "step 14 of" in desk.says(job))
    assert len(texts) == 2
    assert desk.previews(job) == [JPEG]


async def test_a_new_preview_takes_the_old_ones_place_and_stays_without_one(desk: Desk):
    job = await claimed(desk)
    async with desk.progress.follow(job) as show:
        for done, preview in enumerate((JPEG, JPEG + b"2", b""), 1):
            show(frame(done, preview))
            await desk.until(lambda: f"step {done} of" in desk.says(job))  # noqa: B023
    assert desk.previews(job) == [JPEG + b"2"]


async def test_edits_of_one_message_keep_their_distance(desk: Desk):
    job = await claimed(desk)
    desk.progress.interval = 60
    with desk.edits(job) as texts:
        async with desk.progress.follow(job) as show:
            show(frame(1))
            await desk.until(lambda: "step 1 of" in desk.says(job))
            show(frame(2))
            await asyncio.sleep(0.1)
    assert len(texts) == 1


async def test_an_edit_that_is_lost_costs_a_frame_and_nothing_more(desk: Desk):
    job = await claimed(desk)
    desk.playground.faults.plan("PATCH", EDITING, Reset())
    desk.playground.faults.plan("PATCH", EDITING, Broken(503))
    async with desk.progress.follow(job) as show:
        for done in (1, 2, 3):
            show(frame(done))
            await asyncio.sleep(0.1)
        await desk.until(lambda: "step 3 of" in desk.says(job))
    assert desk.playground.faults.left() == 0


async def test_a_message_that_somebody_deleted_is_let_go(desk: Desk):
    desk.backend.hold()
    async with desk.working():
        job = await desk.ask()
        run = await desk.backend.next()
        desk.world.remove(desk.world.messages[job.message])
        run.step(3)
        run.finish()
        await desk.until(desk.results)
        await desk.until_recorded(job)
    assert (await desk.now(job)).state is State.DONE


async def test_last_words_are_tried_again_until_they_arrive(desk: Desk):
    job = await claimed(desk)
    for fault in (Reset(), Broken(503)):
        desk.playground.faults.plan("PATCH", EDITING, fault)
    await desk.progress.end(job, messages.failed(job, "It was too dark."))
    assert "It was too dark." in desk.says(job)


async def test_nothing_is_drawn_over_the_last_words(desk: Desk):
    """A place in line that was still on its way when the job was cancelled."""
    job = await desk.ask()
    live = desk.progress._live(job)
    await desk.progress.end(job, messages.cancelled(job))
    await live.show(messages.waiting(job, None))
    assert "Cancelled" in desk.says(job)


async def test_last_words_take_the_preview_away(desk: Desk):
    job = await claimed(desk)
    async with desk.progress.follow(job) as show:
        show(frame(5, JPEG))
        await desk.until(lambda: desk.previews(job))
    await desk.progress.end(job, messages.cancelled(job))
    assert desk.previews(job) == []


async def test_places_move_up_with_the_line(desk: Desk):
    desk.backend.hold()
    desk.dispatcher.jobs_at_once = 1
    async with desk.working():
        _, second, third = [await desk.ask(user=name) for name in ("Ada", "Ben", "Cleo")]
        await desk.until(lambda: "Next in line" in desk.says(second) and "2nd" in desk.says(third))
        (await desk.backend.next()).finish()
        await desk.until(lambda: "Next in line" in desk.says(third))


async def test_a_place_that_has_not_changed_is_not_drawn_again(desk: Desk):
    desk.backend.hold()
    desk.dispatcher.jobs_at_once = 1
    async with desk.working():
        await desk.ask()
        waiting = await desk.ask(user="Ben")
        await desk.until(lambda: "Next in line" in desk.says(waiting))
        with desk.edits(waiting) as texts:
            last = await desk.ask(user="Cleo")
            await desk.until(lambda: "2nd" in desk.says(last))
        assert texts == []


async def test_a_first_answer_that_is_true_already_is_not_drawn_again(desk: Desk):
    """It is not this file's: Discord's own account of it is believed."""
    job = await desk.ask()
    place = await desk.jobs.place(job.id)
    heard = asyncio.create_task(desk.client.wait_for("message", check=lambda message: "Next" in message.content))
    channel = desk.client.get_partial_messageable(job.channel)
    said = await channel.send(**messages.waiting(job, place).sending())
    await heard
    await desk.jobs.set_message(job.id, said.id)
    job = replace(job, message=said.id)
    with desk.edits(job) as texts:
        await desk.progress._draw_line()
    assert texts == []


async def test_a_job_back_in_line_loses_the_preview_of_its_lost_run(desk: Desk):
    desk.backend.hold()
    async with desk.working():
        job = await desk.ask()
        run = await desk.backend.next()
        run.step(5, JPEG)
        await desk.until(lambda: desk.previews(job))
        desk.dispatcher.jobs_at_once = 0  # nobody takes it up again
        run.fail("the worker died", retry=True)
        await desk.until(lambda: "Next in line" in desk.says(job))
    assert desk.previews(job) == []


async def test_a_job_that_ended_before_its_first_answer_was_noted_still_loses_it(desk: Desk):
    """The door submits, answers, and then notes the message; a quick job is finished by then."""
    async with desk.working():
        job = await desk.jobs.submit(REQUEST, user=desk.world.person("Ada").id, channel=desk.channel.id)
        desk.dispatcher.wake()
        await desk.until(desk.results)
        live = await desk.client.get_partial_messageable(desk.channel.id).send("In line")
        await desk.jobs.set_message(job.id, live.id)
        desk.dispatcher.wake()
        await desk.until(lambda: live.id not in desk.world.messages)


async def test_old_messages_are_edited_seldom(desk: Desk):
    job = await claimed(desk)
    old = replace(job, created=datetime.now(UTC) - timedelta(hours=2))
    with desk.edits(job) as texts:
        async with desk.progress.follow(old) as show:
            show(frame(1))
            await desk.until(lambda: "step 1 of" in desk.says(job))
            show(frame(2))
            await asyncio.sleep(0.2)
    assert len(texts) == 1


async def test_a_frame_waits_for_a_message_that_is_not_noted_yet(desk: Desk):
    await desk.jobs.submit(REQUEST, user=desk.world.person("Ada").id, channel=desk.channel.id)
    job = await desk.jobs.claim()
    assert job
    async with desk.progress.follow(job) as show:
        show(frame(5, JPEG))
        await asyncio.sleep(0.05)
        live = await desk.client.get_partial_messageable(desk.channel.id).send("In line")
        await desk.jobs.set_message(job.id, live.id)
        await desk.until(lambda: "step 5 of" in desk.world.messages[live.id].content)
