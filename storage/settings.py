"""What a server, a person or the bot itself prefers: small JSON values by name. Knows no name's meaning."""

from typing import Any, Literal

from sqlalchemy import and_, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ColumnElement

from storage.database import Database
from storage.tables import settings

Scope = Literal["guild", "user", "bot"]
INSERT = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class Settings:
    """`owner` is the id of the guild, the person or the bot."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, scope: Scope, owner: int, key: str, default: Any = None) -> Any:
        """As it was written: null is a value like any other, and not the default."""
        async with self._database.reading() as connection:
            row = (await connection.execute(select(settings.c.value).where(_is(scope, owner, key)))).first()
            return default if row is None else row.value

    async def everybody(self, scope: Scope, key: str) -> list[Any]:
        """What every owner has written under this key."""
        async with self._database.reading() as connection:
            written = select(settings.c.value).where(settings.c.scope == scope, settings.c.key == key)
            return list(await connection.scalars(written.order_by(settings.c.owner)))

    async def write(self, scope: Scope, owner: int, key: str, value: Any) -> None:
        async with self._database.writing() as connection:
            row = INSERT[connection.dialect.name](settings).values(scope=scope, owner=owner, key=key, value=value)
            keys = settings.primary_key.columns
            await connection.execute(row.on_conflict_do_update(index_elements=keys, set_={"value": row.excluded.value}))

    async def forget(self, scope: Scope, owner: int, key: str) -> None:
        async with self._database.writing() as connection:
            await connection.execute(delete(settings).where(_is(scope, owner, key)))


def _is(scope: Scope, owner: int, key: str) -> ColumnElement[bool]:
    return and_(settings.c.scope == scope, settings.c.owner == owner, settings.c.key == key)
