"""Connections, SQLite's pragmas, and the doors for reading and for writing."""

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session

from db.bulk_insert import Rows, bulk_insert
from db.errors import StoreUnavailable
from db.writer import Result, Work, Writer

Key = TypeVar("Key")

BUSY_TIMEOUT_MS = 30_000
LOOKUP_SIZE = 500
"""Keys in one query; SQLite takes a bounded number of parameters."""
AWAY = ("08", "40", "57")
"""Classes of SQLSTATE: connection lost, transaction to be tried again, server going down."""
PRAGMAS = (
    f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-65536",
    "PRAGMA temp_store=MEMORY",
)


class Database:
    """A database with separate doors for reading and for writing.

    Args:
        url: an SQLAlchemy URL, ``sqlite:///…`` or ``postgresql+psycopg://…``.

    Raises:
        StoreUnavailable: the URL can't be understood or its driver is not installed.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._writer = Writer(_writing_engine(url)) if self.is_sqlite else None
        self._readers = self.engine
        if not self.is_sqlite:
            self._readers = self.engine.execution_options(isolation_level="REPEATABLE READ")

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session on one consistent view of the data; what it changes is not kept."""
        with Session(self._readers, expire_on_commit=False) as session:
            yield session

    def write(self, work: Work[Result]) -> Result:
        """Run ``work`` in a transaction and return its result once that is committed.

        ``work`` may share the transaction with others', inside a savepoint of its own, so it
        must be short (under 50 ms) and must not wait for anything but the database. Whatever it
        raises is raised here, and nothing it did is kept.
        """
        if self._writer:
            return self._writer.submit(work).result()
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            return work(session)

    def close(self) -> None:
        """Finish what is waiting to be written and let go of all connections."""
        if self._writer:
            self._writer.stop()
        self.engine.dispose()


def is_passing(error: BaseException) -> bool:
    """Whether an error tells of a database that is busy or away, and not of the work itself."""
    if not isinstance(error, DBAPIError):
        return False
    busy = isinstance(error, OperationalError) and "is locked" in str(error.orig)
    state = getattr(error.orig, "sqlstate", None) or ""
    return busy or error.connection_invalidated or state[:2] in AWAY or _is_unreachable(error)


def _is_unreachable(error: DBAPIError) -> bool:
    """Whether PostgreSQL could not even be asked: its error then bears an empty state."""
    return error.statement is None and getattr(error.orig, "sqlstate", "") is None


def insert_all(session: Session, entity: type[DeclarativeBase], rows: Rows) -> None:
    """Insert ``rows`` in one go, past the ORM."""
    if rows:
        bulk_insert(session.connection(), table_of(entity), rows, skip_known=False)


def insert_new(session: Session, entity: type[DeclarativeBase], rows: Rows) -> int:
    """Insert ``rows``, passing over those whose key is there already; how many were new."""
    if not rows:
        return 0
    return bulk_insert(session.connection(), table_of(entity), rows, skip_known=True)


def table_of(entity: type[DeclarativeBase]) -> Table:
    """The table of an entity: statements on it pass the ORM by, at a fraction of its cost."""
    return cast(Table, entity.__table__)


def chunks(rows: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """``rows`` in parts of at most ``size``."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def lookups(keys: Iterable[Key]) -> Iterator[Sequence[Key]]:
    """``keys`` in parts of a size that one query takes."""
    return chunks(list(keys), LOOKUP_SIZE)


def sqlite_url(path: Path) -> str:
    """The URL of an SQLite file."""
    return f"sqlite:///{path}"


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return _sqlite_engine(url)
        if parsed.drivername in ("postgresql", "postgres"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        return create_engine(parsed, pool_pre_ping=True, pool_size=10, max_overflow=20)
    except (ArgumentError, ImportError) as error:
        raise StoreUnavailable(f"the database URL can't be used: {error}") from error


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(
        url, connect_args={"check_same_thread": False}, pool_size=10, max_overflow=40
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(pragma)
        _write_ahead(cursor)
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("prelabel_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _writing_engine(url: str) -> Engine:
    """The one connection of the writer, which copies the log back when it finds it fit."""
    engine = _sqlite_engine(url).execution_options(prelabel_writes=True)
    event.listen(
        engine, "connect", lambda connection, _: connection.execute("PRAGMA wal_autocheckpoint=0")
    )
    return engine


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    """Switch a database to WAL; SQLite does not wait for others here, so we do.

    The mode is kept in the file: only the very first connections, opened at the same moment, can
    stand in one another's way.
    """
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
