"""Creating and upgrading the schema (Alembic), and refusing a database of another version."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import cast

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DatabaseError

from db.engine import Database
from db.errors import SchemaMismatch, StoreUnavailable
from db.sqlite import TO_READ, TO_WRITE, SqliteConnection

MIGRATIONS = Path(__file__).parent / "migrations"
UPGRADE_LOCK = 0x507265
"""The advisory lock of PostgreSQL under which one program at a time migrates."""
_one_thread = threading.Lock()


@cache
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

    Raises:
        StoreUnavailable: rows refer to others that are not there; nothing is changed then.
    """
    before = current_revision(db)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with _one_thread, _migrating(db) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return before, expected_revision()


@contextmanager
def _migrating(db: Database) -> Iterator[Connection]:
    """A transaction in which no other program migrates.

    SQLite changes a table by copying it, and dropping the original would delete by cascade
    whatever refers to it. So its foreign keys are off meanwhile, and all checked before the commit.
    """
    if not db.is_sqlite:
        with db.engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": UPGRADE_LOCK})
            yield connection
        return
    with db.engine.connect() as connection:
        driver = cast(SqliteConnection, connection.connection.driver_connection)
        driver.execute("PRAGMA foreign_keys=OFF")
        driver.begin = TO_WRITE
        try:
            with connection.begin():
                yield connection
                if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall():
                    tables = ", ".join(sorted({row[0] for row in broken}))
                    raise StoreUnavailable(f"rows refer to others that are missing: {tables}")
        finally:
            driver.begin = TO_READ
            driver.execute("PRAGMA foreign_keys=ON")


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
