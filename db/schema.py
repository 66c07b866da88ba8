"""Creating and upgrading the schema (Alembic), and refusing a database of another version."""

import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import DatabaseError

from db.engine import Database
from db.errors import SchemaMismatch, StoreUnavailable

MIGRATIONS = Path(__file__).parent / "migrations"
UPGRADE_LOCK = 0x507265
"""The advisory lock of PostgreSQL under which one program at a time migrates."""
_one_thread = threading.Lock()


def expected_revision() -> str:
    """The revision that this version of Prelabel works with."""
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    assert head is not None
    return head


def current_revision(db: Database) -> str | None:
    """The revision that the database is at; None before the first migration.

    Raises:
        StoreUnavailable: the database can't be opened or reached.
    """
    try:
        with db.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except DatabaseError as error:
        raise StoreUnavailable(f"the database can't be opened: {error.orig}") from error


def upgrade(db: Database) -> tuple[str | None, str]:
    """Bring the database to this version's schema; the revisions before and after.

    Programs that start at once wait for one another; the later ones find nothing left to do.
    """
    before = current_revision(db)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    writing = db.engine.execution_options(prelabel_writes=True)
    with _one_thread, writing.begin() as connection:
        if not db.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": UPGRADE_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return before, expected_revision()


def require_current(db: Database, *, create: bool = True) -> None:
    """Create the schema in an empty database; refuse one of another version.

    Raises:
        SchemaMismatch: the database was made by another version.
        StoreUnavailable: the database can't be opened or reached.
    """
    found = current_revision(db)
    if found is None and create and not _has_tables(db):
        upgrade(db)
        return
    if found != expected_revision():
        raise SchemaMismatch(found, expected_revision())


def _has_tables(db: Database) -> bool:
    return "project" in inspect(db.engine).get_table_names()
