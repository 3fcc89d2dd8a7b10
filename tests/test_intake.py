"""The door for new jobs, and the pictures that come through it."""

import asyncio
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bot import sources
from bot.intake import PATIENCE, picked
from bot.playground import Playground, Rules
from bot.playground.attachments import Upload
from bot.playground.faults import Slow
from bot.playground.interactions import State as Outcome
from bot.prompt import Words
from diffusion import metadata
from diffusion.request import Told
from storage.jobs import Job, State
from tests.studio import CIRCLE, Studio
from tests.test_messages import REQUEST


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)  # pyright: ignore[reportArgumentType]
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_picture_of_any_kind_becomes_a_plain_png(kind: str, mode: str) -> None:
    opened = sources.open_picture(saved(Image.new(mode, (30, 20), "white"), kind), "p.png")
    with Image.open(io.BytesIO(opened.png)) as plain:
        assert (plain.format, plain.mode, plain.size) == ("PNG", "RGB", (30, 20))
        assert plain.getpixel((1, 1)) == (255, 255, 255)


def test_what_is_transparent_becomes_white() -> None:
    opened = sources.open_picture(saved(Image.new("RGBA", (4, 4), (255, 0, 0, 0)), "PNG"), "p.png")
    assert Image.open(io.BytesIO(opened.png)).getpixel((0, 0)) == (255, 255, 255)


def test_grey_of_16_bits_stays_grey() -> None:
    grey = Image.fromarray(np.full((4, 4), 32768, np.uint16))
    opened = sources.open_picture(saved(grey, "PNG"), "p.png")
    assert Image.open(io.BytesIO(opened.png)).getpixel((0, 0)) == (128, 128, 128)


def test_a_photo_on_its_side_is_set_upright_and_a_huge_one_made_smaller() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    opened = sources.open_picture(saved(Image.new("RGB", (4000, 1000)), "JPEG", exif=exif), "p.png")
    assert (opened.width, opened.height) == (512, 2048)


def test_a_picture_hands_down_what_its_text_says() -> None:
    png = metadata.write(Image.new("RGB", (128, 96)), REQUEST)
    handed = sources.handed_down(sources.open_picture(png, "p.png").parameters)
    assert (handed["prompt"], handed["steps"], handed["guidance"]) == (REQUEST.prompt, 20, 4.5)
    assert sources.handed_down(metadata.parse("")) == {}


def test_a_pick_outside_the_message_is_refused() -> None:
    assert picked(Words("x", {"pick": 2}), ["a", "b"]) == "b"
    with pytest.raises(Told, match="only 1 picture"):
        picked(Words("x", {"pick": 2}), ["a"])


@pytest.fixture
def rules() -> Rules:
    return Rules(first_answer_s=0.4)


async def test_a_job_that_nobody_could_be_told_of_is_cancelled(studio: Studio, playground: Playground) -> None:
    studio.backend.hold()
    playground.faults.plan("POST", "/interactions/*/callback", Slow(0.6))
    asked = await studio.imagine(CIRCLE)
    assert asked.state is Outcome.FAILED
    await cancelled(studio)


async def test_a_job_that_came_while_its_acknowledgement_failed_is_cancelled(
    studio: Studio, playground: Playground
) -> None:
    studio.backend.hold()
    playground.faults.plan("POST", "/interactions/*/callback", Slow(0.6))
    submit = studio.client.jobs.submit

    async def slowly(*args: Any, **kwargs: Any) -> Job:
        await asyncio.sleep(PATIENCE + 0.2)
        return await submit(*args, **kwargs)

    studio.client.jobs.submit = slowly
    asked = await studio.imagine(CIRCLE)
    assert asked.state is Outcome.FAILED
    await cancelled(studio)


async def cancelled(studio: Studio) -> None:
    """Until the first job is."""
    for _ in range(500):
        job = await studio.client.jobs.one(1)
        if job and job.state is State.CANCELLED:
            break
        await asyncio.sleep(0.01)
    else:
        pytest.fail("the job waits for nobody")


async def test_refused_and_broken_sources_leave_no_job(studio: Studio) -> None:
    upload = Upload("x.png", b"none", content_type="image/png")
    await studio.imagine(CIRCLE, image=upload)
    assert await studio.client.jobs.mine(studio.ada.id) == []
