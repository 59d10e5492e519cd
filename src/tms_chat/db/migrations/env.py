"""Alembic's entry point: runs on the connection that `db.migrate` hands over, in its transaction."""

from alembic import context

from tms_chat.db.types import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
