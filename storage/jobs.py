"""Jobs: rows that wait, run and end. The queue is a query over them; there is no second list in memory.

A state changes by one UPDATE that names the state it leaves, so that of two who try only one succeeds. Whoever runs a
job holds the `Job` that `claim` gave: its attempt and the moment it began fence off an earlier runner that comes back.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Update, func, insert, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from diffusion.request import Request, Told
from storage import line, search
from storage.database import Database, alone
from storage.history import Picture, pictures_where
from storage.line import Place
from storage.tables import Delivery, State, jobs, needs, pictures

__all__ = ["Delivery", "Job", "Jobs", "NewPicture", "Place", "State"]

ATTEMPTS = 2
ACTIVE = jobs.c.state.in_((State.WAITING, State.RUNNING))


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One request of one person, and what has become of it. Ids are Discord's but `id` and `parent`; 0 is none."""

    id: int
    request: Request
    user: int
    channel: int
    guild: int = 0
    """0 in direct messages and where the bot is no member."""
    message: int = 0
    """The live message."""
    reply_to: int = 0
    """The person's own message that asked, if it was one."""
    token: str = ""
    """The interaction's, good for 15 minutes after `created`."""
    action: str = "imagine"
    """What the person did: imagine, reroll, vary, remix, reply, reimagine."""
    parent: int = 0
    """The picture that it grows from."""
    state: State
    attempts: int
    """How often it was begun; a restart of the bot is not held against it."""
    error: str = ""
    delivery: Delivery
    result_message: int = 0
    created: datetime
    started: datetime | None
    finished: datetime | None


@dataclass(frozen=True, slots=True)
class NewPicture:
    """A finished picture whose file is saved."""

    sha256: str
    seed: int
    width: int
    height: int


COLUMNS = [jobs.c[field.name] for field in fields(Job)]


class Jobs:
    """`waiting_per_person` limits the waiting and running jobs of one person, `waiting` all that wait; `at_once` is how
    many can run, for the estimates."""

    def __init__(self, database: Database, *, waiting_per_person: int, waiting: int, at_once: int = 1) -> None:
        self._database = database
        self._at_once = at_once
        self._waiting_per_person = waiting_per_person
        self._waiting = waiting

    async def submit(
        self,
        request: Request,
        *,
        user: int,
        channel: int,
        guild: int = 0,
        reply_to: int = 0,
        token: str = "",
        action: str = "imagine",
        parent: int = 0,
    ) -> Job:
        """Durable once it returns. `Told` when a limit is reached."""
        asked = insert(jobs).values(user=user, channel=channel, guild=guild, reply_to=reply_to, token=token)
        grown = asked.values(action=action, parent=parent, created=datetime.now(UTC))
        row = grown.values(request=request, **_drawn_from(request))
        async with self._database.writing() as connection:
            await alone(connection)
            await self._check_limits(connection, user)
            added = (await connection.execute(row.returning(*COLUMNS))).one()
            if request.needs:
                await connection.execute(insert(needs), [{"job": added.id, "sha256": name} for name in request.needs])
            return Job(**added._asdict())

    async def check_room(self, user: int) -> None:
        """`Told` where `submit` would refuse: to be asked before anything is fetched for it."""
        async with self._database.reading() as connection:
            await self._check_limits(connection, user)

    async def _check_limits(self, connection: AsyncConnection, user: int) -> None:
        own = await _count(connection, ACTIVE, jobs.c.user == user)
        if own >= self._waiting_per_person:
            raise Told(f"You already have {own} in line, the most you can; let one finish, or cancel one in /queue.")
        if await _count(connection, jobs.c.state == State.WAITING) >= self._waiting:
            raise Told(f"The line is full ({self._waiting} requests wait); try again in a few minutes.")

    async def claim(self, *, newcomer: bool = False) -> Job | None:
        """The next in line, now RUNNING; nobody else is given the same one. None if nobody waits, or with `newcomer`
        nobody who has nothing running."""
        turn = line.turns()
        waiting = jobs.alias()
        following = (
            select(waiting.c.id)
            .join(turn, turn.c.id == waiting.c.id)
            .where(waiting.c.state == State.WAITING, turn.c.turn == 1 if newcomer else true())
            .order_by(turn.c.turn, waiting.c.id)
            .limit(1)
            .with_for_update(of=waiting, skip_locked=True)  # on PostgreSQL; SQLite has one writer anyway
        )
        begin = (
            update(jobs)
            .where(jobs.c.id == following.scalar_subquery(), jobs.c.state == State.WAITING)
            .values(state=State.RUNNING, attempts=jobs.c.attempts + 1, started=datetime.now(UTC))
            .returning(*COLUMNS)
        )
        async with self._database.writing() as connection:
            return await _first(connection, begin)

    async def place(self, job_id: int) -> Place | None:
        """None unless it waits."""
        return (await self.places()).get(job_id)

    async def places(self) -> dict[int, Place]:
        """Of every waiting job by its id, the next one first."""
        async with self._database.reading() as connection:
            return await line.places(connection, datetime.now(UTC), self._at_once)

    async def line(self, limit: int = 25) -> list[Job]:
        """The running jobs first, then the waiting ones in the order that they will run."""
        return await self._all(line.in_line(*COLUMNS).limit(limit))

    async def one(self, job_id: int) -> Job | None:
        async with self._database.reading() as connection:
            return await _first(connection, select(*COLUMNS).where(jobs.c.id == job_id))

    async def mine(self, user: int) -> list[Job]:
        """A person's jobs that wait or run, oldest first."""
        return await self._all(select(*COLUMNS).where(ACTIVE, jobs.c.user == user).order_by(jobs.c.id))

    async def set_message(self, job_id: int, message: int) -> None:
        await self._change(update(jobs).where(jobs.c.id == job_id).values(message=message))

    async def finish(self, job: Job, new: Sequence[NewPicture], seconds: float) -> list[Picture]:
        """Its pictures with their ids, in one transaction with its state; none if it is no longer this attempt."""
        now = datetime.now(UTC)
        done = _running(job).values(state=State.DONE, seconds=seconds, **_ended(now))
        rows = [asdict(each) | {"job": job.id, "index": index, "created": now} for index, each in enumerate(new)]
        async with self._database.writing() as connection:
            if (await connection.execute(done)).rowcount == 0:
                return []
            await connection.execute(insert(pictures), rows)
            return await pictures_where(connection, jobs.c.id == job.id)

    async def fail(self, job: Job, error: str, *, retry: bool = False) -> State:
        """What it is now: WAITING again in its old place, FAILED, or whatever it had already become."""
        if retry and job.attempts < ATTEMPTS:
            change = _running(job).values(state=State.WAITING, started=None)
        else:
            change = _running(job).values(state=State.FAILED, error=error, **_ended())
        async with self._database.writing() as connection:
            state = await connection.scalar(change.returning(jobs.c.state))
            return state or await connection.scalar(select(jobs.c.state).where(jobs.c.id == job.id)) or State.CANCELLED

    async def cancel(self, job_id: int) -> bool:
        """False if it had already ended."""
        change = update(jobs).where(jobs.c.id == job_id, ACTIVE)
        return await self._change(change.values(state=State.CANCELLED, **_ended())) == 1

    async def resume(self) -> int:
        """Before anything is claimed: what ran when the bot stopped waits again, in its old place."""
        change = update(jobs).where(jobs.c.state == State.RUNNING)
        return await self._change(change.values(state=State.WAITING, attempts=jobs.c.attempts - 1, started=None))

    async def undelivered(self) -> list[Job]:
        """Ended, by whatever way, and not known to be told; oldest first."""
        return await self._all(select(*COLUMNS).where(jobs.c.delivery == Delivery.PENDING).order_by(jobs.c.id))

    async def delivered(self, job_id: int, delivery: Delivery, message: int = 0) -> bool:
        """False if there is no such job any more: its pictures were deleted meanwhile."""
        change = update(jobs).where(jobs.c.id == job_id, ~ACTIVE)
        return await self._change(change.values(delivery=delivery, result_message=message)) == 1

    async def _all(self, query: Select[*tuple[Any, ...]]) -> list[Job]:
        async with self._database.reading() as connection:
            return [Job(**row._asdict()) for row in await connection.execute(query)]

    async def _change(self, change: Update) -> int:
        async with self._database.writing() as connection:
            return (await connection.execute(change)).rowcount


def _running(job: Job) -> Update:
    """Changes the job only while it still is this attempt."""
    same = (jobs.c.id == job.id, jobs.c.attempts == job.attempts, jobs.c.started == job.started)
    return update(jobs).where(jobs.c.state == State.RUNNING, *same)


def _ended(now: datetime | None = None) -> dict[str, Any]:
    """Of every end: the conversation does not know of it yet."""
    return {"finished": now or datetime.now(UTC), "delivery": Delivery.PENDING}


def _drawn_from(request: Request) -> dict[str, Any]:
    """What the line and the search ask of a request without opening it."""
    return {
        "model": request.model,
        "work": line.work(request),
        "words": search.words(request.prompt),
    }


async def _first(connection: AsyncConnection, statement: Any) -> Job | None:
    row = (await connection.execute(statement)).first()
    return None if row is None else Job(**row._asdict())


async def _count(connection: AsyncConnection, *conditions: ColumnElement[bool]) -> int:
    return await connection.scalar(select(func.count()).select_from(jobs).where(*conditions)) or 0
