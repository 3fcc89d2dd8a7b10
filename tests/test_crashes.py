"""Crashes: whatever was acknowledged is there afterwards, and what was under way begins again."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from sqlalchemy import text

from storage.database import open_database
from storage.history import History
from storage.images import Images
from storage.jobs import Jobs, NewPicture, State
from tests.databases import REQUEST

ROOT = Path(__file__).parent.parent

WRITER = """
import asyncio, sys
from dataclasses import replace
from pathlib import Path
from storage.database import open_database
from storage.images import Images
from storage.jobs import Jobs, NewPicture
from tests.databases import REQUEST

async def write(url, folder):
    images = Images(Path(folder))
    async with open_database(url) as database:
        jobs = Jobs(database, waiting_per_person=10**6, waiting=10**6)
        for number in range(10**6):
            job = await jobs.submit(replace(REQUEST, seed=number), user=number % 3, channel=5)
            print("submitted", job.id, flush=True)
            if number % 2:
                claimed = await jobs.claim()
                name = await images.save(b"picture %d" % claimed.id)
                await jobs.finish(claimed, [NewPicture(name, claimed.request.seed, 8, 8)], 1.0)
                print("finished", claimed.id, flush=True)

asyncio.run(write(*sys.argv[1:]))
"""


async def test_a_kill_loses_nothing_that_was_acknowledged(database_url: str, tmp_path: Path) -> None:
    folder = str(tmp_path / "pictures")
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, database_url, folder, stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert writer.stdout is not None
    said = [await writer.stdout.readline() for _ in range(30)]
    os.kill(writer.pid, signal.SIGKILL)
    said += (await writer.stdout.read()).splitlines()
    await writer.wait()
    acknowledged = [line.decode().split() for line in said if line]

    async with open_database(database_url) as database:
        jobs, history, images = Jobs(database, waiting_per_person=1, waiting=1), History(database), Images(Path(folder))
        await jobs.resume()
        for verb, number in acknowledged:
            job = await jobs.one(int(number))
            assert job is not None
            assert job.state == State.DONE or verb == "submitted"
            assert job.state in (State.WAITING, State.DONE)
        assert len(acknowledged) >= 30
        for job in await jobs.undelivered():
            [picture] = await history.of_job(job.id)
            assert await images.open(picture.sha256) == b"picture %d" % job.id
        if database_url.startswith("sqlite"):
            async with database.reading() as connection:
                assert await connection.scalar(text("PRAGMA integrity_check")) == "ok"


async def test_a_crash_between_saving_a_file_and_finishing_its_job_loses_nothing(
    database_url: str, tmp_path: Path
) -> None:
    images = Images(tmp_path / "pictures")
    async with open_database(database_url) as database:
        jobs = Jobs(database, waiting_per_person=5, waiting=5)
        await jobs.submit(REQUEST, user=1, channel=2)
        await jobs.claim()
        await images.save(b"picture")
    async with open_database(database_url) as database:
        jobs = Jobs(database, waiting_per_person=5, waiting=5)
        await jobs.resume()
        job = await jobs.claim()
        assert job is not None
        assert job.request == REQUEST
        [picture] = await jobs.finish(job, [NewPicture(await images.save(b"picture"), 7, 8, 8)], 1.0)
        assert await images.open(picture.sha256) == b"picture"
        assert [each.id for each in await jobs.undelivered()] == [job.id]
    assert len([each for each in (tmp_path / "pictures").rglob("*") if each.is_file()]) == 1
