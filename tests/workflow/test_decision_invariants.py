"""Any sequence of what people can do keeps the invariants of DESIGN.md, on both databases.

Three people decide, correct, skip, hand over, flag, undo, come late, answer with classes that are
gone and send everything twice; leases run out and are given back, and the queue is ranked anew in
between. Some projects audit, let several people look, or probe.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect, select

from db import assignments, checks, decisions, projects, queue, second_looks, slots
from db.derive import LABELLING, counting, derive, living
from db.ids import new_id
from db.tables import (
    BLIND,
    OPEN,
    Decision,
    ImportBatch,
    Item,
    ItemLabel,
    Lease,
    Purpose,
    QueueEntry,
    Standing,
    utc_now,
)
from labeling import review_settings
from labeling.workflows import classes, draws, review
from labeling.workspace import Workspace
from tests.rows import CLASSES, NO_CHECKS, PEOPLE, Seeded, entry, seed

ITEMS = 3
people = st.sampled_from(PEOPLE)
items = st.integers(0, ITEMS - 1)
labels = st.sampled_from(CLASSES)
decide = st.tuples(
    st.just("decide"),
    people,
    items,
    st.sampled_from(["confirm", "correct", "none_of_these", "skip", "flag"]),
    labels,
    st.booleans(),
)
undo = st.tuples(st.just("undo"), people, items, st.integers(0, 3))
fetch = st.tuples(st.just("fetch"), people, st.integers(1, 2))
wait = st.tuples(st.just("wait"), st.integers(1, 12))
toggle = st.tuples(st.just("toggle"), labels)
repeat = st.tuples(st.just("repeat"), st.integers(0, 50))
hand = st.tuples(st.just("hand"), people, items, people)
leave = st.tuples(st.just("leave"), people)
rank = st.tuples(st.just("rank"))
acts = st.lists(
    st.one_of(decide, decide, undo, fetch, fetch, wait, toggle, repeat, hand, leave, rank),
    max_size=25,
)
reviews = st.sampled_from(
    [
        NO_CHECKS,
        NO_CHECKS | {"audit_share": 0.5},
        NO_CHECKS | {"audit_share": 1.0, "overlap_share": 0.5},
        NO_CHECKS | {"overlap_share": 1.0},
        NO_CHECKS | {"overlap_share": 1.0, "overlap_people": 3, "sample_share": 0.5},
        NO_CHECKS | {"probe_share": 1.0},
    ]
)


class Office:
    """A project with three people, a clock, and checks after every act."""

    def __init__(self, ws: Workspace, review: dict[str, Any]) -> None:
        self.ws = ws
        self.seeded: Seeded = seed(ws.db, ITEMS, queued=False, review=review)
        self.now: datetime = utc_now()
        ws.db.write(self._draw)
        self.rank()
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.rows: list[tuple] = []
        ws.clock = lambda: self.now

    def _draw(self, session: Any) -> None:
        query = select(ImportBatch).where(ImportBatch.project_id == self.seeded.id)
        draws.draw_audit(session, session.scalars(query).one(), self.now)

    def rank(self) -> None:
        def work(session: Any) -> None:
            audits = checks.waiting_audits(session, self.seeded.id)
            rows = [
                entry(self.seeded.id, item, n)
                | {"purpose": Purpose.AUDIT if item in audits else Purpose.WORK}
                for n, item in enumerate(self.seeded.items)
            ]
            queue.replace(session, self.seeded.id, rows)
            slots.put_back(session, self.seeded.id)
            assignments.apply(session, self.seeded.id)

        self.ws.db.write(work)

    def act(self, name: str, *given: Any) -> None:
        getattr(self, name)(*given)
        self.check()

    def send(self, person: str, decision: dict[str, Any]) -> dict[str, Any]:
        self.sent.append((person, decision))
        return review.decide(self.ws, self.seeded.people[person], self.seeded.name, [decision])

    def decide(self, person: str, item: int, kind: str, label: str, saw_the_last: bool) -> None:
        decision = {"id": new_id(), "item": self.seeded.items[item], "kind": kind}
        if kind in ("confirm", "correct"):
            decision["labels"] = [label]
        if saw_the_last:
            decision["supersedes"] = self.item(item).decision_id
        self.decided(person, item, decision | {"shown_proposal": "cat", "blind": False})

    def hand(self, person: str, item: int, to: str) -> None:
        decision = {"id": new_id(), "item": self.seeded.items[item], "kind": "skip", "to": to}
        seen = any(d.user_id == self.seeded.people[to] for d in self.log(item))
        self.decided(person, item, decision, may_refuse=seen)

    def decided(
        self, person: str, item: int, decision: dict[str, Any], *, may_refuse: bool = False
    ) -> None:
        before = derive(self.log(item))
        answer = self.send(person, decision)
        if may_refuse and not answer["acknowledged"]:
            return
        assert answer["acknowledged"] == [decision["id"]], answer
        stored = self.log(item)[-1]
        assert stored.blind == (stored.purpose in BLIND)
        assert not (stored.blind and stored.shown_proposal)
        if stored.purpose == Purpose.PROBE:
            assert derive(self.log(item)) == before, "a probe never touches its item"

    def undo(self, person: str, item: int, back: int) -> None:
        log = self.log(item)
        target = log[-1 - back].id if back < len(log) else new_id()
        decision = {"id": new_id(), "item": self.seeded.items[item], "kind": "undo"}
        answer = self.send(person, decision | {"supersedes": target})
        before, after = derive(log), derive(self.log(item))
        if not answer["acknowledged"]:
            assert before == after
            return
        place = next(n for n, d in enumerate(log) if d.id == target)
        undone_since = [d.id for d in living(log)]
        later = [d.id for d in counting(log) if d.seq > log[place].seq]
        assert target in undone_since
        assert later == []
        without = [d for d in log[:place] if d.id in undone_since]
        assert (after.state, after.labels) == (derive(without).state, derive(without).labels)

    def fetch(self, person: str, limit: int) -> None:
        others, known = self.leases_of_others(person), self.decided_by(person)
        answer = review.queue(
            self.ws, self.seeded.people[person], self.seeded.name, limit, client=person
        )
        offered = [item["item"] for item in answer["items"]]
        assert len(offered) == len(set(offered)) <= limit
        for item in answer["items"]:
            assert item["state"] in ("proposed", "unlabeled")
            held = self.entry_held_by(person, item["item"])
            assert (item["item"], held.slot) not in others
            assert not (held.slot and item["item"] in known), "nobody looks at an item twice"
            assert item["blind"] == (held.purpose in BLIND)
            assert item["purpose"] != "probe"
            if item["blind"]:
                told = json.dumps(item | {"item": "", "sha": ""})
                hints = [*CLASSES, *self.seeded.classes.values(), '"score"']
                assert not any(hint in told for hint in hints), told

    def leave(self, person: str) -> None:
        review.release(self.ws, self.seeded.people[person], self.seeded.name, person)
        with self.ws.db.read() as session:
            held = select(Lease).where(
                Lease.project_id == self.seeded.id,
                Lease.user_id == self.seeded.people[person],
                Lease.client == person,
            )
            assert session.scalars(held).all() == []

    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    def toggle(self, label: str) -> None:
        with self.ws.db.read() as session:
            active = {c.name for c in projects.classes(session, self.seeded.id)}
        if active != {label}:
            classes.set_active(self.ws, self.seeded.name, label, active=label not in active)

    def repeat(self, which: int) -> None:
        if not self.sent:
            return
        person, decision = self.sent[which % len(self.sent)]
        before = self.everything()
        answer = review.decide(self.ws, self.seeded.people[person], self.seeded.name, [decision])
        assert answer["acknowledged"] == []
        assert answer["already_known"] == [decision["id"]] or answer["rejected"]
        assert self.everything() == before

    def item(self, number: int) -> Item:
        with self.ws.db.read() as session:
            return session.get_one(Item, self.seeded.items[number])

    def log(self, number: int) -> list[Decision]:
        with self.ws.db.read() as session:
            return decisions.log(session, self.seeded.items[number])

    def leases_of_others(self, person: str) -> set[tuple[str, int]]:
        query = select(Lease.item_id, Lease.slot).where(
            Lease.project_id == self.seeded.id,
            Lease.user_id != self.seeded.people[person],
            Lease.expires_at > self.now,
        )
        with self.ws.db.read() as session:
            return set(session.execute(query).tuples().all())

    def decided_by(self, person: str) -> set[str]:
        query = select(Decision.item_id).where(Decision.user_id == self.seeded.people[person])
        with self.ws.db.read() as session:
            return set(session.scalars(query))

    def entry_held_by(self, person: str, item: str) -> QueueEntry:
        query = select(Lease.slot).where(
            Lease.item_id == item, Lease.user_id == self.seeded.people[person]
        )
        with self.ws.db.read() as session:
            [slot] = session.scalars(query)
            return session.get_one(QueueEntry, (self.seeded.id, item, slot))

    def everything(self) -> list[tuple]:
        found = []
        for entity in (Decision, Item, QueueEntry):
            columns = [c.key for c in inspect(entity).column_attrs]
            with self.ws.db.read() as session:
                rows = session.scalars(select(entity).where(entity.project_id == self.seeded.id))
                found += sorted(str([getattr(row, c) for c in columns]) for row in rows)
        return found

    def check(self) -> None:
        with self.ws.db.read() as session:
            assert list(decisions.differing(session, self.seeded.id)) == []
            query = select(Decision).where(Decision.project_id == self.seeded.id)
            log = list(session.scalars(query.order_by(Decision.seq)))
            columns = [c.key for c in inspect(Decision).column_attrs]
            rows = [tuple(map(repr, (getattr(d, c) for c in columns))) for d in log]
            assert rows[: len(self.rows)] == self.rows, "the log is append-only"
            self.rows = rows
            for item in session.scalars(select(Item).where(Item.project_id == self.seeded.id)):
                self._check_item(session, item, [d for d in log if d.item_id == item.id])

    def _check_item(self, session: Any, item: Item, log: list[Decision]) -> None:
        entries = session.scalars(select(QueueEntry).where(QueueEntry.item_id == item.id)).all()
        for one in entries:
            lease = session.get(Lease, (self.seeded.id, item.id, one.slot))
            assert (one.state == "leased") == (lease is not None)
        waits = any(one.slot == 0 and one.state != "done" for one in entries)
        assert (item.state in OPEN) == waits, "nothing is lost or asked again"
        looks = second_looks.of_item(session, item.id)
        waiting = {look.kind for look in looks if look.closed_at is None}
        assert waiting & {"flag", "ask", "disputed"} or item.state != "disputed", (
            "somebody looks at what is disputed"
        )
        if item.state != "disputed":
            assert "disputed" not in waiting
        labels = set(
            session.scalars(select(ItemLabel.class_id).where(ItemLabel.item_id == item.id))
        )
        if item.state in ("unlabeled", "proposed"):
            assert item.decision_id is None
            assert labels == set()
            return
        if item.decision_id is None:
            assert item.state == "disputed"
            assert labels == set()
            return
        bearing = next(d for d in living(log) if d.id == item.decision_id)
        assert bearing.kind in LABELLING, "only a person's decision verifies"
        assert bearing.standing == Standing.IN_FORCE
        assert labels == set(bearing.labels)


@pytest.fixture(autouse=True)
def _every_item_may_be_probed() -> Iterator[None]:
    kept = review_settings.LIMITS["probe_share"]
    review_settings.LIMITS["probe_share"] = (0, 1)
    yield
    review_settings.LIMITS["probe_share"] = kept


@pytest.mark.slow
@given(acts, reviews)
@settings(max_examples=60)
def test_invariants_hold_whatever_people_do(
    ws: Workspace, sequence: list, review: dict[str, Any]
) -> None:
    office = Office(ws, review)
    for act in sequence:
        office.act(*act)
