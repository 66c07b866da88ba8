"""A database with its doors for reading and for writing."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import Engine, Table, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session

from db.bulk_insert import Rows, bulk_insert
from db.errors import StoreUnavailable
from db.sqlite import sqlite_engine, writing_engine
from db.writer import Result, Work, Writer

Key = TypeVar("Key")

LOOKUP_SIZE = 500
"""Keys in one query; SQLite takes a bounded number of parameters."""
AWAY = ("08", "40", "57")
"""Classes of SQLSTATE: connection lost, transaction to be tried again, server going down."""


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
        self._writer = Writer(writing_engine(url)) if self.is_sqlite else None
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


def insert_new(
    session: Session, entity: type[DeclarativeBase], rows: Rows, by: str | None = None
) -> int:
    """Insert ``rows``, passing over those whose key is there already; how many were new.

    ``by`` is a column in whose order they go in faster (`bulk_insert`).
    """
    if not rows:
        return 0
    return bulk_insert(session.connection(), table_of(entity), rows, skip_known=True, by=by)


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
            return sqlite_engine(url)
        if parsed.drivername in ("postgresql", "postgres"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        return create_engine(parsed, pool_pre_ping=True, pool_size=10, max_overflow=20)
    except (ArgumentError, ImportError) as error:
        raise StoreUnavailable(f"the database URL can't be used: {error}") from error
