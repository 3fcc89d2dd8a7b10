"""Jobs: durable, fair, claimed once, ended once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from diffusion.request import Request, Told
from storage.database import Database, open_database
from storage.history import History
from storage.jobs import Delivery, Job, Jobs, NewPicture, State
from storage.line import estimates, paces, work
from tests.databases import REQUEST

ANN, BEN, CEM = 2**63 - 1, 2**53 + 1, 3
PICTURE = NewPicture("a" * 64, 7, 128, 128)


@pytest.fixture
def jobs(database: Database) -> Jobs:
    return Jobs(database, waiting_per_person=20, waiting=40)


@pytest.fixture
async def other(database: Database, database_url: str) -> AsyncIterator[Jobs]:
    """A second dispatcher on the same database."""
    async with open_database(database_url) as second:
        yield Jobs(second, waiting_per_person=20, waiting=40)


async def submit(jobs: Jobs, *users: int, request: Request = REQUEST) -> list[Job]:
    return [await jobs.submit(request, user=user, channel=5) for user in users]


async def claim(jobs: Jobs) -> Job:
    job = await jobs.claim()
    assert job is not None
    return job


async def one_of(jobs: Jobs, job: Job) -> Job:
    found = await jobs.one(job.id)
    assert found is not None
    return found


async def test_a_job_comes_back_as_it_was_submitted(jobs: Jobs) -> None:
    odd = replace(
        REQUEST,
        prompt="“Zoë's” 🎨 \\ \x00 \ud800 'quoted' \n 赤い円",
        negative="<b>%s</b>",
        guidance=0.1 + 0.2,
        seed=2**32 - 1,
        source="b" * 64,
        strength=1 / 3,
        variation=1e-9,
    )
    job = await jobs.submit(
        odd, user=ANN, channel=BEN, guild=ANN - 1, reply_to=ANN - 2, token="secret", action="vary", parent=BEN
    )
    assert job.request == odd
    assert await jobs.one(job.id) == job
    assert (job.user, job.channel, job.guild, job.reply_to, job.parent) == (ANN, BEN, ANN - 1, ANN - 2, BEN)
    assert (job.state, job.attempts, job.delivery, job.message) == (State.WAITING, 0, Delivery.NONE, 0)
    assert job.created.tzinfo is not None


async def test_the_live_message_is_remembered(jobs: Jobs) -> None:
    [job] = await submit(jobs, ANN)
    await jobs.set_message(job.id, ANN)
    assert await jobs.one(job.id) == replace(job, message=ANN)


async def test_a_person_has_only_so_many_requests(database: Database) -> None:
    jobs = Jobs(database, waiting_per_person=2, waiting=40)
    await submit(jobs, ANN, ANN)
    running = await claim(jobs)
    with pytest.raises(Told, match="already have 2 in line"):
        await submit(jobs, ANN)
    await submit(jobs, BEN)
    await jobs.finish(running, [PICTURE], 1.0)
    await submit(jobs, ANN)


async def test_only_so_many_wait_in_total(database: Database) -> None:
    jobs = Jobs(database, waiting_per_person=20, waiting=2)
    await submit(jobs, ANN, BEN)
    with pytest.raises(Told, match="line is full"):
        await submit(jobs, CEM)
    await claim(jobs)
    await submit(jobs, CEM)


async def test_two_who_submit_at_once_do_not_pass_the_limit(jobs: Jobs, other: Jobs) -> None:
    each = [asyncio.create_task(one.submit(REQUEST, user=ANN, channel=5)) for one in (jobs, other) for _ in range(15)]
    results = await asyncio.gather(*each, return_exceptions=True)
    assert sum(isinstance(result, Job) for result in results) == 20
    assert sum(isinstance(result, Told) for result in results) == 10


async def test_the_line_is_fair_to_people(jobs: Jobs) -> None:
    await submit(jobs, ANN, ANN, ANN, ANN, ANN, BEN, ANN, CEM)
    expected = [ANN, BEN, CEM, ANN, ANN, ANN, ANN, ANN]
    assert [job.user for job in await jobs.line()] == expected
    assert [(await claim(jobs)).user for _ in expected] == expected
    assert await jobs.claim() is None


async def test_twenty_requests_of_one_never_hold_up_anothers_first(jobs: Jobs) -> None:
    await submit(jobs, *[ANN] * 20)
    for _ in range(8):
        await claim(jobs)
    [first] = await submit(jobs, BEN)
    place = await jobs.place(first.id)
    assert place is not None
    assert (place.position, place.ahead) == (1, 8)
    assert await claim(jobs) == await jobs.one(first.id)


async def test_running_jobs_count_as_their_persons_turn(jobs: Jobs) -> None:
    await submit(jobs, ANN, ANN)
    await claim(jobs)
    await submit(jobs, BEN, BEN)
    assert [(await claim(jobs)).user for _ in range(3)] == [BEN, ANN, BEN]


async def test_a_place_for_newcomers_is_given_to_whoever_has_nothing_running(jobs: Jobs) -> None:
    await submit(jobs, ANN, ANN)
    assert await jobs.claim(newcomer=True)
    assert await jobs.claim(newcomer=True) is None
    [first, _] = await submit(jobs, BEN, BEN)
    assert await jobs.claim(newcomer=True) == await jobs.one(first.id)
    assert await jobs.claim(newcomer=True) is None
    assert [job.user for job in await jobs.line()] == [ANN, BEN, ANN, BEN]


async def test_the_line_shows_the_running_first_and_no_more_than_asked(jobs: Jobs) -> None:
    one, two, three = await submit(jobs, ANN, ANN, BEN)
    await claim(jobs)
    assert [job.id for job in await jobs.line()] == [one.id, three.id, two.id]
    assert [job.id for job in await jobs.line(2)] == [one.id, three.id]
    assert [job.id for job in await jobs.mine(ANN)] == [one.id, two.id]
    await jobs.cancel(two.id)
    assert [job.id for job in await jobs.mine(ANN)] == [one.id]


async def test_a_claimed_job_is_running(jobs: Jobs) -> None:
    [job] = await submit(jobs, ANN)
    claimed = await claim(jobs)
    assert claimed.started is not None
    assert claimed == replace(job, state=State.RUNNING, attempts=1, started=claimed.started)
    assert await jobs.one(job.id) == claimed
    assert await jobs.place(job.id) is None


async def test_two_dispatchers_never_claim_the_same_job(jobs: Jobs, other: Jobs) -> None:
    submitted = await submit(jobs, *[ANN, BEN, CEM] * 10)

    taken: list[int] = []

    async def drain(one: Jobs) -> None:
        while job := await one.claim():
            taken.append(job.id)

    await asyncio.gather(*(drain(one) for one in (jobs, other) for _ in range(3)))
    assert sorted(taken) == [job.id for job in submitted]


async def test_dispatchers_that_claim_at_once_all_get_one(jobs: Jobs, other: Jobs) -> None:
    for _ in range(5):
        submitted = await submit(jobs, ANN, BEN, CEM, CEM)
        claimed = await asyncio.gather(*(one.claim() for one in (jobs, other) * 2))
        assert sorted(job.id for job in claimed if job) == [job.id for job in submitted]


async def test_a_finished_job_has_its_pictures(jobs: Jobs, database: Database) -> None:
    await submit(jobs, ANN, request=replace(REQUEST, count=2))
    job = await claim(jobs)
    made = await jobs.finish(job, [PICTURE, NewPicture("b" * 64, 2**32 - 1, 64, 192)], 3.5)
    assert [(each.index, each.sha256, each.seed, each.width, each.height) for each in made] == [
        (0, "a" * 64, 7, 128, 128),
        (1, "b" * 64, 2**32 - 1, 64, 192),
    ]
    assert await History(database).of_job(job.id) == made
    ended = await one_of(jobs, job)
    assert (ended.state, ended.delivery) == (State.DONE, Delivery.PENDING)
    assert ended.finished is not None


async def test_a_job_finishes_once(jobs: Jobs, database: Database) -> None:
    await submit(jobs, ANN)
    job = await claim(jobs)
    each = await asyncio.gather(*(jobs.finish(job, [PICTURE], 1.0) for _ in range(4)))
    assert sorted(map(len, each)) == [0, 0, 0, 1]
    assert len(await History(database).of_job(job.id)) == 1


async def test_a_finish_that_cannot_be_kept_leaves_the_job_running(jobs: Jobs) -> None:
    await submit(jobs, ANN)
    job = await claim(jobs)
    with pytest.raises(Exception, match=r"(?i)not.null"):
        await jobs.finish(job, [replace(PICTURE, sha256=None)], 1.0)  # pyright: ignore[reportArgumentType]
    assert await jobs.one(job.id) == job


async def test_a_cancelled_job_cannot_finish_or_fail(jobs: Jobs) -> None:
    await submit(jobs, ANN)
    job = await claim(jobs)
    assert await jobs.cancel(job.id)
    assert not await jobs.cancel(job.id)
    assert await jobs.finish(job, [PICTURE], 1.0) == []
    assert await jobs.fail(job, "late", retry=True) == State.CANCELLED
    assert (await one_of(jobs, job)).state == State.CANCELLED


async def test_a_waiting_job_can_be_cancelled_and_a_finished_one_not(jobs: Jobs) -> None:
    done, waiting = await submit(jobs, ANN, ANN)
    await jobs.finish(await claim(jobs), [PICTURE], 1.0)
    assert await jobs.cancel(waiting.id)
    assert not await jobs.cancel(done.id)
    assert not await jobs.cancel(10**9)
    assert await jobs.claim() is None


async def test_cancel_and_finish_at_once_agree(jobs: Jobs, other: Jobs) -> None:
    for job in await submit(jobs, *[ANN] * 5):
        running = await claim(jobs)
        cancelled, made = await asyncio.gather(other.cancel(job.id), jobs.finish(running, [PICTURE], 1.0))
        assert cancelled != bool(made)
        assert (await one_of(jobs, job)).state == (State.CANCELLED if cancelled else State.DONE)


async def test_a_failed_job_says_why(jobs: Jobs) -> None:
    await submit(jobs, ANN)
    job = await claim(jobs)
    assert await jobs.fail(job, "out of paper") == State.FAILED
    ended = await one_of(jobs, job)
    assert (ended.state, ended.error, ended.delivery) == (State.FAILED, "out of paper", Delivery.PENDING)
    assert await jobs.fail(job, "again") == State.FAILED


async def test_a_job_is_tried_twice_and_keeps_its_place(jobs: Jobs) -> None:
    first, *_ = await submit(jobs, ANN, ANN, BEN)
    assert await jobs.fail(await claim(jobs), "its worker died", retry=True) == State.WAITING
    again = await claim(jobs)
    assert (again.id, again.attempts) == (first.id, 2)
    assert await jobs.fail(again, "its worker died", retry=True) == State.FAILED


async def test_an_earlier_attempt_that_comes_back_changes_nothing(jobs: Jobs) -> None:
    await submit(jobs, ANN)
    zombie = await claim(jobs)
    await jobs.fail(zombie, "its worker died", retry=True)
    assert await jobs.finish(zombie, [PICTURE], 1.0) == []
    again = await claim(jobs)
    assert await jobs.finish(zombie, [PICTURE], 1.0) == []
    assert await jobs.fail(zombie, "late") == State.RUNNING
    assert await jobs.one(again.id) == again
    assert len(await jobs.finish(again, [PICTURE], 1.0)) == 1


async def test_a_restart_takes_up_what_was_running(jobs: Jobs) -> None:
    first, second, ended = await submit(jobs, ANN, BEN, CEM)
    before = [await claim(jobs), await claim(jobs)]
    await jobs.cancel(ended.id)
    assert await jobs.resume() == 2
    assert [job.id for job in await jobs.line()] == [first.id, second.id]
    again = await claim(jobs)
    assert (again.id, again.attempts) == (first.id, 1)
    assert await jobs.finish(before[0], [PICTURE], 1.0) == [], "the same attempt number, but not the same attempt"


async def test_a_delivery_is_repeated_until_it_is_known(jobs: Jobs) -> None:
    one, two, three = await submit(jobs, ANN, ANN, ANN)
    running = [await claim(jobs) for _ in range(3)]
    assert await jobs.undelivered() == []
    for job in reversed(running):
        await jobs.finish(job, [PICTURE], 1.0)
    assert [job.id for job in await jobs.undelivered()] == [one.id, two.id, three.id]
    await jobs.delivered(one.id, Delivery.POSTED, ANN)
    await jobs.delivered(two.id, Delivery.KEPT)
    assert [job.id for job in await jobs.undelivered()] == [three.id]
    posted, kept = await one_of(jobs, one), await one_of(jobs, two)
    assert (posted.delivery, posted.result_message) == (Delivery.POSTED, ANN)
    assert (kept.delivery, kept.result_message) == (Delivery.KEPT, 0)


async def test_an_end_without_pictures_waits_to_be_told_too(jobs: Jobs) -> None:
    failed, cancelled = await submit(jobs, ANN, ANN)
    await jobs.delivered(failed.id, Delivery.POSTED)
    assert (await one_of(jobs, failed)).delivery is Delivery.NONE, "it has not ended"
    await jobs.fail(await claim(jobs), "out of paper")
    await jobs.cancel(cancelled.id)
    assert [job.id for job in await jobs.undelivered()] == [failed.id, cancelled.id]
    await jobs.delivered(failed.id, Delivery.POSTED)
    assert [job.id for job in await jobs.undelivered()] == [cancelled.id]


async def seconds(jobs: Jobs, job: Job) -> float | None:
    place = await jobs.place(job.id)
    assert place is not None
    return place.seconds


async def test_nothing_measured_is_no_estimate(jobs: Jobs) -> None:
    [job] = await submit(jobs, ANN)
    assert await seconds(jobs, job) is None


async def test_an_estimate_grows_with_the_work_and_with_those_in_front(jobs: Jobs) -> None:
    for _ in range(3):
        await submit(jobs, ANN)
        await jobs.finish(await claim(jobs), [PICTURE], 10.0)
    [one] = await submit(jobs, ANN)
    [double] = await submit(jobs, ANN, request=replace(REQUEST, steps=40))
    [unknown] = await submit(jobs, ANN, request=replace(REQUEST, model="sdxl"))
    [last] = await submit(jobs, ANN)
    assert await seconds(jobs, one) == pytest.approx(10)
    assert await seconds(jobs, double) == pytest.approx(30)
    assert await seconds(jobs, unknown) is None
    assert await seconds(jobs, last) is None, "it waits behind a job of a model that nobody has measured"
    await claim(jobs)
    remaining = await seconds(jobs, double)
    assert remaining is not None
    assert 20 < remaining < 30


def test_one_slow_first_run_does_not_mislead() -> None:
    rows = [("mini", 2.0, 600.0), ("mini", 2.0, 4.0), ("mini", 4.0, 8.0), ("sdxl", 1.0, 9.0)]
    assert paces(rows) == {"mini": 2.0, "sdxl": 9.0}


def test_each_waiting_job_takes_the_first_place_to_become_free() -> None:
    running, waiting = [(5.0, ANN), (1.0, BEN)], [(10.0, 4), (1.0, 5), (1.0, 6)]
    assert list(estimates(running, waiting, 2)) == [11.0, 6.0, 7.0]
    assert list(estimates([], [(3.0, ANN), (4.0, ANN)], 1)) == [3.0, 7.0]


def test_an_estimate_knows_that_the_last_place_is_a_newcomers() -> None:
    running = [(9.0, ANN), (5.0, ANN), (1.0, BEN)]
    assert list(estimates(running, [(1.0, ANN)], 3)) == [6.0], "it is not given the place of Ben's, who ends first"
    assert list(estimates(running, [(1.0, CEM)], 3)) == [2.0]
    assert list(estimates(running[:2], [(1.0, CEM), (1.0, ANN)], 3)) == [1.0, 6.0]


def test_work_counts_what_is_walked() -> None:
    assert work(replace(REQUEST, count=4, strength=0.5)) == 2 * work(REQUEST)
    assert work(replace(REQUEST, stop=0.5)) == work(REQUEST) / 2
