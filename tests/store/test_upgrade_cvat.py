"""Upgrading the ledger of CVAT: what was sent stays, and of its tags nothing is known yet."""

from datetime import datetime
from typing import Any

from sqlalchemy import MetaData, Table, insert, select

from db import schema
from db.ids import new_id
from db.tables import Conflict, CvatFrame
from tests.rows import seed
from tests.store.test_upgrade import at_revision

NOW = datetime(2026, 1, 1)


def test_frames_and_conflicts_stay_without_numbers_of_tags(empty_url: str) -> None:
    db = at_revision(empty_url, "0013")
    seeded = seed(db, 2)
    link, batch, (sent, doubtful) = new_id(), new_id(), seeded.items
    labels = {"base_labels": ["cat"], "our_labels": ["cat"], "their_labels": ["dog"]}
    rows: dict[str, dict[str, Any]] = {
        "cvat_link": {"id": link, "project_id": seeded.id, "server": "s", "labels": {}},
        "cvat_batch": {"id": batch, "link_id": link, "task_name": "t", "state": "filled"},
        "cvat_frame": {"batch_id": batch, "item_id": sent, "frame": 0, "file_name": "a"},
        "conflict": {"id": new_id(), "item_id": doubtful, "link_id": link, **labels},
    }
    rows["cvat_frame"] |= {"sent_labels": ["cat"], "sent_at": NOW}
    with db.engine.begin() as connection:
        for name, row in rows.items():
            table = Table(name, MetaData(), autoload_with=db.engine)
            when = {"created_at": NOW} if "created_at" in table.c else {}
            connection.execute(insert(table), [row | when])
    schema.upgrade(db)
    with db.read() as session:
        frame = session.scalars(select(CvatFrame)).one()
        conflict = session.scalars(select(Conflict)).one()
    assert (frame.sent_labels, frame.tag_ids) == (["cat"], None)
    assert (conflict.their_labels, conflict.their_tag_ids) == (["dog"], None)
    db.close()
