"""The databases that the storage tests run on: a new SQLite file, and a PostgreSQL started by hand; and a request.

A pytest plugin: name it in `pytest_plugins`.
"""

import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from diffusion.request import Request
from storage.database import Database, open_database

REQUEST = Request(
    prompt="a red circle on a blue background",
    model="mini",
    width=128,
    height=128,
    steps=20,
    guidance=4.0,
    sampler="Euler",
    seed=7,
)
BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a server of its own, but for a database's name. It listens on a socket in its own folder only."""
    initdb = BINARIES[-1] if BINARIES else shutil.which("initdb")
    if initdb is None:
        pytest.skip("PostgreSQL's initdb is not installed (Debian: apt install postgresql)")
    with TemporaryDirectory(prefix="darkroom-") as folder:  # not pytest's: no other user may look in there
        data, control = Path(folder, "data"), Path(initdb).with_name("pg_ctl")
        options = f"-F -c listen_addresses='' -c unix_socket_directories={folder}"
        run = partial(subprocess.run, check=True, stdout=subprocess.DEVNULL, cwd=folder, **_server_user(folder))
        run([initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"])
        run([control, "-D", data, "-l", data / "log", "-o", options, "-w", "start"])
        yield f"postgresql://postgres@/DATABASE?host={folder}"
        run([control, "-D", data, "-m", "immediate", "stop"])


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    return count(1)


@pytest.fixture
def postgresql_url(postgres: str, numbers: Iterator[int]) -> str:
    """An empty database of the server."""
    name = f"darkroom{next(numbers)}"
    engine = create_engine(postgres.replace("DATABASE", "postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return postgres.replace("DATABASE", name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A file that is not there yet."""
    return f"sqlite:///{tmp_path / 'darkroom.db'}"


@pytest.fixture(params=["sqlite_url", "postgresql_url"], ids=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database of either kind."""
    return request.getfixturevalue(request.param)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open one, with this version's tables."""
    async with open_database(database_url) as database:
        yield database


def _server_user(folder: str) -> dict[str, Any]:
    """As whom to run it: the server refuses to be root."""
    if os.geteuid() != 0:
        return {}
    shutil.chown(folder, "postgres", "postgres")
    return {"user": "postgres", "group": "postgres", "extra_groups": []}
