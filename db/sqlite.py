"""SQLite: how connections are prepared, and how transactions begin.

Python's driver begins a transaction by itself only before it writes, so that what is read before
is not of the same moment. SQLAlchemy's documented way out is a listener on "begin"; but an engine
that anybody listens to asks at each statement who wants to know of it, which made a decision a
tenth dearer. So the dialect begins.
"""

import sqlite3
import time
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import make_url

TO_READ, TO_WRITE = "BEGIN", "BEGIN IMMEDIATE"
"""Statements that begin a transaction; the second one takes the write lock at once."""
BUSY_TIMEOUT_MS = 30_000
PRAGMAS = (
    f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-65536",
    "PRAGMA temp_store=MEMORY",
)


class SqliteConnection(sqlite3.Connection):
    """A connection of the driver; ``begin`` is the statement that begins its transactions."""

    begin: str = TO_READ


class PreparedSqlite(SQLiteDialect_pysqlite):
    """SQLAlchemy's dialect for the driver of the standard library, which begins transactions."""

    supports_statement_cache = True

    def do_begin(self, dbapi_connection: Any) -> None:
        """Begin a transaction, as its connection says."""
        dbapi_connection.execute(dbapi_connection.begin)


registry.register("sqlite.prelabel", __name__, PreparedSqlite.__name__)


def sqlite_engine(url: str) -> Engine:
    """An engine on an SQLite file for reading; its connections can also migrate (``TO_WRITE``).

    Raises:
        ArgumentError: the URL can't be understood.
    """
    engine = create_engine(
        make_url(url).set(drivername="sqlite+prelabel"),
        connect_args={"check_same_thread": False, "factory": SqliteConnection},
        pool_size=10,
        max_overflow=40,
    )
    event.listen(engine, "connect", _prepare)
    return engine


def writing_engine(url: str) -> Engine:
    """An engine for the one connection of the writer, which copies the log back itself."""
    engine = sqlite_engine(url)

    @event.listens_for(engine, "connect")
    def _to_write(connection: SqliteConnection, _record: Any) -> None:
        connection.begin = TO_WRITE
        connection.execute("PRAGMA wal_autocheckpoint=0")

    return engine


def _prepare(connection: SqliteConnection, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(pragma)
    _write_ahead(connection)


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch a database to WAL; SQLite does not wait for others here, so we do.

    The mode is kept in the file: only the very first connections, opened at the same moment, can
    stand in one another's way.
    """
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").fetchall()
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
