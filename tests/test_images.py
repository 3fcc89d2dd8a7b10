"""Picture files: named by content, there as a whole or not at all, and never outside their folder."""

import asyncio
import os
from hashlib import sha256
from pathlib import Path

import pytest

from diffusion.request import Told
from storage.images import Images

DATA = b"\x89PNG" + bytes(range(256)) * 100
NAME = sha256(DATA).hexdigest()


@pytest.fixture
def images(tmp_path: Path) -> Images:
    return Images(tmp_path / "data" / "pictures")


def files(images: Images) -> list[Path]:
    return [path for path in images.path(NAME).parent.parent.rglob("*") if path.is_file()]


async def test_a_picture_is_named_by_its_content(images: Images) -> None:
    assert await images.save(DATA) == NAME
    assert await images.open(NAME) == DATA
    assert images.path(NAME).read_bytes() == DATA


async def test_the_same_content_is_kept_once(images: Images) -> None:
    names = await asyncio.gather(*(images.save(DATA) for _ in range(20)))
    assert set(names) == {NAME}
    assert files(images) == [images.path(NAME)]


async def test_what_is_there_already_is_not_written_again(images: Images) -> None:
    await images.save(DATA)
    before = images.path(NAME).stat()
    await images.save(DATA)
    assert images.path(NAME).stat().st_ino == before.st_ino


async def test_a_file_cut_short_is_mended(images: Images) -> None:
    await images.save(DATA)
    images.path(NAME).write_bytes(DATA[:10])
    await images.save(DATA)
    assert await images.open(NAME) == DATA


async def test_a_picture_is_there_as_a_whole_or_not_at_all(images: Images) -> None:
    large = DATA * 1000
    path = images.path(sha256(large).hexdigest())
    saving = asyncio.create_task(images.save(large))
    sizes = set[int]()
    while not saving.done():
        sizes |= {path.stat().st_size} if path.exists() else set()
        await asyncio.sleep(0)
    await saving
    assert sizes <= {len(large)}


async def test_a_save_that_fails_leaves_nothing(images: Images) -> None:
    images.path(NAME).mkdir(parents=True)  # no file can take its place
    with pytest.raises((IsADirectoryError, PermissionError)):
        await images.save(DATA)
    assert files(images) == []


async def test_a_forgotten_picture_is_told_to_be_gone(images: Images) -> None:
    await images.save(DATA)
    await images.forget(NAME)
    await images.forget(NAME)
    with pytest.raises(Told, match="no longer kept"):
        await images.open(NAME)
    assert files(images) == []


UPWARDS = ["../../etc/passwd", "/etc/passwd", "a" * 62 + "/x", "..\\" + "a" * 61]


@pytest.mark.parametrize("name", ["", NAME.upper(), NAME[:-1], NAME + "\n", *UPWARDS])
async def test_what_is_no_name_is_never_looked_for(images: Images, name: str) -> None:
    with pytest.raises(Told):
        images.path(name)
    with pytest.raises(Told):
        await images.open(name)
    with pytest.raises(Told):
        await images.forget(name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a named pipe, which this system has not")
async def test_a_slow_disk_does_not_hold_up_the_loop(images: Images) -> None:
    images.path(NAME).parent.mkdir(parents=True)
    os.mkfifo(images.path(NAME))  # reading it waits until somebody writes
    reading = asyncio.create_task(images.open(NAME))
    await asyncio.sleep(0.05)
    assert not reading.done()
    await asyncio.to_thread(images.path(NAME).write_bytes, DATA)
    assert await reading == DATA
