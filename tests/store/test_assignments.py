"""Assignments: who gets what waits, in which order, and what stays out of them."""

from db import assignments, leases, queue
from db.engine import Database
from db.tables import Assignment, QueueEntry, User, utc_now
from tests.rows import Seeded, entry, seed
from tests.store.test_queue import LEASE, take


def give(db: Database, seeded: Seeded, person: str, **more) -> None:
    def work(session) -> None:
        user = seeded.people[person]
        session.add(Assignment(project_id=seeded.id, user_id=user, **more))
        session.flush()
        assignments.apply(session, seeded.id)

    db.write(work)


def rank(db: Database, seeded: Seeded, **more) -> None:
    rows = [entry(seeded.id, item, n) | more for n, item in enumerate(seeded.items)]

    def work(session) -> None:
        queue.replace(session, seeded.id, rows)
        assignments.apply(session, seeded.id)

    db.write(work)


def test_what_is_assigned_goes_to_its_person_alone(db: Database) -> None:
    seeded = seed(db, 4)
    give(db, seeded, "bob")
    assert take(db, seeded, "ann", 4) == []
    assert take(db, seeded, "bob", 4) == seeded.items


def test_a_new_ranking_keeps_to_the_assignments(db: Database) -> None:
    seeded = seed(db, 4)
    give(db, seeded, "bob", class_id=seeded.classes["cat"])
    rank(db, seeded)
    assert take(db, seeded, "ann", 4) == []
    assert take(db, seeded, "bob", 4) == seeded.items


def test_an_assignment_that_ended_gives_its_items_back(db: Database) -> None:
    seeded = seed(db, 2)
    give(db, seeded, "bob", ended_at=utc_now())
    assert take(db, seeded, "ann", 2) == seeded.items


def test_of_a_class_nobody_proposes_there_is_nothing(db: Database) -> None:
    seeded = seed(db, 2)
    give(db, seeded, "bob", class_id=seeded.classes["dog"])
    assert take(db, seeded, "ann", 2) == seeded.items


def test_an_assignment_by_class_leaves_audits_to_everybody(db: Database) -> None:
    seeded = seed(db, 2, queued=False)
    rank(db, seeded, purpose="audit")
    give(db, seeded, "bob", class_id=seeded.classes["cat"])
    assert take(db, seeded, "ann", 2) == seeded.items


def test_ones_own_comes_first_by_its_priority(db: Database) -> None:
    seeded = seed(db, 4)
    ann = seeded.people["ann"]

    def work(session) -> None:
        for item, priority in zip(seeded.items[2:], (5, 1), strict=True):
            row = session.get_one(QueueEntry, (seeded.id, item, 0))
            row.assignee_id, row.priority = ann, priority

    db.write(work)
    one, two, three, four = seeded.items
    assert take(db, seeded, "ann", 4) == [four, three, one, two]


def test_what_was_handed_over_by_hand_is_nobodys_assignment(db: Database) -> None:
    seeded = seed(db, 2)
    one = seeded.items[0]
    db.write(lambda s: queue.hand_over(s, seeded.id, one, seeded.people["cem"], "from ann"))
    give(db, seeded, "bob")
    assert take(db, seeded, "bob", 2) == seeded.items[1:]
    assert take(db, seeded, "cem", 2) == [one]


def test_a_tab_that_leaves_returns_all_but_what_it_names(db: Database) -> None:
    seeded = seed(db, 3)
    take(db, seeded, "ann", 2, client="one")
    take(db, seeded, "ann", 1, client="two")
    ann = seeded.people["ann"]
    db.write(lambda s: leases.release(s, seeded.id, ann, "one", [seeded.items[0]]))
    assert take(db, seeded, "bob", 3) == [seeded.items[1]]
    assert take(db, seeded, "bob", 3, at=utc_now() + 2 * LEASE) == [
        seeded.items[1],
        seeded.items[0],
        seeded.items[2],
    ]


def test_what_waits_for_somebody_who_is_disabled_comes_to_all_with_the_next_ranking(
    db: Database,
) -> None:
    seeded = seed(db, 3)
    bob = seeded.people["bob"]
    db.write(lambda s: queue.hand_over(s, seeded.id, seeded.items[0], bob, "from ann"))
    give(db, seeded, "bob")
    assert take(db, seeded, "ann", 3) == []
    db.write(lambda s: setattr(s.get_one(User, bob), "disabled_at", utc_now()))
    rank(db, seeded)
    assert take(db, seeded, "ann", 3) == seeded.items


def test_what_is_on_a_screen_goes_to_its_person_once_it_is_returned(db: Database) -> None:
    seeded = seed(db, 3)
    shown = take(db, seeded, "ann", 1)
    give(db, seeded, "bob")
    assert take(db, seeded, "ann", 3) == shown
    assert take(db, seeded, "bob", 3) == seeded.items[1:]
    db.write(lambda s: leases.release(s, seeded.id, seeded.people["ann"], "tab"))
    assert take(db, seeded, "ann", 3) == []
    assert set(take(db, seeded, "bob", 3)) == set(seeded.items)
