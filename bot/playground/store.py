"""The playground's own SQLite file: everything that outlives a restart. Knows rows, not what they mean."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

Table = Literal["messages", "interactions", "channels"]

SCHEMA = """
create table if not exists messages (id integer primary key, data text not null);
create table if not exists interactions (id integer primary key, data text not null);
create table if not exists channels (id integer primary key, data text not null);
create table if not exists facts (name text primary key, data text not null);
create table if not exists files (id integer primary key, path text not null, data blob not null);
"""


class Store:
    """Keeps JSON by table and id, facts by name, and files by id."""

    def __init__(self, path: Path | None):
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path or ":memory:", isolation_level=None)
        self._connection.execute("pragma journal_mode = wal")
        self._connection.execute("pragma synchronous = normal")
        self._connection.executescript(SCHEMA)

    def close(self) -> None:
        self._connection.close()

    def keep(self, table: Table, id: int, data: dict[str, Any]) -> None:
        self._connection.execute(f"insert or replace into {table} values (?, ?)", (id, json.dumps(data)))

    def forget(self, table: Table, id: int) -> None:
        self._connection.execute(f"delete from {table} where id = ?", (id,))

    def all(self, table: Table) -> Iterator[dict[str, Any]]:
        """Every row of a table, by ascending id."""
        for (data,) in self._connection.execute(f"select data from {table} order by id"):
            yield json.loads(data)

    def keep_fact(self, name: str, data: Any) -> None:
        self._connection.execute("insert or replace into facts values (?, ?)", (name, json.dumps(data)))

    def fact(self, name: str, default: Any = None) -> Any:
        row = self._connection.execute("select data from facts where name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else default

    def keep_file(self, id: int, path: str, data: bytes) -> None:
        self._connection.execute("insert or replace into files values (?, ?, ?)", (id, path, data))

    def file(self, path: str) -> bytes | None:
        row = self._connection.execute("select data from files where path = ?", (path,)).fetchone()
        return row[0] if row else None

    def forget_file(self, id: int) -> None:
        self._connection.execute("delete from files where id = ?", (id,))

    def last_id(self) -> int:
        """The largest id in use, so that a restart never draws one twice."""
        tables = ("messages", "interactions", "channels", "files")
        largest = " union all ".join(f"select max(id) as id from {table}" for table in tables)
        return self._connection.execute(f"select max(id) from ({largest})").fetchone()[0] or 0
