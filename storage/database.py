"""The database: connections for reading and for writing, on SQLite and PostgreSQL alike. Knows no job, no picture."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, NullPool, event, func, make_url, select
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from diffusion.request import Told
from storage.migrations import upgrade

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}
PATIENCE = 10.0
"""Seconds that a writer waits for another process's transaction."""
LOCK = 0x6461726B726F6F6D
"""PostgreSQL's advisory lock of this program ("darkroom")."""
READERS = 4


class Database:
    """Hands out connections, each in a transaction of its own."""

    def __init__(self, readers: AsyncEngine, writers: AsyncEngine) -> None:
        self._readers = readers
        self._writers = writers

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Refuses to write. On SQLite everything read in it is of one moment."""
        async with self._readers.connect() as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Commits at the end, or nothing at all on an error. On SQLite one writer at a time."""
        async with self._writers.begin() as connection:
            yield connection


async def alone(connection: AsyncConnection) -> None:
    """Until this writing transaction ends, no other one passes here: for a decision about rows that are not there yet.

    SQLite's writers are alone anyway; PostgreSQL's read what others have not yet committed as if it were not there.
    """
    if connection.dialect.name == "postgresql":
        await connection.execute(select(func.pg_advisory_xact_lock(LOCK)))


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    """An SQLAlchemy URL of SQLite (a file, made if missing) or PostgreSQL, brought up to this version's tables.

    `Told` if it cannot be opened, or was written by a newer version.
    """
    address = _address(url)
    engines: list[AsyncEngine] = []
    try:
        engines += [_engine(address, migrating=True)]
        await _migrate(engines[0], address)
        engines += [writers := _engine(address), readers := _reading(address, writers)]
        yield Database(readers, writers)
    finally:
        for engine in engines:
            await engine.dispose()


def file_of(url: str) -> Path | None:
    """The file of an SQLite address; None of a server's. `Told` as `open_database` of what is no address."""
    address = _address(url)
    return Path(address.database or "") if address.get_backend_name() == "sqlite" else None


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise Told("`database` is no SQLAlchemy URL; for example sqlite:///darkroom.db.") from error
    backend = address.get_backend_name()
    if backend not in DRIVERS:
        raise Told(f"Darkroom keeps its history in sqlite or postgresql, not in {backend}; mend `database`.")
    if backend == "sqlite" and address.database in (None, "", ":memory:"):
        raise Told("`database` needs a file, for example sqlite:///darkroom.db; one in memory would be forgotten.")
    return address.set(drivername=DRIVERS[backend])


async def _migrate(engine: AsyncEngine, address: URL) -> None:
    try:
        if address.get_backend_name() == "sqlite":
            Path(address.database or "").parent.mkdir(parents=True, exist_ok=True)
        async with engine.begin() as connection:
            await alone(connection)
            await connection.run_sync(upgrade)
    except (DBAPIError, OSError) as error:
        reason, *_ = str(getattr(error, "orig", error)).strip().splitlines() or [type(error).__name__]
        name = address.render_as_string(hide_password=True)
        raise Told(f"The database {name} cannot be opened ({reason}); check `database`.") from error


def _reading(address: URL, writers: AsyncEngine) -> AsyncEngine:
    if address.get_backend_name() == "sqlite":
        return _sqlite(address, "BEGIN", ("query_only = ON",), pool_size=READERS, max_overflow=0)
    return writers.execution_options(postgresql_readonly=True)


def _engine(address: URL, *, migrating: bool = False) -> AsyncEngine:
    """For writing; foreign keys are off where tables may be rebuilt. Errors quote no prompt and no token."""
    pool: dict[str, Any] = {"poolclass": NullPool} if migrating else {}
    if address.get_backend_name() == "sqlite":
        pragmas = ("journal_mode = WAL", "synchronous = FULL", f"foreign_keys = {'OFF' if migrating else 'ON'}")
        return _sqlite(address, "BEGIN IMMEDIATE", pragmas, **(pool or {"pool_size": 1, "max_overflow": 0}))
    try:
        return create_async_engine(address, hide_parameters=True, **(pool or {"pool_pre_ping": True}))
    except ModuleNotFoundError as error:
        raise Told("PostgreSQL needs its driver: pip install 'darkroom[postgres]'.") from error


def _sqlite(address: URL, begin: str, pragmas: tuple[str, ...], **pool: Any) -> AsyncEngine:
    """Transactions begin as `begin` says: Python's driver would begin late, or not at all before a table is made."""
    connecting = {"isolation_level": None, "timeout": PATIENCE}
    engine = create_async_engine(address, connect_args=connecting, hide_parameters=True, **pool)

    @event.listens_for(engine.sync_engine, "connect")
    def _(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine
