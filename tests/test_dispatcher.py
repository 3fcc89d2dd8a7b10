"""The job loop: what becomes of a job, whatever happens to it."""

import asyncio
import logging
from dataclasses import replace

from bot.playground.faults import Broken
from diffusion.request import NOTHING
from storage.jobs import Delivery, State
from tests.desk import REQUEST, Desk, logged


async def test_a_job_is_developed_saved_posted_and_its_live_message_removed(desk: Desk):
    async with desk.working():
        job = await desk.ask(replace(REQUEST, count=2))
        [result] = await desk.delivered(job)
    assert [each.filename for each in result.attachments] == [f"darkroom-{job.id}-1.png", f"darkroom-{job.id}-2.png"]
    assert [picture.seed for picture in await desk.history.of_job(job.id)] == [7, 8]


async def test_the_record_says_where_it_was_posted(desk: Desk):
    async with desk.working():
        job = await desk.ask()
        [result] = await desk.delivered(job)
    now = await desk.now(job)
    assert (now.state, now.result_message) == (State.DONE, result.id)


async def test_no_more_jobs_run_than_there_is_room_for(desk: Desk):
    desk.backend.hold()
    async with desk.working():
        jobs = [await desk.ask(user=name) for name in ("Ada", "Ben", "Cleo")]
        first, _ = await desk.backend.next(), await desk.backend.next()
        assert (await desk.now(jobs[2])).state is State.WAITING
        first.finish()
        third = await desk.backend.next()
        assert not third.ended
        assert (await desk.now(jobs[2])).state is State.RUNNING


async def test_the_last_place_is_kept_for_whoever_has_nothing_running(desk: Desk):
    desk.backend.hold()
    async with desk.working():
        first, second = await desk.ask(), await desk.ask()
        run = await desk.backend.next()
        await desk.ask(replace(REQUEST, seed=8), user="Ben")
        assert (await desk.backend.next()).request.seed == 8
        assert (await desk.now(second)).state is State.WAITING
        run.finish()
        await desk.delivered(first)
        await desk.backend.next()
        assert (await desk.now(second)).state is State.RUNNING


async def test_one_person_alone_uses_the_only_place(desk: Desk):
    desk.dispatcher.jobs_at_once = 1
    async with desk.working():
        for number in (1, 2):
            await desk.ask()
            await desk.until(lambda number=number: len(desk.results()) == number)


async def test_a_source_travels_beside_the_request(desk: Desk):
    source = await desk.images.save(b"a picture")
    async with desk.working():
        await desk.ask(replace(REQUEST, source=source, strength=0.5))
        assert (await desk.backend.next()).pictures == {source: b"a picture"}


async def test_what_the_person_can_mend_is_told(desk: Desk):
    desk.backend.hold()
    async with desk.working():
        job = await desk.ask()
        (await desk.backend.next()).fail("This model knows no such size; take 128x128.", told=True)
        await desk.ended(job, State.FAILED)
    assert "This model knows no such size; take 128x128." in desk.says(job)


async def test_a_bug_fails_one_job_with_a_code_and_the_loop_goes_on(desk: Desk, caplog):
    desk.backend.hold()
    async with desk.working():
        job = await desk.ask()
        with caplog.at_level(logging.ERROR):
            (await desk.backend.next()).crash(ZeroDivisionError("in the middle of it"))
            await desk.ended(job, State.FAILED)
        other = await desk.ask(user="Ben")
        (await desk.backend.next()).finish()
        await desk.delivered(other)
    [record] = [record for record in caplog.records if record.exc_info]
    code = record.getMessage().split("[")[1].rstrip("]")
    assert code in desk.says(job)
    assert "ZeroDivisionError" not in desk.says(job)


async def test_a_failure_that_nobody_can_mend_is_a_bug_too(desk: Desk, caplog):
    desk.backend.hold()
    async with desk.working():
        job = await desk.ask()
        (await desk.backend.next()).fail("shape mismatch in block 3")
        await desk.ended(job, State.FAILED)
    assert "shape mismatch" in caplog.text
    assert "shape mismatch" not in desk.says(job)


async def test_a_stream_without_an_outcome_is_a_bug(desk: Desk, caplog):
    class Silent:
        async def generate(self, request, pictures=NOTHING):
            return
            yield

    desk.dispatcher.backend = Silent()
    async with desk.working():
        await desk.ended(await desk.ask(), State.FAILED)
    assert "without an outcome" in caplog.text


async def test_a_lost_worker_costs_one_of_two_attempts(desk: Desk):
    desk.backend.hold()
    async with desk.working():
        job = await desk.ask()
        (await desk.backend.next()).fail("the worker died", retry=True)
        (await desk.backend.next()).finish()
        await desk.until(desk.results)
    assert (await desk.now(job)).attempts == 2


async def test_a_worker_lost_twice_ends_the_job(desk: Desk):
    desk.backend.hold()
    async with desk.working():
        job = await desk.ask()
        for _ in range(2):
            (await desk.backend.next()).fail("the worker died", retry=True)
        await desk.ended(job, State.FAILED)
    assert "lost twice" in desk.says(job)


async def test_the_second_attempt_is_alone_so_that_it_costs_nobody_else_theirs(desk: Desk):
    desk.backend.hold()
    async with desk.working():
        jobs = {seed: await desk.ask(replace(REQUEST, seed=seed), user=name) for seed, name in ((7, "Ada"), (8, "Ben"))}
        for run in [await desk.backend.next(), await desk.backend.next()]:
            run.fail("the worker died", retry=True)
        deadly = await desk.backend.next()
        await asyncio.sleep(0.1)
        assert len(desk.backend.runs) == 3
        deadly.fail("the worker died", retry=True)
        harmless = await desk.backend.next()
        harmless.finish()
        await desk.ended(jobs[deadly.request.seed], State.FAILED)
        await desk.delivered(jobs[harmless.request.seed])


async def test_the_second_attempt_waits_for_those_under_way(desk: Desk):
    desk.backend.hold()
    async with desk.working():
        await desk.ask(replace(REQUEST, seed=7), user="Ada")
        first = await desk.backend.next()
        await desk.ask(replace(REQUEST, seed=8), user="Ben")
        second = await desk.backend.next()
        first.fail("the worker died", retry=True)
        await asyncio.sleep(0.1)
        assert len(desk.backend.runs) == 2
        second.finish()
        assert (await desk.backend.next()).request.seed == 7


async def test_cancelling_a_running_job_closes_its_stream(desk: Desk):
    desk.backend.hold()
    async with desk.working():
        job = await desk.ask()
        run = await desk.backend.next()
        assert await desk.dispatcher.cancel(job.id)
        assert run.left.is_set()
        assert not run.ended
        await desk.ended(job, State.CANCELLED)
    assert "Cancelled" in desk.says(job)


async def test_cancelling_a_waiting_job_takes_it_out_of_the_line(desk: Desk):
    desk.backend.hold()
    async with desk.working():
        jobs = [await desk.ask(user=name) for name in ("Ada", "Ben", "Cleo")]
        first, _ = await desk.backend.next(), await desk.backend.next()
        assert await desk.dispatcher.cancel(jobs[2].id)
        first.finish()
        await desk.until(desk.results)
        assert len(desk.backend.runs) == 2


async def test_a_job_cancelled_while_it_is_claimed_never_begins(desk: Desk):
    """Its row says that it runs, but nothing runs yet that could be ended."""
    claimed, release = asyncio.Event(), asyncio.Event()
    claim = desk.jobs.claim

    async def slowly(**how):
        job = await claim(**how)
        if job:
            claimed.set()
            await release.wait()
        return job

    desk.jobs.claim = slowly
    desk.backend.hold()
    async with desk.working():
        job = await desk.ask()
        await claimed.wait()
        cancelling = asyncio.create_task(desk.dispatcher.cancel(job.id))
        await asyncio.wait([cancelling], timeout=0.1)
        release.set()
        assert await cancelling
        await desk.ask(replace(REQUEST, seed=8), user="Ben")
        while (await desk.backend.next()).request.seed != 8:
            pass
        assert [run.request.seed for run in desk.backend.runs if not run.left.is_set()] == [8]
    assert "Cancelled" in desk.says(job)


async def test_a_job_that_has_ended_cannot_be_cancelled(desk: Desk):
    async with desk.working():
        job = await desk.ask()
        await desk.until(lambda: not desk.live(job))
        assert not await desk.dispatcher.cancel(job.id)


async def test_pictures_of_a_cancelled_job_are_not_kept(desk: Desk):
    """The cancel comes while its files are being written."""
    desk.backend.hold()
    saving, release = asyncio.Event(), asyncio.Event()
    save = desk.images.save

    async def slowly(data: bytes) -> str:
        saving.set()
        await release.wait()
        return await save(data)

    desk.images.save = slowly
    async with desk.working():
        job = await desk.ask()
        (await desk.backend.next()).finish()
        await saving.wait()
        assert await desk.jobs.cancel(job.id)  # by another process: the task here knows nothing of it
        release.set()
        other = await desk.ask(user="Ben")
        (await desk.backend.next()).finish()
        await desk.delivered(other)
    assert await desk.history.of_job(job.id) == []
    assert len(desk.results()) == 1


async def test_a_picture_that_two_jobs_made_outlives_the_cancelled_one(desk: Desk):
    """The other one is saved after the first is found to be nobody's, and before its file is removed."""
    desk.backend.hold()
    looked, release = asyncio.Event(), asyncio.Event()
    unused = desk.history.unused

    async def slowly(names):
        found = await unused(names)
        looked.set()
        await release.wait()
        return found

    desk.history.unused = slowly
    async with desk.working():
        cancelled, kept = await desk.ask(), await desk.ask(user="Ben")
        first, second = await desk.backend.next(), await desk.backend.next()
        assert await desk.jobs.cancel(cancelled.id)
        first.finish()
        await looked.wait()
        second.finish()
        await asyncio.sleep(0.2)
        release.set()
        await desk.delivered(kept)
    [picture] = await desk.history.of_job(kept.id)
    assert await desk.images.open(picture.sha256)


async def test_what_ran_when_the_bot_stopped_runs_again(desk: Desk):
    desk.backend.hold()
    async with desk.working():
        job = await desk.ask()
        await desk.backend.next()
    async with desk.working():
        (await desk.backend.next()).finish()
        await desk.delivered(job)
    assert (await desk.now(job)).attempts == 1


async def test_an_end_that_was_not_told_is_told_at_the_start(desk: Desk):
    """The bot was killed between the record and the live message."""
    cancelled = await desk.ask()
    await desk.jobs.cancel(cancelled.id)
    failed = await desk.ask()
    claimed = await desk.jobs.claim()
    assert claimed
    await desk.jobs.fail(claimed, "It was too dark.")
    async with desk.working():
        await desk.ended(cancelled, State.CANCELLED)
        await desk.ended(failed, State.FAILED)
        await desk.until_recorded(cancelled)
        await desk.until_recorded(failed)
    assert "Cancelled" in desk.says(cancelled)
    assert "It was too dark." in desk.says(failed)


async def test_an_end_that_was_told_is_not_told_again(desk: Desk):
    desk.backend.hold()
    async with desk.working():
        job = await desk.ask()
        await desk.backend.next()
        await desk.dispatcher.cancel(job.id)
    with desk.edits(job) as texts:
        async with desk.working():
            other = await desk.ask()
            (await desk.backend.next()).finish()
            await desk.delivered(other)
    assert texts == []


async def test_what_was_finished_but_not_posted_is_posted_at_the_start(desk: Desk):
    job = await desk.finish()
    async with desk.working():
        await desk.delivered(job)
    assert desk.backend.runs == []


async def test_pictures_deleted_before_their_delivery_began_leave_no_live_message(desk: Desk):
    finish = desk.jobs.finish

    async def finish_and_delete(job, new, seconds):
        pictures = await finish(job, new, seconds)
        await desk.history.forget([each.id for each in pictures])
        return pictures

    desk.jobs.finish = finish_and_delete
    async with desk.working():
        job = await desk.ask()
        await desk.until(lambda: not desk.live(job))
    assert desk.results() == []


async def test_a_delivery_that_fails_for_a_bug_is_repeated_at_the_next_start(desk: Desk):
    desk.backend.hold()
    async with desk.working():
        job = await desk.ask()
        desk.playground.faults.plan("POST", "/channels/*/messages", Broken(400))
        async with logged("waits for the next start"):
            (await desk.backend.next()).finish()
    assert (await desk.now(job)).delivery is Delivery.PENDING
    async with desk.working():
        await desk.delivered(job)
