"""Connections, SQLite's pragmas and the one writer thread with group commit.

SQLite has a single writer among all processes. Many threads that each open a write transaction
wait for one another by polling and starve for seconds; one thread that takes what is waiting,
runs each piece in a savepoint of its own and commits once keeps 50 people at p95 8-10 ms
(measured; see docs/design notes on the store). PostgreSQL needs none of it: there every piece is
a transaction of its own.
"""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.orm import Session

from db.errors import StoreUnavailable

Result = TypeVar("Result")
Work = Callable[[Session], Result]

BUSY_TIMEOUT_MS = 30_000
GROUP_LIMIT = 64
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",
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
        self._writer = _Writer(self.engine) if self.is_sqlite else None

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session on one consistent view of the data; what it changes is not kept."""
        with Session(self.engine, expire_on_commit=False) as session:
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


def insert_new(session: Session, table: Table, rows: Sequence[dict[str, Any]]) -> int:
    """Insert ``rows``, passing over those whose key is there already; how many were new."""
    if not rows:
        return 0
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table).on_conflict_do_nothing()
    return max(session.connection().execute(statement, list(rows)).rowcount, 0)


def chunks(rows: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """``rows`` in parts of at most ``size``."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


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
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("prelabel_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


class _Writer:
    """The thread through which everything this process writes to SQLite passes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(prelabel_writes=True)
        self._waiting: queue.SimpleQueue[tuple[Work[Any], Future[Any]] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def submit(self, work: Work[Result]) -> "Future[Result]":
        future: Future[Result] = Future()
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._loop, name="prelabel-writer", daemon=True
                )
                self._thread.start()
            self._waiting.put((work, future))
        return future

    def stop(self) -> None:
        with self._lock:
            thread, self._thread = self._thread, None
            if thread:
                self._waiting.put(None)
        if thread:
            thread.join()

    def _loop(self) -> None:
        while (first := self._waiting.get()) is not None:
            group = [first]
            stopped = False
            while len(group) < GROUP_LIMIT and not self._waiting.empty():
                following = self._waiting.get()
                if following is None:
                    stopped = True
                    break
                group.append(following)
            self._commit(group)
            if stopped:
                return

    def _commit(self, group: list[tuple[Work[Any], Future[Any]]]) -> None:
        answers: list[tuple[Future[Any], Any, BaseException | None]] = []
        try:
            with Session(self._engine, expire_on_commit=False) as session, session.begin():
                for work, future in group:
                    try:
                        with session.begin_nested():
                            result = work(session)
                        answers.append((future, result, None))
                    except OperationalError:
                        raise
                    except Exception as error:
                        session.expunge_all()
                        answers.append((future, None, error))
        except BaseException as error:
            for _, future in group:
                future.set_exception(error)
            return
        for future, result, failure in answers:
            if failure is None:
                future.set_result(result)
            else:
                future.set_exception(failure)
