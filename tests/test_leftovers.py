"""Files that nobody uses: which of them go when the bot starts, and which stay."""

import asyncio
import io
import os
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from PIL import Image

from bot import leftovers
from bot.config import Limits
from bot.playground import Playground
from bot.playground.attachments import Upload
from bot.prompt import Source
from bot.reimagine import NOTE
from bot.sources import Origin
from tests.backend import picture
from tests.desk import REQUEST
from tests.stage import Stage
from tests.studio import CIRCLE, Studio, open_studio


def sent(colour: str) -> bytes:
    """A picture as it is kept when a person sends it."""
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16), colour).save(buffer, "PNG")
    return buffer.getvalue()


def age(path: Path) -> None:
    """Two hours pass for it."""
    then = time.time() - 7200
    os.utime(path, (then, then))


async def kept(stage: Stage, data: bytes) -> str:
    """The name of an old file."""
    name = await stage.client.images.save(data)
    age(stage.client.images.path(name))
    return name


def there(stage: Stage, name: str) -> bool:
    return stage.client.images.path(name).exists()


async def test_an_old_picture_that_nobody_uses_goes_at_the_start(stage: Stage):
    name = await kept(stage, sent("red"))
    await stage.restart()
    async with asyncio.timeout(10):
        while there(stage, name):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_young_one_and_one_that_was_sent_again_stay(stage: Stage):
    young = await stage.client.images.save(sent("red"))
    again = await kept(stage, sent("blue"))
    await stage.client.images.save(sent("blue"))
    await leftovers.sweep(stage.client)
    assert there(stage, young)
    assert there(stage, again)


async def test_one_that_a_waiting_job_or_an_open_form_uses_stays(stage: Stage):
    awaited, formed = await kept(stage, sent("red")), await kept(stage, sent("blue"))
    request = replace(REQUEST, source=awaited, strength=0.5)
    await stage.client.jobs.submit(request, user=1, channel=2)
    origin = Origin(Source(formed, 16, 16))
    await stage.client.settings.write("user", 1, NOTE, {"message": 3, "origins": [asdict(origin)]})
    await leftovers.sweep(stage.client)
    assert there(stage, awaited)
    assert there(stage, formed)


async def test_what_a_model_drew_stays_though_the_database_is_another(stage: Stage):
    drawn = await kept(stage, picture(REQUEST))
    await leftovers.sweep(stage.client)
    assert there(stage, drawn)


async def test_what_a_killed_save_left_goes_and_one_under_way_stays(stage: Stage):
    folder = stage.client.images.path(await kept(stage, sent("red"))).parent
    killed, under_way = folder / ".tmpkilled", folder / ".tmpwriting"
    for part in (killed, under_way):
        part.write_bytes(b"half a pic")
    age(killed)
    await leftovers.sweep(stage.client)
    assert not killed.exists()
    assert under_way.exists()


@pytest.mark.parametrize("way", ["command", "message"])
async def test_a_picture_for_a_full_line_is_not_fetched(playground: Playground, tmp_path: Path, way: str):
    async with open_studio(playground, tmp_path, limits=Limits(waiting_per_person=1)) as studio:  # pyright: ignore[reportCallIssue]
        studio.backend.hold()
        await studio.imagine(CIRCLE)
        upload = Upload("photo.png", sent("red"), content_type="image/png")
        await refused(studio, upload, way)
        assert list((tmp_path / "pictures").glob("*/*")) == []


async def refused(studio: Studio, upload: Upload, way: str) -> None:
    """Until the person is told that one is in line already."""
    if way == "command":
        await studio.imagine(CIRCLE, image=upload)
    else:
        studio.world.say(studio.ada, studio.channel, f"<@{studio.world.bot.id}> at night", files=[upload])
    await studio.until(lambda: any("already have 1" in each.content for each in studio.world.messages.values()))
