"""Brings a database to the tables of this version, from nothing or from any earlier one. Knows no event loop.

SQLite changes most things of a table only by rebuilding it (`op.batch_alter_table`). That drops the old table, so it
needs foreign keys off, or every row that points to it goes along by cascade; it drops the table's triggers, which
`search.install` makes again; and it forgets that ids are never given twice, unless it is told
`table_kwargs={"sqlite_autoincrement": True}`. `op.add_column` needs none of this.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from diffusion.request import Told
from storage import search

HERE = Path(__file__).parent


def upgrade(connection: Connection) -> None:
    """Inside the caller's transaction. `Told` if the database comes from a newer Darkroom."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if not known.issuperset(MigrationContext.configure(connection).get_current_heads()):
        raise Told("This database was written by a newer Darkroom; update Darkroom, or set another `database`.")
    command.upgrade(config, "head")
    search.install(connection)
