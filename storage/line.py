"""The line: who is next, who stands where, and how long it takes. Queries and arithmetic; changes nothing.

It is fair to people, not to requests: a person's second request, counting those that are running, comes after
everybody's first. Twenty requests of one person never make another's first wait behind them: not those that wait, and
not those that run, for the last free place is kept for somebody who has nothing running.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import heapify, heappop, heappush
from math import inf, isfinite
from statistics import median
from typing import Any

from sqlalchemy import Row, Select, Subquery, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from diffusion.request import Request
from storage.tables import State, jobs

MEASURED = 50
"""So many finished jobs are looked at for an estimate."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a waiting job stands."""

    position: int
    """Among the waiting; 1 is next."""
    ahead: int
    """Jobs that come before it: the running ones, and the waiting ones in front."""
    seconds: float | None
    """Until it is finished, as things stand now; None where nothing like it has been measured."""


def work(request: Request) -> float:
    """How much there is to do: the seconds of one model grow with it."""
    return float(request.count * request.steps * request.strength * request.stop * request.width * request.height)


def turns() -> Subquery:
    """`id` and `turn` of every waiting job: its number among its person's jobs, the running ones counted first."""
    waiting, active = jobs.alias("waiting"), jobs.alias("active")
    running = (
        select(active.c.user, func.count().label("number"))
        .where(active.c.state == State.RUNNING)
        .group_by(active.c.user)
        .subquery("running")
    )
    own = func.row_number().over(partition_by=waiting.c.user, order_by=waiting.c.id)
    return (
        select(waiting.c.id, (own + func.coalesce(running.c.number, 0)).label("turn"))
        .outerjoin(running, running.c.user == waiting.c.user)
        .where(waiting.c.state == State.WAITING)
        .subquery("turns")
    )


def in_line(*columns: Any) -> Select[*tuple[Any, ...]]:
    """The running jobs, longest running first, then the waiting ones in the order that they will run."""
    turn = turns()
    return (
        select(*columns)
        .outerjoin(turn, turn.c.id == jobs.c.id)
        .where(jobs.c.state.in_((State.RUNNING, State.WAITING)))
        .order_by(func.coalesce(turn.c.turn, 0), jobs.c.started, jobs.c.id)
    )


async def places(connection: AsyncConnection, now: datetime, at_once: int) -> dict[int, Place]:
    """The place of every waiting job, by its id, the next one first; `at_once` is how many can run."""
    measured = await connection.execute(
        select(jobs.c.model, jobs.c.work, jobs.c.seconds)
        .where(jobs.c.state == State.DONE)
        .order_by(jobs.c.finished.desc())
        .limit(MEASURED)
    )
    pace = paces((row.model, row.work, row.seconds) for row in measured)
    columns = (jobs.c.id, jobs.c.user, jobs.c.state, jobs.c.model, jobs.c.work, jobs.c.started)
    rows = (await connection.execute(in_line(*columns))).all()
    running = [row for row in rows if row.state == State.RUNNING]
    waiting = [row for row in rows if row.state == State.WAITING]
    ends = estimates(
        [(max(0.0, _seconds(row, pace) - (now - row.started).total_seconds()), row.user) for row in running],
        [(_seconds(row, pace), row.user) for row in waiting],
        at_once,
    )
    return {
        row.id: Place(position, len(running) + position - 1, end if isfinite(end) else None)
        for position, (row, end) in enumerate(zip(waiting, ends, strict=True), 1)
    }


def paces(measured: Iterable[tuple[str, float, float]]) -> dict[str, float]:
    """Seconds per unit of work by model: the median, so that one slow first run does not mislead."""
    by_model: defaultdict[str, list[float]] = defaultdict(list)
    for model, amount, seconds in measured:
        by_model[model].append(seconds / amount)
    return {model: median(each) for model, each in by_model.items()}


def estimates(
    running: Sequence[tuple[float, int]], waiting: Iterable[tuple[float, int]], at_once: int
) -> Iterator[float]:
    """Seconds until each waiting job ends, from the seconds that the running ones still take and the waiting ones need,
    each with its person: it begins once enough of those before it have ended to leave it a place."""
    ends, room = list(running), max(at_once, len(running))
    heapify(ends)
    now = 0.0
    for seconds, user in waiting:
        while not _has_place(user, [each for _, each in ends], room):
            now, _ = heappop(ends)
        heappush(ends, (now + seconds, user))
        yield now + seconds


def _has_place(user: int, running: Sequence[int], room: int) -> bool:
    """The last free place is a newcomer's, unless it is the only one there is."""
    free = room - len(running)
    return free > 1 or (free == 1 and (room == 1 or user not in running))


def _seconds(row: Row[*tuple[Any, ...]], pace: Mapping[str, float]) -> float:
    return row.work * pace.get(row.model, inf)
