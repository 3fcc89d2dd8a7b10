"""Migrations: from nothing to what tables.py says, whole or not at all, and with everything that was there."""

import asyncio
import json
import shutil
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import connect
from textwrap import dedent, indent
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from diffusion.request import Told
from storage import migrations, search
from storage.database import Database, open_database
from storage.history import History
from storage.jobs import Jobs, NewPicture
from storage.tables import metadata
from tests.databases import REQUEST

BEFORE: dict[str, Any] = {
    "user": 1, "channel": 2, "guild": 0, "message": 0, "reply_to": 0, "token": "", "action": "imagine", "parent": 0,
    "state": "waiting", "attempts": 0, "error": "", "delivery": "none", "result_message": 0,
    "created": datetime(2026, 1, 1, tzinfo=UTC), "model": "mini", "work": 1.0, "words": "a red circle",
}  # fmt: skip
"""A job as the first version kept it, but for its request and its source."""


@pytest.fixture
def sqlite(tmp_path: Path) -> Path:
    return tmp_path / "darkroom.db"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The migrations, to which a test may add."""
    copy = shutil.copytree(migrations.HERE, tmp_path / "migrations")
    monkeypatch.setattr(migrations, "HERE", copy)
    return copy


def add_migration(folder: Path, body: str) -> None:
    head = 'import sqlalchemy as sa\nfrom alembic import op\n\nrevision = "0999"\ndown_revision = "0002"\n\n'
    text = head + "def upgrade() -> None:\n" + indent(dedent(body).strip(), "    ")
    (folder / "versions" / "0999_added.py").write_text(text)


async def remember(database: Database) -> None:
    jobs = Jobs(database, waiting_per_person=5, waiting=5)
    await jobs.submit(REQUEST, user=1, channel=2)
    job = await jobs.claim()
    assert job is not None
    await jobs.finish(job, [NewPicture("a" * 64, 7, 128, 128)], 1.0)


async def test_the_migrated_tables_are_those_of_the_code(database: Database) -> None:
    def differences(connection: Connection) -> list[Any]:
        def ours(name: str | None, _kind: str, _parents: object) -> bool:
            return not str(name).startswith(search.FTS)

        options = {"compare_type": True, "include_name": ours}
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)

    async with database.reading() as connection:
        assert await connection.run_sync(differences) == []


async def test_opening_again_changes_nothing(database_url: str) -> None:
    for _ in range(2):
        async with open_database(database_url) as database:
            await remember(database)
    async with open_database(database_url) as database:
        assert await History(database).count(1) == 2


async def test_several_may_open_an_empty_database_at_once(database_url: str) -> None:
    async def use() -> None:
        async with open_database(database_url) as database:
            await remember(database)

    async with asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(use())


async def test_the_folder_that_it_is_started_in_does_not_matter(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = nowhere\n")
    monkeypatch.chdir(tmp_path)
    async with open_database(database_url) as database:
        await remember(database)


async def test_a_database_of_a_newer_version_is_left_alone(database_url: str) -> None:
    async with open_database(database_url) as database, database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Told, match="newer Darkroom"):
        async with open_database(database_url):
            pass


async def test_a_new_column_keeps_what_was_there(database_url: str, folder: Path) -> None:
    async with open_database(database_url) as database:
        await remember(database)
    add_migration(folder, 'op.add_column("jobs", sa.Column("favourite", sa.Boolean, server_default=sa.false()))')
    async with open_database(database_url) as database:
        async with database.reading() as connection:
            assert await connection.scalar(text("SELECT favourite FROM jobs")) in (False, 0)
        assert await History(database).count(1, "circle") == 1


async def test_the_sources_of_earlier_jobs_go_on_being_needed(
    database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(migrations, "HERE", shutil.copytree(folder, folder.parent / "earlier"))
        (migrations.HERE / "versions" / "0002_needs.py").unlink()
        async with open_database(database_url) as database, database.writing() as connection:
            values = {**BEFORE, "request": json.dumps(REQUEST.to_json()), "source": "a" * 64}
            names = ", ".join(f'"{name}"' for name in values)
            slots = ", ".join(f":{name}" for name in values)
            await connection.execute(text(f"INSERT INTO jobs ({names}) VALUES ({slots})"), values)
    async with open_database(database_url) as database:
        assert await History(database).unused(["a" * 64, "b" * 64]) == ["b" * 64]
        job = await Jobs(database, waiting_per_person=5, waiting=5).claim()
        assert job is not None
        assert job.request == REQUEST


async def test_rebuilding_a_table_keeps_pictures_and_search(sqlite: Path, folder: Path) -> None:
    async with open_database(f"sqlite:///{sqlite}") as database:
        await remember(database)
    add_migration(
        folder,
        """
        with op.batch_alter_table("jobs", recreate="always", table_kwargs={"sqlite_autoincrement": True}) as batch:
            batch.alter_column("action", type_=sa.String(64))
        op.execute("UPDATE jobs SET words = 'green square'")
        """,
    )
    async with open_database(f"sqlite:///{sqlite}") as database:
        await remember(database)
        history = History(database)
        assert await history.count(1) == 2
        assert await history.count(1, "circle") == 1
        assert await history.count(1, "green") == 1
        both = await history.recent(1)
        await history.forget([picture.id for picture in both])
        await remember(database)
        assert (await history.recent(1))[0].job > both[0].job
    with closing(connect(sqlite)) as connection:
        present = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        assert present.issuperset(search.PARTS)
        connection.execute("INSERT INTO jobs_search (jobs_search, rank) VALUES ('integrity-check', 1)")


async def test_a_migration_that_fails_leaves_the_database_as_it_was(database_url: str, folder: Path) -> None:
    async with open_database(database_url) as database:
        await remember(database)
    add_migration(folder, 'op.create_table("half", sa.Column("id", sa.Integer))\nraise RuntimeError("on purpose")')
    with pytest.raises(RuntimeError, match="on purpose"):
        async with open_database(database_url):
            pass
    (folder / "versions" / "0999_added.py").unlink()
    async with open_database(database_url) as database:
        assert await History(database).count(1) == 1
        async with database.reading() as connection:
            names = await connection.run_sync(lambda sync: sync.dialect.get_table_names(sync))
            assert "half" not in names
