"""Upgrading to erasures: the log, frames and the ledger keep their rows and outlive items."""

from sqlalchemy import delete, func, insert, inspect, select

from db import schema
from db.ids import new_id
from db.tables import Decision, Item, utc_now
from tests.rows import seed
from tests.store.test_upgrade import at_revision

OUTLIVING = ("decision", "acceptance_item", "cvat_frame")


def test_decisions_stay_when_their_item_goes(empty_url: str) -> None:
    db = at_revision(empty_url, "0011")
    seeded = seed(db, 2)
    row = {"project_id": seeded.id, "user_id": seeded.people["ann"], "kind": "correct"}
    row |= {"labels": [], "class_set_revision": 1, "view": "single", "created_at": utc_now()}
    rows = [row | {"id": new_id(), "item_id": item} for item in seeded.items]
    db.write(lambda session: session.execute(insert(Decision), rows))
    before = {t: {i["name"] for i in inspect(db.engine).get_indexes(t)} for t in OUTLIVING}
    schema.upgrade(db)
    after = {t: {i["name"] for i in inspect(db.engine).get_indexes(t)} for t in OUTLIVING}
    assert after == before
    for table in OUTLIVING:
        keys = inspect(db.engine).get_foreign_keys(table)
        assert "item" not in {key["referred_table"] for key in keys}
    gone = seeded.items[0]
    db.write(lambda session: session.execute(delete(Item).where(Item.id == gone)))
    more = row | {"id": new_id(), "item_id": seeded.items[1]}
    db.write(lambda session: session.execute(insert(Decision), [more]))
    with db.read() as session:
        assert session.scalars(select(Decision.seq).order_by(Decision.seq)).all() == [1, 2, 3]
        assert session.scalar(select(func.count()).where(Decision.item_id == gone)) == 1
    db.close()
