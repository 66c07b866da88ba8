"""Upgrading a database that holds rows: nothing is lost, and what is broken is told."""

from datetime import timedelta

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData, Table, func, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db import schema
from db.engine import Database
from db.errors import StoreUnavailable
from db.tables import (
    Decision,
    Image,
    ImportBatch,
    Item,
    Proposal,
    QueueEntry,
    Run,
    SecondLook,
    utc_now,
)
from tests.rows import Seeded, seed


def at_revision(url: str, revision: str) -> Database:
    """An empty database as an older version made it."""
    db = Database(url)
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    with db.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    return db


def seed_as_before(db: Database, item_count: int) -> Seeded:
    """Rows of an older version: what projects have gained since is there only meanwhile."""
    with db.engine.begin() as connection:
        added = "ALTER TABLE project ADD COLUMN lineage JSON NOT NULL DEFAULT '[]'"
        connection.execute(text(added))
    seeded = seed(db, item_count)
    with db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE project DROP COLUMN lineage"))
    return seeded


def batch_of(
    db: Database, project_id: str, number: int, *, imported: int, drawn: str | None
) -> str:
    """A finished import as revision 0010 knew it, with an audit of ``drawn`` where there is one."""
    batches = Table("import_batch", MetaData(), autoload_with=db.engine)
    draws = Table("audit_draw", MetaData(), autoload_with=db.engine)
    now = utc_now().replace(tzinfo=None)
    row = {"id": f"{project_id[:8]} {number}", "project_id": project_id, "sources": "[]"}
    row |= {"linked": False, "duplicates": 0, "rejected": 0, "seconds": 0.0}
    row |= {"imported": imported, "created_at": now, "finished_at": now}
    draw = {"project_id": project_id, "item_id": drawn, "batch_id": row["id"], "created_at": now}
    draw |= {"probability": 0.05, "frame_size": imported, "draw_size": 1, "seed": 1}
    with db.engine.begin() as connection:
        connection.execute(insert(batches), [row])
        if drawn:
            connection.execute(insert(draws), [draw])
    return str(row["id"])


def counts(db: Database) -> dict[str, int]:
    with db.read() as session:
        return {
            entity.__tablename__: session.scalar(select(func.count()).select_from(entity))
            for entity in (Image, Item, Proposal, QueueEntry)
        }


def test_new_keys_of_items_keep_all_that_refers_to_them(empty_url: str) -> None:
    db = at_revision(empty_url, "0002")
    seeded = seed_as_before(db, 30)
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
    seed_as_before(db, 3)
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
    seed_as_before(db, 8)
    before = counts(db)
    schema.upgrade(db)
    assert counts(db) == before
    with db.read() as session:
        assert session.scalars(select(Run.head_id)).all() == [None]
        assert session.scalars(select(ImportBatch.control_seed)).all() == [None]
    db.close()


def test_flags_of_before_say_which_was_a_question(empty_url: str) -> None:
    db = at_revision(empty_url, "0004")
    seeded = seed_as_before(db, 2)
    decisions = Table("decision", MetaData(), autoload_with=db.engine)
    person, at = seeded.people["ann"], utc_now()
    row = {"project_id": seeded.id, "user_id": person, "kind": "flag", "standing": "in_force"}
    row |= {"purpose": "work", "labels": [], "class_set_revision": 1, "guideline_revision": 0}
    row |= {"view": "single", "blind": False, "source": "person", "created_at": at}
    one, two = seeded.items
    flags = [(1, one, "flag"), (2, two, "ask"), (3, one, "ask"), (4, one, "flag")]

    def work(session: Session) -> None:
        for seq, item, kind in flags:
            flag = {"id": f"flag {seq}", "seq": seq, "item_id": item}
            session.execute(insert(decisions), [row | flag])
            look = SecondLook(project_id=seeded.id, item_id=item, kind=kind, opened_by=person)
            look.created_at = at + timedelta(seconds=seq)
            session.add(look)

    db.write(work)
    schema.upgrade(db)
    with db.read() as session:
        asked = session.scalars(select(Decision.ask).order_by(Decision.seq)).all()
    assert asked == [kind == "ask" for _, _, kind in flags]
    db.close()


def test_imports_of_before_know_the_chance_of_their_audit_where_it_is_certain(
    empty_url: str,
) -> None:
    db = at_revision(empty_url, "0010")
    seeded = seed(db, 2)
    drawn = batch_of(db, seeded.id, 1, imported=100, drawn=seeded.items[0])
    small = batch_of(db, seeded.id, 2, imported=19, drawn=None)
    large = batch_of(db, seeded.id, 3, imported=20, drawn=None)
    schema.upgrade(db)
    with db.read() as session:
        shares = {
            batch: session.get_one(ImportBatch, batch).audit_share
            for batch in (drawn, small, large)
        }
    assert shares == {drawn: 0.05, small: 0.05, large: None}
    db.close()
