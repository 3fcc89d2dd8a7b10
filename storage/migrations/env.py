"""Alembic's entry: runs the migrations on the connection that it was given, in that connection's transaction."""

from alembic import context

from storage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
