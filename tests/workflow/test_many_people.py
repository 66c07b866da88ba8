"""Many people at once: first decisions, planned overlap and new rankings side by side."""

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from db import queue as entries
from db.ids import new_id
from db.tables import Decision
from labeling.workflows import review
from labeling.workspace import Workspace
from tests.rows import NO_CHECKS, PEOPLE, Seeded, entry, seed

ITEMS = 40


def work_through(ws: Workspace, seeded: Seeded, person: str) -> None:
    """Fetch and decide as a page does, in batches, until nothing is offered."""
    user = seeded.people[person]
    while items := review.queue(ws, user, seeded.name, 4, client=person)["items"]:
        acts = [
            {"id": new_id(), "item": item["item"], "kind": "confirm", "labels": ["cat"]}
            for item in items
        ]
        answer = review.decide(ws, user, seeded.name, acts)
        assert len(answer["acknowledged"]) == len(acts), answer


def test_every_item_is_decided_by_two_people_and_seen_by_nobody_twice(ws: Workspace) -> None:
    seeded = seed(ws.db, ITEMS, review=NO_CHECKS | {"overlap_share": 1.0})
    rows = [entry(seeded.id, item, n) for n, item in enumerate(seeded.items)]

    def rank(_turn: int) -> None:
        ws.db.write(lambda session: entries.replace(session, seeded.id, rows))

    with ThreadPoolExecutor(4) as pool:
        people = [pool.submit(work_through, ws, seeded, person) for person in PEOPLE]
        list(pool.map(rank, range(10)))
        for one in people:
            one.result(120)
    for person in PEOPLE:
        work_through(ws, seeded, person)
    with ws.db.read() as session:
        log = session.scalars(select(Decision).order_by(Decision.seq)).all()
    by_item = defaultdict(list)
    for decision in log:
        by_item[decision.item_id].append(decision)
    assert len(by_item) == ITEMS
    for first, second in by_item.values():
        assert first.user_id != second.user_id
        assert (first.standing, first.blind) == ("in_force", False)
        assert (second.standing, second.blind) == ("second_opinion", True)
