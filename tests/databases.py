"""The databases that the storage tests run on: a new SQLite file, and a PostgreSQL started by hand; and a request.

A pytest plugin: name it in `pytest_plugins`.
"""

import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

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
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server of its own, without a database's name."""
    initdb = BINARIES[-1] if BINARIES else shutil.which("initdb")
    if initdb is None:
        pytest.skip("PostgreSQL's initdb is not installed (Debian: apt install postgresql)")
    folder = tmp_path_factory.mktemp("postgres")
    data, port = folder / "data", _free_port()
    user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    if user:  # the server refuses to run as root
        _open_the_way(folder)
    options = f"-F -p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=50"
    run = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder, **user}
    subprocess.run([initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"], **run)
    control = Path(initdb).with_name("pg_ctl")
    subprocess.run([control, "-D", data, "-l", folder / "log", "-o", options, "-w", "start"], **run)
    yield f"postgresql+psycopg://postgres@127.0.0.1:{port}"
    subprocess.run([control, "-D", data, "-m", "immediate", "stop"], **run)


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    return count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'darkroom.db'}"
    server = request.getfixturevalue("postgres")
    name = f"darkroom{next(request.getfixturevalue('numbers'))}"
    engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return f"{server}/{name}"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open one, with this version's tables."""
    async with open_database(database_url) as database:
        yield database


def _open_the_way(folder: Path) -> None:
    shutil.chown(folder, "postgres", "postgres")
    for parent in list(folder.parents)[:2]:  # pytest's own folders are for their owner only
        parent.chmod(parent.stat().st_mode | 0o011)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
