"""The schema: migrations against the models, versions, and what SQLite is told at connecting."""

import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError

from db import schema, slots
from db.engine import Database, sqlite_url
from db.errors import SchemaMismatch, StoreUnavailable
from db.tables import Base, Item, utc_now
from labeling.errors import SchemaVersionError, SettingsError
from labeling.settings import Settings
from labeling.workspace import open_workspace


def test_migrations_from_empty_give_exactly_the_models(empty_url: str) -> None:
    db = Database(empty_url)
    assert schema.upgrade(db) == (None, schema.expected_revision())
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    db.close()


def test_an_empty_database_gets_the_schema_once(empty_url: str) -> None:
    db = Database(empty_url)
    schema.require_current(db)
    schema.require_current(db)
    assert schema.upgrade(db) == (schema.expected_revision(), schema.expected_revision())
    db.close()


def test_two_programs_that_start_at_once_both_find_the_schema(empty_url: str) -> None:
    code = (
        "import sys; from db.engine import Database; from db.schema import require_current; "
        "require_current(Database(sys.argv[1]))"
    )
    programs = [subprocess.Popen([sys.executable, "-c", code, empty_url]) for _ in range(3)]
    assert [program.wait(60) for program in programs] == [0, 0, 0]
    db = Database(empty_url)
    assert schema.current_revision(db) == schema.expected_revision()
    db.close()


def test_threads_that_upgrade_at_once_wait_for_one_another(empty_url: str) -> None:
    databases = [Database(empty_url) for _ in range(3)]
    with ThreadPoolExecutor(len(databases)) as pool:
        done = list(pool.map(schema.upgrade, databases))
    assert {after for _, after in done} == {schema.expected_revision()}
    for db in databases:
        db.close()


@pytest.mark.parametrize("revision", ["0000", "9999"])
def test_another_version_is_refused(own_url: str, revision: str, tmp_path: Path) -> None:
    db = Database(own_url)
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})
    with pytest.raises(SchemaMismatch) as caught:
        schema.require_current(db)
    assert (caught.value.found, caught.value.expected) == (revision, schema.expected_revision())
    with pytest.raises(SchemaVersionError, match="prelabel db upgrade"):
        open_workspace(Settings(home=tmp_path, database_url=db.url))


def test_tables_without_a_version_are_refused(own_url: str) -> None:
    db = Database(own_url)
    with db.engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    with pytest.raises(SchemaMismatch):
        schema.require_current(db)


def test_a_file_that_is_no_database_is_told_to_the_person(tmp_path: Path) -> None:
    (tmp_path / "prelabel.db").write_bytes(b"certainly not a database " * 100)
    with pytest.raises(SettingsError, match=r"database"):
        open_workspace(Settings(home=tmp_path))


def test_a_server_that_does_not_answer_is_told_to_the_person(tmp_path: Path) -> None:
    url = "postgresql://nobody@127.0.0.1:9/nothing?connect_timeout=2"
    with pytest.raises(SettingsError, match="PRELABEL_DATABASE_URL"):
        open_workspace(Settings(home=tmp_path, database_url=url))


@pytest.mark.parametrize("url", ["nonsense", "mysql://x/y", "postgresql+nodriver://x/y"])
def test_a_url_that_can_not_be_used_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        Database(url)
    with pytest.raises(SettingsError, match="PRELABEL_DATABASE_URL"):
        open_workspace(Settings(home=tmp_path, database_url=url))


def test_every_sqlite_connection_is_prepared(new_sqlite_url) -> None:
    db = Database(new_sqlite_url())
    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}
    with db.engine.connect() as first, db.engine.connect() as second:
        for connection in (first, second):
            for pragma, value in expected.items():
                assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
    synchronous = db.write(lambda s: s.execute(text("PRAGMA synchronous")).scalar())
    assert synchronous == 2
    db.close()


def test_foreign_keys_hold(db: Database) -> None:
    item = Item(project_id="none", sha256="0" * 64, batch_id="none", created_at=utc_now())
    with pytest.raises(IntegrityError):
        db.write(lambda session: session.add(item))


def test_the_next_item_is_found_by_the_partial_index(new_sqlite_url) -> None:
    db = Database(new_sqlite_url())
    query = (
        "EXPLAIN QUERY PLAN SELECT * FROM queue_entry "
        "WHERE project_id = 'p' AND assignee_id IS NULL AND state = 'queued' "
        "ORDER BY priority, rank LIMIT 40"
    )
    with db.read() as session:
        plan = " ".join(row[3] for row in session.execute(text(query)))
    assert "ix_queue_entry_next" in plan
    assert "TEMP B-TREE" not in plan
    db.close()


def test_the_next_blind_item_is_found_by_its_own_index(new_sqlite_url) -> None:
    db = Database(new_sqlite_url())
    said = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: said.append(args[2:4]))
    with db.read() as session:
        slots.bring_forward(session, "p", "u")
        statement, parameters = said[-1]
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        steps = " ".join(row[3] for row in plan)
    assert steps.count("ix_queue_entry_check") == 2
    assert "TEMP B-TREE" not in steps
    db.close()


def test_a_url_with_a_path_opens_that_file(tmp_path: Path) -> None:
    db = Database(sqlite_url(tmp_path / "some folder.db"))
    schema.require_current(db)
    assert (tmp_path / "some folder.db").stat().st_size > 0
    db.close()


def test_opening_waits_for_a_program_that_writes_before_the_file_is_in_wal(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "new.db", isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE begun (id INTEGER)")
    other.execute("BEGIN IMMEDIATE")
    db = Database(sqlite_url(tmp_path / "new.db"))
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(schema.current_revision, db)
        time.sleep(0.3)
        other.execute("COMMIT")
        other.close()
        assert found.result(timeout=20) is None
    db.close()
