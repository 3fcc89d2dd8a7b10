"""Finished pictures in the conversation: once, whatever happens between the bot and Discord."""

import asyncio
from dataclasses import replace

import pytest

from bot.playground.faults import Broken, Limited, Lost, Reset, Slow
from bot.playground.permissions import Permission
from diffusion import metadata
from diffusion.request import Request
from storage.jobs import Delivery, Job
from tests.backend import noise
from tests.desk import REQUEST, Desk

POSTING = "/channels/*/messages"


async def deliver(desk: Desk, *, repeated: bool = False, request: Request = REQUEST):
    job = await desk.finish(request)
    await desk.delivery.deliver(job, await desk.history.of_job(job.id), repeated=repeated)
    return await desk.now(job)


async def test_the_result_is_a_regular_message_and_recorded(desk: Desk):
    job = await deliver(desk)
    [result] = desk.results()
    assert (job.delivery, job.result_message) == (Delivery.POSTED, result.id)
    assert result.interaction is None
    assert desk.live(job) is None


async def test_only_the_person_who_asked_is_pinged(desk: Desk):
    await deliver(desk, request=replace(REQUEST, prompt="@everyone and <@1100000000000000102>"))
    assert desk.results()[0].mentions == [desk.world.person("Ada").id]


async def test_the_picture_arrives_as_it_was_saved(desk: Desk):
    job = await deliver(desk)
    [picture] = await desk.history.of_job(job.id)
    [attachment] = desk.results()[0].attachments
    assert desk.world.file(desk.world.path(attachment)) == await desk.images.open(picture.sha256)
    assert attachment.description == "a red circle"


@pytest.mark.parametrize("fault", [Reset(), Lost(), Broken(503), Limited(0.01)], ids=lambda fault: type(fault).__name__)
async def test_it_is_posted_once_though_the_way_breaks(desk: Desk, fault):
    job = await desk.finish()
    desk.playground.faults.plan("POST", POSTING, fault)
    await desk.delivery.deliver(job, await desk.history.of_job(job.id))
    assert len(desk.results()) == 1
    assert desk.playground.faults.left() == 0
    assert (await desk.now(job)).result_message == desk.results()[0].id


async def test_a_crash_after_the_post_does_not_post_it_again(desk: Desk):
    """The nonce is forgotten by then: only the channel's history tells."""
    job = await deliver(desk)
    await desk.jobs.delivered(job.id, Delivery.PENDING)
    desk.results()[0].nonce = None
    async with desk.working():
        await desk.until_recorded(job)
    assert len(desk.results()) == 1
    assert (await desk.now(job)).result_message == desk.results()[0].id


async def test_a_crash_before_the_live_message_was_removed_removes_it(desk: Desk):
    job = await desk.finish()
    await desk.jobs.delivered(job.id, Delivery.PENDING, 4711)
    async with desk.working():
        await desk.until(lambda: not desk.live(job))
        await desk.until_recorded(job)
    assert desk.results() == []


async def test_the_same_job_number_of_another_database_is_another_nonce(desk: Desk):
    """The first pictures after the data folder was thrown away, in the same channel and within the same minutes."""
    job = await deliver(desk)
    earlier = replace(await desk.now(job), created=job.created.replace(year=2020), result_message=0)
    await desk.delivery.deliver(earlier, await desk.history.of_job(job.id))
    assert len(desk.results()) == 2


async def test_a_reply_answers_the_message_that_asked_even_if_it_is_gone(desk: Desk):
    asked = desk.world.say(desk.world.person("Ada"), desk.channel, "like this, but blue")
    job = replace(await desk.finish(), reply_to=asked.id)
    pictures = await desk.history.of_job(job.id)
    await desk.delivery.deliver(job, pictures)
    assert desk.results()[0].reply_to == asked.id

    gone = replace(await desk.finish(replace(REQUEST, seed=8)), reply_to=asked.id)
    desk.world.delete(desk.world.person("Ada"), asked)
    await desk.delivery.deliver(gone, await desk.history.of_job(gone.id))
    assert len(desk.results()) == 2


# What is deleted from the history meanwhile


async def erase(desk: Desk, job: Job) -> None:
    await desk.history.forget([each.id for each in await desk.history.of_job(job.id)])


async def test_what_was_deleted_before_it_is_posted_is_not_posted(desk: Desk):
    job = await desk.finish()
    pictures = await desk.history.of_job(job.id)
    await erase(desk, job)
    await desk.delivery.deliver(job, pictures)
    assert desk.results() == []
    assert desk.live(job) is None


async def test_what_was_deleted_while_it_was_posted_is_taken_back(desk: Desk):
    job = await desk.finish()
    desk.playground.faults.plan("POST", POSTING, Slow(0.3))
    posting = asyncio.create_task(desk.delivery.deliver(job, await desk.history.of_job(job.id)))
    while desk.playground.faults.left():  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    await erase(desk, job)
    await posting
    assert desk.results() == []
    assert desk.live(job) is None


async def test_what_was_deleted_between_two_messages_is_taken_back(desk: Desk):
    desk.delivery.request_bytes = 120_000
    desk.backend.draw = noise
    job = await desk.finish(replace(REQUEST, count=4))
    posting = asyncio.create_task(desk.delivery.deliver(job, await desk.history.of_job(job.id)))
    await desk.until(desk.results)
    await erase(desk, job)
    await posting
    assert desk.results() == []
    assert desk.live(job) is None


# Where the bot cannot post


async def test_without_permission_and_without_an_interaction_it_is_kept_and_told(desk: Desk):
    job = await desk.finish()
    desk.world.permit(desk.world.bot, desk.channel, deny=Permission.ATTACH_FILES)
    await desk.delivery.deliver(job, await desk.history.of_job(job.id))
    assert (await desk.now(job)).delivery is Delivery.KEPT
    assert "/history" in desk.says(job)
    assert desk.results() == []


async def test_in_a_channel_that_was_deleted_it_is_kept(desk: Desk):
    job = replace(await desk.finish(), channel=4711)
    await desk.delivery.deliver(job, await desk.history.of_job(job.id))
    assert (await desk.now(job)).delivery is Delivery.KEPT


async def test_a_picture_whose_file_is_gone_is_told(desk: Desk):
    job = await desk.finish()
    [picture] = await desk.history.of_job(job.id)
    await desk.images.forget(picture.sha256)
    await desk.delivery.deliver(job, [picture])
    assert (await desk.now(job)).delivery is Delivery.KEPT
    assert "no longer kept" in desk.says(job)


# What is too large


async def test_what_discord_finds_too_large_comes_smaller_with_its_settings_and_says_so(desk: Desk):
    desk.backend.draw = noise
    desk.world.rules = replace(desk.world.rules, file_size=40_000)
    await deliver(desk)
    [result] = desk.results()
    [attachment] = result.attachments
    data = desk.world.file(desk.world.path(attachment)) or b""
    assert attachment.filename == "darkroom-1-1.webp"
    assert metadata.read(data) == REQUEST
    assert "smaller" in result.content


async def test_more_than_one_message_takes_comes_in_several(desk: Desk):
    desk.delivery.request_bytes = 120_000
    desk.backend.draw = noise
    job = await deliver(desk, request=replace(REQUEST, count=4))
    first, second = desk.results()
    assert [each.filename for each in first.attachments + second.attachments] == [
        f"darkroom-{job.id}-{number}.png" for number in (1, 2, 3, 4)
    ]
    assert job.result_message == first.id
    assert first.components
    assert not second.components


async def test_a_crash_between_two_messages_posts_only_the_second(desk: Desk):
    desk.delivery.request_bytes = 120_000
    desk.backend.draw = noise
    job = await deliver(desk, request=replace(REQUEST, count=4))
    desk.world.remove(desk.results()[1])
    await desk.jobs.delivered(job.id, Delivery.PENDING)
    for result in desk.results():
        result.nonce = None
    async with desk.working():
        await desk.until_recorded(job)
    assert [len(result.attachments) for result in desk.results()] == [2, 2]
    assert (await desk.now(job)).result_message == desk.results()[0].id


async def test_pictures_of_other_jobs_in_the_channel_are_not_taken_for_these(desk: Desk):
    first = await deliver(desk)
    second = await desk.finish(replace(REQUEST, seed=8))
    async with desk.working():
        await desk.until_recorded(second)
    assert len(desk.results()) == 2
    assert (await desk.now(second)).result_message == desk.results()[1].id != first.result_message
