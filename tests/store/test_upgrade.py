"""Upgrading a database that holds rows: nothing is lost, and what is broken is told."""

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import func, inspect, select, text
from sqlalchemy.exc import IntegrityError

from db import schema
from db.engine import Database
from db.errors import StoreUnavailable
from db.tables import Image, ImportBatch, Item, Proposal, QueueEntry, Run
from tests.rows import seed


def at_revision(url: str, revision: str) -> Database:
    """An empty database as an older version made it."""
    db = Database(url)
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    with db.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    return db


def counts(db: Database) -> dict[str, int]:
    with db.read() as session:
        return {
            entity.__tablename__: session.scalar(select(func.count()).select_from(entity))
            for entity in (Image, Item, Proposal, QueueEntry)
        }


def test_new_keys_of_items_keep_all_that_refers_to_them(empty_url: str) -> None:
    db = at_revision(empty_url, "0002")
    seeded = seed(db, 30)
    before = counts(db)
    assert set(before.values()) == {30}
    assert schema.upgrade(db)[0] == "0002"
    assert counts(db) == before
    with db.read() as session:
        one = session.get_one(Item, seeded.items[0])
        values = {"project_id": one.project_id, "sha256": one.sha256, "batch_id": one.batch_id}
    with pytest.raises(IntegrityError):
        db.write(lambda session: session.add(Item(**values)))
    with pytest.raises(IntegrityError):
        db.write(lambda session: session.add(Item(**(values | {"sha256": "f" * 64}))))
    unique = {
        tuple(found["column_names"]) for found in inspect(db.engine).get_unique_constraints("item")
    }
    assert unique == {("sha256", "project_id")}
    db.write(lambda session: session.execute(text("DELETE FROM item")))
    assert counts(db) == before | {"item": 0, "proposal": 0, "queue_entry": 0}
    db.close()


def test_rows_that_refer_to_nothing_stop_the_upgrade(tmp_path) -> None:
    db = at_revision(f"sqlite:///{tmp_path / 'broken.db'}", "0002")
    seed(db, 3)
    with db.engine.connect() as connection:
        connection.connection.driver_connection.executescript(
            "PRAGMA foreign_keys=OFF; DELETE FROM image; PRAGMA foreign_keys=ON"
        )
    with pytest.raises(StoreUnavailable, match="item"):
        schema.upgrade(db)
    assert schema.current_revision(db) == "0002"
    with db.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    db.close()


def test_runs_and_draws_keep_what_refers_to_them_when_they_learn_of_heads(empty_url: str) -> None:
    db = at_revision(empty_url, "0003")
    seed(db, 8)
    before = counts(db)
    schema.upgrade(db)
    assert counts(db) == before
    with db.read() as session:
        assert session.scalars(select(Run.head_id)).all() == [None]
        assert session.scalars(select(ImportBatch.control_seed)).all() == [None]
    db.close()
