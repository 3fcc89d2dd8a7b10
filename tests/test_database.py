"""The database: how it is opened, and who may read and write when."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from diffusion.request import Told
from storage.database import Database, open_database
from storage.settings import Settings


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "darkroom.db"


async def test_sqlite_is_set_up_for_one_writer_and_many_readers(path: Path) -> None:
    async with open_database(f"sqlite:///{path}") as database:
        expected = {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2, "busy_timeout": 10_000}
        async with database.writing() as connection:
            assert {name: await connection.scalar(text(f"PRAGMA {name}")) for name in expected} == expected


async def test_reading_refuses_to_write(database: Database) -> None:
    async with database.reading() as connection:
        with pytest.raises(DBAPIError, match=r"(?i)read.?only"):
            await connection.execute(text("DELETE FROM settings"))


async def test_an_error_undoes_the_whole_transaction(database: Database) -> None:
    async def write() -> None:
        async with database.writing() as connection:
            await connection.execute(text("INSERT INTO settings VALUES ('bot', 0, 'key', '1')"))
            await connection.execute(text("INSERT INTO nowhere VALUES (:token)"), {"token": "secret"})

    with pytest.raises(DBAPIError, match="nowhere") as caught:
        await write()
    assert "secret" not in str(caught.value), "errors are logged"
    assert await Settings(database).read("bot", 0, "key") is None


async def test_readers_see_nothing_unfinished_and_do_not_wait(database: Database) -> None:
    settings = Settings(database)
    async with database.writing() as connection:
        await connection.execute(text("INSERT INTO settings VALUES ('bot', 0, 'key', '1')"))
        assert await settings.read("bot", 0, "key") is None
    assert await settings.read("bot", 0, "key") == 1


async def test_writers_of_several_programs_wait_for_each_other(database: Database, database_url: str) -> None:
    async def add(one: Database) -> None:
        async with one.writing() as connection:
            await connection.scalar(text("SELECT count(*) FROM settings"))
            await connection.execute(text("UPDATE settings SET owner = owner + 1"))

    await Settings(database).write("bot", 0, "key", 1)
    async with open_database(database_url) as second, asyncio.TaskGroup() as group:
        for number in range(100):
            group.create_task(add((database, second)[number % 2]))
    assert await Settings(database).read("bot", 100, "key") == 1


async def test_a_writer_that_is_cancelled_holds_up_nobody(database: Database) -> None:
    begun = asyncio.Event()

    async def write() -> None:
        async with database.writing() as connection:
            await connection.execute(text("INSERT INTO settings VALUES ('bot', 0, 'key', '1')"))
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write())
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await Settings(database).read("bot", 0, "key") is None
    await asyncio.wait_for(Settings(database).write("bot", 0, "key", 2), 5)


async def test_waiting_for_another_program_does_not_hold_up_the_loop(path: Path) -> None:
    async with open_database(f"sqlite:///{path}") as database:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            writing = asyncio.create_task(Settings(database).write("bot", 0, "key", 1))
            await asyncio.sleep(0.05)
            assert not writing.done()
            other.execute("COMMIT")
            await writing


async def test_a_file_may_have_any_name_that_its_url_quotes(tmp_path: Path) -> None:
    path = tmp_path / "100%25 é? #1" / "darkroom.db"
    async with open_database(f"sqlite:///{quote(str(path))}"):
        with closing(sqlite3.connect(path)) as found:
            assert found.execute("SELECT count(*) FROM jobs").fetchone() == (0,)


@pytest.mark.parametrize(
    ("url", "mend"),
    [
        ("nonsense", "no SQLAlchemy URL"),
        ("mysql://localhost/darkroom", "not in mysql"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("postgresql://ann:secret@127.0.0.1:1/darkroom", r"ann:\*\*\*@.*cannot be opened .*check `database`"),
    ],
)
async def test_a_database_that_cannot_be_opened_is_told(url: str, mend: str) -> None:
    with pytest.raises(Told, match=mend):
        async with open_database(url):
            pass


async def test_a_file_that_is_no_database_is_told_and_kept(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database, " * 100)
    with pytest.raises(Told, match="not a database"):
        async with open_database(f"sqlite:///{tmp_path / 'notes.txt'}"):
            pass
    with pytest.raises(Told, match="cannot be opened"):
        async with open_database(f"sqlite:///{tmp_path / 'notes.txt' / 'darkroom.db'}"):
            pass
    assert (tmp_path / "notes.txt").read_text() == "not a database, " * 100
