"""Searching prompts by their words, alike on SQLite and PostgreSQL. Knows no person and no picture.

A prompt is kept as its plain words in `jobs.words`. PostgreSQL keeps them as a tsvector under a GIN index; SQLite
gets an FTS5 table, kept in step by triggers. Both are no part of the migrations: rebuilding a table, as SQLite needs
for most changes, silently drops its triggers, so `install` looks after them at every start.
"""

import re
from unicodedata import combining, normalize

from sqlalchemy import Cast, ColumnElement, Connection, Dialect, column, false, literal, select, table, text
from sqlalchemy.dialects.postgresql import TSQUERY

from storage.tables import jobs

# Writing without spaces is taken character by character; whatever is neither letter nor digit separates.
WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]{1,64}")

FTS = "jobs_search"
ADD = f"INSERT INTO {FTS} (rowid, words) VALUES (new.id, new.words);"
DROP = f"INSERT INTO {FTS} ({FTS}, rowid, words) VALUES ('delete', old.id, old.words);"
PARTS = {
    FTS: f"CREATE VIRTUAL TABLE {FTS} USING fts5"
    "(words, content='jobs', content_rowid='id', tokenize='unicode61 remove_diacritics 0')",
    f"{FTS}_insert": f"CREATE TRIGGER {FTS}_insert AFTER INSERT ON jobs BEGIN {ADD} END",
    f"{FTS}_delete": f"CREATE TRIGGER {FTS}_delete AFTER DELETE ON jobs BEGIN {DROP} END",
    f"{FTS}_update": f"CREATE TRIGGER {FTS}_update AFTER UPDATE OF words ON jobs BEGIN {DROP} {ADD} END",
}
"""SQLite's, by the names in its schema."""


def words(prompt: str) -> str:
    """The words of a prompt, without case and accents, each once, between single spaces."""
    plain = "".join(letter for letter in normalize("NFKD", prompt.casefold()) if not combining(letter))
    return " ".join(dict.fromkeys(WORD.findall(plain)))


def found(search: str, dialect: Dialect) -> ColumnElement[bool]:
    """The condition on `jobs` that each word of `search` begins a word of the prompt."""
    wanted = words(search).split()
    if not wanted:
        return false()
    if dialect.name == "postgresql":
        query = " & ".join(f"'{word}':*" for word in wanted)
        return jobs.c.words.op("@@", is_comparison=True)(Cast(literal(query), TSQUERY))
    index = table(FTS, column("rowid"), column(FTS))
    return jobs.c.id.in_(select(index.c.rowid).where(index.c[FTS].match(" ".join(f'"{word}"*' for word in wanted))))


def install(connection: Connection) -> None:
    """Makes whatever is missing of the index; a new one, or one that missed changes, is filled from the table."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"CREATE INDEX IF NOT EXISTS {FTS} ON jobs USING gin (words)")
        return
    present = set(connection.scalars(text("SELECT name FROM sqlite_master")))
    missing = [make for name, make in PARTS.items() if name not in present]
    for make in missing:
        connection.exec_driver_sql(make)
    if missing:
        connection.exec_driver_sql(f"INSERT INTO {FTS} ({FTS}) VALUES ('rebuild')")
