"""Brings a database to the tables of this version, from nothing or from any earlier one. Knows no event loop.

Run it with foreign keys off on SQLite: rebuilding a table there drops the old one, which would take along, by
cascade, every row that points to it.
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


def upgrade(connection: Connection, folder: Path = HERE) -> None:
    """Inside the caller's transaction. `Told` if the database comes from a newer Darkroom."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if not known.issuperset(MigrationContext.configure(connection).get_current_heads()):
        raise Told("This database was written by a newer Darkroom; update Darkroom, or set another `database`.")
    command.upgrade(config, "head")
    search.install(connection)
