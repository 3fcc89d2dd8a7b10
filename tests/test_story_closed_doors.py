"""Where the bot may not post, the pictures still come, once, by the way that is left."""

import asyncio

from bot.playground.faults import Lost
from bot.playground.permissions import Permission
from storage.jobs import Delivery
from tests.stage import Stage, files


async def under_way(stage: Stage):
    """A job runs, and then the bot loses its permission to post."""
    stage.scripted.hold()
    asked = await stage.imagine("Ada", "a red circle", count=2)
    run = await stage.scripted.next()
    stage.world.permit(stage.world.bot, stage.channel, deny=Permission.SEND_MESSAGES | Permission.VIEW_CHANNEL)
    return asked, run


async def recorded(stage: Stage) -> Delivery:
    """What the record says in the end."""
    async with asyncio.timeout(10):
        while (job := await stage.client.jobs.one(1)) and job.delivery is Delivery.PENDING:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert job
    return job.delivery


async def test_the_live_message_becomes_the_result(stage: Stage):
    asked, run = await under_way(stage)
    run.finish()
    await stage.until(lambda: stage.results())
    [result] = stage.results()
    assert result.id == asked.original
    assert files(result) == ["darkroom-1-1.png", "darkroom-1-2.png"]
    assert "darkroom:vary" in str(result.components)


async def test_it_becomes_it_once_though_the_answer_is_lost(stage: Stage):
    asked, run = await under_way(stage)
    stage.playground.faults.plan("PATCH", "/webhooks/*", Lost())
    run.finish()
    await stage.until(lambda: not stage.playground.faults.left() and stage.results())
    await stage.restart()
    [result] = stage.results()
    assert result.id == asked.original
    assert await recorded(stage) is Delivery.POSTED


async def test_a_follow_up_brings_them_where_the_live_message_is_gone(stage: Stage):
    asked, run = await under_way(stage)
    stage.world.remove(stage.answer(asked))
    run.finish()
    await stage.until(lambda: stage.results())
    [result] = stage.results()
    assert files(result) == ["darkroom-1-1.png", "darkroom-1-2.png"]


async def test_a_follow_up_whose_answer_is_lost_is_not_sent_again(stage: Stage):
    """Nothing tells whether it arrived; the pictures are in the history in any case."""
    asked, run = await under_way(stage)
    stage.world.remove(stage.answer(asked))
    stage.playground.faults.plan("POST", "/webhooks/*", Lost())
    run.finish()
    await stage.until(lambda: stage.results())
    await stage.restart()
    assert len(stage.results()) == 1
    assert await recorded(stage) is Delivery.KEPT


async def test_in_direct_messages_they_come_as_anywhere(stage: Stage):
    channel = stage.world.dm(stage.person("Ben"))
    await stage.imagine("Ben", "a red circle", channel=channel)
    await stage.result(channel=channel)
