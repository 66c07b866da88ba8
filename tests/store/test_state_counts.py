"""Counts by state: exact while few, known for a little while where many, never of what failed."""

import pytest
from sqlalchemy.orm import Session

from db import images, state_counts
from db.engine import Database
from db.ids import new_id
from db.state_counts import ITEMS_A_SECOND, StateCounts
from db.tables import Project
from labeling.workflows import review
from labeling.workspace import Workspace
from tests.rows import add_items, seed

SIZE = 6


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    monkeypatch.setattr(state_counts, "ALWAYS", 0)
    return Clock()


def counted(db: Database, project_id: str) -> dict[str, int]:
    with db.read() as session:
        return images.count_by_state(session, project_id)


def more(db: Database, project_id: str) -> None:
    db.write(lambda session: add_items(session, session.get_one(Project, project_id), 1))


def test_few_items_are_counted_each_time(db: Database) -> None:
    seeded = seed(db, SIZE)
    counts = StateCounts()
    for _ in range(2):
        told = db.write(lambda session: counts.after(session, seeded.id, {}))
        assert told == counted(db, seeded.id)
        more(db, seeded.id)


def test_many_items_are_counted_once_in_a_while(db: Database, clock: Clock) -> None:
    seeded = seed(db, SIZE)
    counts = StateCounts(clock)

    def after(moved: dict[str, int]) -> dict[str, int]:
        return db.write(lambda session: counts.after(session, seeded.id, moved))

    assert after({"verified": 1, "proposed": -1}) == {"proposed": SIZE}, "the count is the truth"
    assert after({"verified": 1, "proposed": -1}) == {"proposed": SIZE - 1, "verified": 1}
    more(db, seeded.id)
    assert after({"verified": -1, "proposed": 1}) == {"proposed": SIZE}
    clock.now = SIZE / ITEMS_A_SECOND
    assert after({}) == counted(db, seeded.id)


def test_what_failed_was_never_counted(db: Database, clock: Clock) -> None:
    seeded = seed(db, SIZE)
    counts = StateCounts(clock)

    def fails(session: Session) -> None:
        counts.after(session, seeded.id, {"verified": 1, "proposed": -1})
        raise ValueError("no")

    db.write(lambda session: counts.after(session, seeded.id, {}))
    with pytest.raises(ValueError, match="no"), counts.unless_it_fails():
        db.write(fails)
    with db.read() as session:
        assert counts.shown(session, seeded.id) == {"proposed": SIZE}


def test_every_answer_to_decisions_counts_right(db: Database, clock: Clock) -> None:
    seeded = seed(db, SIZE)
    ws = Workspace(None, db, None, state_counts=StateCounts(clock))  # type: ignore[arg-type]
    ann, stored = seeded.people["ann"], []
    kinds = ("confirm", "correct", "none_of_these", "skip", "flag", "undo")
    for kind, item in zip(kinds, [*seeded.items[:5], seeded.items[0]], strict=True):
        given = {"id": new_id(), "item": item, "kind": kind}
        labels = {"confirm": ["cat"], "correct": ["dog"]}.get(kind)
        given |= {"labels": labels} if labels else {}
        given |= {"supersedes": stored[0]} if kind == "undo" else {}
        answer = review.decide(ws, ann, seeded.name, [given])
        assert answer["rejected"] == []
        stored.append(given["id"])
        assert answer["counts"]["by_state"] == counted(db, seeded.id)
