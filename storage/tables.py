"""The tables, their columns and indexes, and the words that their state columns hold. Asks nothing of a database.

Whoever changes a table here adds a migration beside it; a test compares the two.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Enum,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import TSVECTOR

from diffusion.request import Request


class State(StrEnum):
    """Where a job is; the last three are its end."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Delivery(StrEnum):
    """Whether the end of a job has reached the conversation: its pictures, or the words that there are none."""

    NONE = "none"
    """It has not ended."""
    PENDING = "pending"
    """Ended, and not yet known to be told."""
    POSTED = "posted"
    KEPT = "kept"
    """The pictures could not be posted; they are found in the history only."""


class Moment(TypeDecorator[datetime]):
    """An aware datetime in UTC, also where the database keeps no time zones (SQLite)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Asked(TypeDecorator[Request]):
    """A `Request` as its JSON: the same object comes back.

    It refuses what it does not know: a field that is renamed or goes needs a migration of the stored ones.
    """

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Request | None, dialect: Dialect) -> dict[str, Any] | None:
        return None if value is None else value.to_json()

    def process_result_value(self, value: dict[str, Any] | None, dialect: Dialect) -> Request | None:
        return None if value is None else Request.from_json(value)


def words_of(kind: type[StrEnum]) -> Enum:
    """Kept as plain text, so that a new word needs no migration."""
    return Enum(kind, native_enum=False, length=16, values_callable=lambda words: [word.value for word in words])


Id = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER numbers rows by itself in SQLite
Words = Text().with_variant(TSVECTOR, "postgresql")

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "fk": "%(table_name)s_%(column_0_name)s_fk",
        "uq": "%(table_name)s_%(column_0_N_name)s_once",
    }
)

# sqlite_autoincrement: an id is never given twice, because buttons hold ids for ever.
jobs = Table(
    "jobs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("request", Asked, nullable=False),
    Column("user", BigInteger, nullable=False),
    Column("channel", BigInteger, nullable=False),
    Column("guild", BigInteger, nullable=False, default=0),
    Column("message", BigInteger, nullable=False, default=0),
    Column("reply_to", BigInteger, nullable=False, default=0),
    Column("token", Text, nullable=False, default=""),
    Column("action", String(32), nullable=False),
    Column("parent", BigInteger, nullable=False, default=0),
    Column("state", words_of(State), nullable=False, default=State.WAITING),
    Column("attempts", Integer, nullable=False, default=0),
    Column("error", Text, nullable=False, default=""),
    Column("delivery", words_of(Delivery), nullable=False, default=Delivery.NONE),
    Column("result_message", BigInteger, nullable=False, default=0),
    Column("created", Moment, nullable=False),
    Column("started", Moment),
    Column("finished", Moment),
    # Drawn from the request, so that the line and the search need not open the JSON (its pictures are in `needs`):
    Column("model", Text, nullable=False),
    Column("work", Float, nullable=False),
    Column("words", Words, nullable=False),
    # What the worker measured:
    Column("seconds", Float),
    Index("jobs_line", "state", "user", "id"),
    Index("jobs_measured", "state", "finished"),
    Index("jobs_user", "user", "id"),
    Index("jobs_delivery", "delivery", "id"),
    Index("jobs_result_message", "result_message"),
    sqlite_autoincrement=True,
)

pictures = Table(
    "pictures",
    metadata,
    Column("id", Id, primary_key=True),
    Column("job", Id, ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
    Column("index", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("created", Moment, nullable=False),
    UniqueConstraint("job", "index"),
    Index("pictures_sha256", "sha256"),
    sqlite_autoincrement=True,
)

needs = Table(
    "needs",
    metadata,
    Column("job", Id, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Index("needs_sha256", "sha256"),
)
"""The files of the pictures that a job is made from."""

settings = Table(
    "settings",
    metadata,
    Column("scope", String(16), primary_key=True),
    Column("owner", BigInteger, primary_key=True, autoincrement=False),
    Column("key", String(64), primary_key=True),
    Column("value", JSON, nullable=False),
)
