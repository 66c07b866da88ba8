"""Alembic's entry: runs the migrations on the connection that ``db.schema`` hands over."""

from alembic import context
from sqlalchemy import Connection

from db.tables import Base


def run(connection: Connection) -> None:
    """Run the migrations in the transaction of ``connection``."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
