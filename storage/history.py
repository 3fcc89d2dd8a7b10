"""What was made: a person's pictures, search, lineage, and forgetting. Knows rows; the files are `images`' business."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, literal, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from diffusion.request import Request
from storage import search as words
from storage.database import Database
from storage.tables import State, jobs, needs, pictures


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture, with what its job knows of it."""

    id: int
    job: int
    index: int
    """In its job, from 0."""
    sha256: str
    seed: int
    width: int
    height: int
    request: Request
    """The whole job's; `alone` is this picture's own."""
    user: int
    channel: int
    guild: int
    message: int
    """The result message, 0 if there is none (yet)."""
    parent: int
    """The picture that it grew from, or 0; that one may have been forgotten."""
    created: datetime
    action: str = "imagine"
    """What the person did, as `Job` has it."""

    @property
    def alone(self) -> Request:
        return self.request.alone(self.index)


COLUMNS = [
    *(pictures.c[name] for name in ("id", "job", "index", "sha256", "seed", "width", "height", "created")),
    *(jobs.c[name] for name in ("request", "user", "channel", "guild", "parent", "action")),
    jobs.c.result_message.label("message"),
]
BOTH = pictures.join(jobs, jobs.c.id == pictures.c.job)
NEWEST_FIRST = (jobs.c.id.desc(), pictures.c.index)
"""The pictures of one job stay in their own order."""


class History:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def picture(self, picture_id: int) -> Picture | None:
        return _first(await self._where(pictures.c.id == picture_id))

    async def of_job(self, job_id: int) -> list[Picture]:
        return await self._where(jobs.c.id == job_id)

    async def of_message(self, message_id: int) -> list[Picture]:
        """The pictures that a result message shows, first to last."""
        return await self._where(jobs.c.result_message == message_id) if message_id else []

    async def by_hash(self, sha256: str) -> Picture | None:
        """The newest one with that content."""
        return _first(await self._where(pictures.c.sha256 == sha256))

    async def recent(self, user: int, *, search: str = "", offset: int = 0, limit: int = 10) -> list[Picture]:
        """Newest first; with `search` those whose prompt has all its words, or words that begin so."""
        async with self._database.reading() as connection:
            condition = _of(user, search, connection)
            query = select(*COLUMNS).select_from(BOTH).where(condition).order_by(*NEWEST_FIRST)
            return await _all(connection, query.offset(offset).limit(limit))

    async def count(self, user: int, search: str = "") -> int:
        async with self._database.reading() as connection:
            query = select(func.count()).select_from(BOTH).where(_of(user, search, connection))
            return await connection.scalar(query) or 0

    async def ancestors(self, picture_id: int) -> list[Picture]:
        """What it grew from: the parent first, then the parent's parent, as far as they are still there."""
        step = select(jobs.c.parent.label("id"), literal(1).label("depth")).select_from(BOTH)
        chain = step.where(pictures.c.id == picture_id).cte("chain", recursive=True)
        onward = select(jobs.c.parent, chain.c.depth + 1).select_from(BOTH.join(chain, chain.c.id == pictures.c.id))
        chain = chain.union_all(onward)
        found = select(*COLUMNS).select_from(BOTH.join(chain, chain.c.id == pictures.c.id)).order_by(chain.c.depth)
        async with self._database.reading() as connection:
            return await _all(connection, found)

    async def forget(self, picture_ids: Collection[int]) -> list[str]:
        """Removes them, and a job with its last picture. Returns the files that nothing uses any more.

        A picture uses its file and those that it is made from, so that its buttons go on working.
        """
        chosen = pictures.c.id.in_(picture_ids)
        async with self._database.writing() as connection:
            rows = (await connection.execute(select(pictures.c.sha256, pictures.c.job).where(chosen))).all()
            needed = select(needs.c.sha256).where(needs.c.job.in_({row.job for row in rows}))
            files = {row.sha256 for row in rows} | set(await connection.scalars(needed))
            await connection.execute(delete(pictures).where(chosen))
            left = select(pictures.c.job).where(pictures.c.job == jobs.c.id).exists()
            await connection.execute(delete(jobs).where(jobs.c.id.in_({row.job for row in rows}), ~left))
            return await _unused(connection, files)

    async def unused(self, names: Collection[str]) -> list[str]:
        """Those of these files (SHA-256) that no picture and no waiting or running job uses."""
        async with self._database.reading() as connection:
            return await _unused(connection, set(names))

    async def _where(self, condition: ColumnElement[bool]) -> list[Picture]:
        async with self._database.reading() as connection:
            return await pictures_where(connection, condition)


async def pictures_where(connection: AsyncConnection, condition: ColumnElement[bool]) -> list[Picture]:
    """Newest job first; `condition` is on `jobs` and `pictures`."""
    return await _all(connection, select(*COLUMNS).select_from(BOTH).where(condition).order_by(*NEWEST_FIRST))


def _of(user: int, search: str, connection: AsyncConnection) -> ColumnElement[bool]:
    own = jobs.c.user == user
    return own & words.found(search, connection.dialect) if search.strip() else own


async def _all(connection: AsyncConnection, query: Select[*tuple[Any, ...]]) -> list[Picture]:
    return [Picture(**row._asdict()) for row in await connection.execute(query)]


def _first(found: list[Picture]) -> Picture | None:
    return found[0] if found else None


async def _unused(connection: AsyncConnection, names: set[str]) -> list[str]:
    kept = select(pictures.c.job).where(pictures.c.job == jobs.c.id).exists()
    needed = jobs.c.state.in_((State.WAITING, State.RUNNING)) | kept
    used = union(
        select(pictures.c.sha256).where(pictures.c.sha256.in_(names)),
        select(needs.c.sha256).join(jobs, jobs.c.id == needs.c.job).where(needs.c.sha256.in_(names), needed),
    )
    return sorted(names - set(await connection.scalars(used)) - {""})
