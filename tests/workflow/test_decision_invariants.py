"""Any sequence of what people can do keeps the invariants of DESIGN.md, on both databases.

Three people decide, correct, skip, undo, come late, answer with classes that are gone and send
everything twice; leases run out in between.
"""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect, select

from db import decisions, projects
from db.derive import LABELLING, derive, living
from db.ids import new_id
from db.tables import Decision, Item, ItemLabel, Lease, QueueEntry, Standing, utc_now
from labeling.workflows import classes, review
from labeling.workspace import Workspace
from tests.rows import CLASSES, PEOPLE, Seeded, seed

ITEMS = 3
people = st.sampled_from(PEOPLE)
items = st.integers(0, ITEMS - 1)
labels = st.sampled_from(CLASSES)
decide = st.tuples(
    st.just("decide"),
    people,
    items,
    st.sampled_from(["confirm", "correct", "none_of_these", "skip"]),
    labels,
    st.booleans(),
)
undo = st.tuples(st.just("undo"), people, items, st.integers(0, 3))
fetch = st.tuples(st.just("fetch"), people, st.integers(1, 2))
wait = st.tuples(st.just("wait"), st.integers(1, 12))
toggle = st.tuples(st.just("toggle"), labels)
repeat = st.tuples(st.just("repeat"), st.integers(0, 50))
acts = st.lists(st.one_of(decide, decide, undo, fetch, wait, toggle, repeat), max_size=25)


class Office:
    """A project with three people, a clock, and checks after every act."""

    def __init__(self, ws: Workspace) -> None:
        self.ws = ws
        self.seeded: Seeded = seed(ws.db, ITEMS)
        self.now: datetime = utc_now()
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.rows: list[tuple] = []
        ws.clock = lambda: self.now

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
        answer = self.send(person, decision)
        assert answer["acknowledged"] == [decision["id"]], answer

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
        assert undone_since[-1] == target
        without = [d for d in log[:place] if d.id in undone_since]
        assert (after.state, after.labels) == (derive(without).state, derive(without).labels)

    def fetch(self, person: str, limit: int) -> None:
        others = self.leases_of_others(person)
        answer = review.queue(
            self.ws, self.seeded.people[person], self.seeded.name, limit, client=person
        )
        offered = [item["item"] for item in answer["items"]]
        assert len(offered) == len(set(offered)) <= limit
        assert not others & set(offered)
        assert all(item["state"] in ("proposed", "unlabeled") for item in answer["items"])

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

    def leases_of_others(self, person: str) -> set[str]:
        query = select(Lease.item_id).where(
            Lease.project_id == self.seeded.id,
            Lease.user_id != self.seeded.people[person],
            Lease.expires_at > self.now,
        )
        with self.ws.db.read() as session:
            return set(session.scalars(query))

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
        entry = session.get_one(QueueEntry, (self.seeded.id, item.id, 0))
        lease = session.get(Lease, (self.seeded.id, item.id, 0))
        assert (entry.state == "leased") == (lease is not None)
        assert (item.decision_id is None) == (entry.state != "done"), (
            "nothing is lost or asked again"
        )
        labels = set(
            session.scalars(select(ItemLabel.class_id).where(ItemLabel.item_id == item.id))
        )
        if item.state in ("unlabeled", "proposed"):
            assert item.decision_id is None
            assert labels == set()
            return
        bearing = next(d for d in living(log) if d.id == item.decision_id)
        assert bearing.kind in LABELLING, "only a person's decision verifies"
        assert bearing.standing == Standing.IN_FORCE
        assert labels == set(bearing.labels)


@given(acts)
@settings(max_examples=30)
def test_invariants_hold_whatever_people_do(ws: Workspace, sequence: list) -> None:
    office = Office(ws)
    for act in sequence:
        office.act(*act)
