"""Indexes: every question that the storage asks finds its rows by one, however many there are."""

import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text

from storage.database import open_database
from storage.history import History
from storage.jobs import Delivery, Jobs
from tests.databases import REQUEST

TABLES = {"jobs", "pictures", "needs", "waiting", "active"}
"""By the names that the queries give them."""
Question = Callable[[Jobs, History], Awaitable[Any]]
QUESTIONS: dict[str, Question] = {
    "submit": lambda jobs, _: jobs.submit(REQUEST, user=1, channel=2),
    "submit from pictures": lambda jobs, _: jobs.submit(
        replace(REQUEST, source="a" * 64, mask="b" * 64), user=1, channel=2
    ),
    "claim": lambda jobs, _: jobs.claim(),
    "claim for a newcomer": lambda jobs, _: jobs.claim(newcomer=True),
    "places": lambda jobs, _: jobs.places(),
    "line": lambda jobs, _: jobs.line(),
    "mine": lambda jobs, _: jobs.mine(1),
    "cancel": lambda jobs, _: jobs.cancel(1),
    "resume": lambda jobs, _: jobs.resume(),
    "undelivered": lambda jobs, _: jobs.undelivered(),
    "delivered": lambda jobs, _: jobs.delivered(1, Delivery.POSTED, 3),
    "picture": lambda _, history: history.picture(1),
    "of_job": lambda _, history: history.of_job(1),
    "of_message": lambda _, history: history.of_message(1),
    "by_hash": lambda _, history: history.by_hash("a" * 64),
    "recent": lambda _, history: history.recent(1),
    "search": lambda _, history: history.recent(1, search="circle"),
    "count": lambda _, history: history.count(1, "circle"),
    "ancestors": lambda _, history: history.ancestors(1),
    "forget": lambda _, history: history.forget([1, 2]),
    "unused": lambda _, history: history.unused(["a" * 64]),
}


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """Every statement that is executed meanwhile, with its parameters; of many at once, those of the first."""
    asked: list[tuple[str, Any]] = []

    def listen(_c: Connection, _k: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters[0] if isinstance(parameters, list) else parameters))

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", listen)


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
async def test_no_question_walks_through_a_whole_table(tmp_path: Path, question: Question) -> None:
    path = tmp_path / "darkroom.db"
    async with open_database(f"sqlite:///{path}") as database:
        with statements() as asked:
            await question(Jobs(database, waiting_per_person=5, waiting=5), History(database))
    with closing(sqlite3.connect(path)) as connection:
        plans = [
            detail
            for statement, parameters in asked
            if not statement.startswith("BEGIN")
            for *_, detail in connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
    walks = [plan for plan in plans if plan.startswith("SCAN") and plan.split()[1] in TABLES]
    assert plans
    assert walks == []


async def test_an_estimate_sorts_no_more_than_it_looks_at(tmp_path: Path) -> None:
    path = tmp_path / "darkroom.db"
    async with open_database(f"sqlite:///{path}") as database:
        with statements() as asked:
            await Jobs(database, waiting_per_person=5, waiting=5).places()
    [measured] = [each for each in asked if "jobs.seconds" in each[0]]
    with closing(sqlite3.connect(path)) as connection:
        plan = [detail for *_, detail in connection.execute(f"EXPLAIN QUERY PLAN {measured[0]}", measured[1])]
    assert plan == ["SEARCH jobs USING INDEX jobs_measured (state=?)"]


async def test_postgresql_searches_by_its_index(postgresql_url: str) -> None:
    async with open_database(postgresql_url) as database, database.reading() as connection:
        await connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = await connection.scalars(text("EXPLAIN SELECT id FROM jobs WHERE words @@ to_tsquery('simple', 'a:*')"))
        assert "jobs_search" in "".join(plan)
