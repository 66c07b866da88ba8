"""Whatever people and a lead do, in any order: what is accepted without looking stays apart."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from db import decisions, jobs
from db.derive import in_force, living
from db.tables import (
    VERIFIED,
    Acceptance,
    AcceptanceItem,
    Decision,
    DecisionKind,
    Item,
    ItemState,
    Standing,
)
from labeling.errors import InputError
from labeling.workflows import accept, acceptance_job, exports
from labeling.workflows.jobs import Task
from labeling.workspace import Workspace
from tests.workflow.acceptances import Desk

ITEMS = 12
LATER = 3
WISH = {"alpha": 0.5, "delta": 0.2, "audit": 5, "stream_share": 0.5}
people = st.sampled_from(["ann", "bob"])
items = st.integers(0, ITEMS + 2 * LATER - 1)
lead = st.sampled_from(["begin", "accept", "close", "withdraw", "refuse", "work"])
acts = st.lists(
    st.one_of(
        st.tuples(st.just("decide"), people, items, st.booleans()),
        st.tuples(st.just("aside"), people, items, st.sampled_from(["skip", "flag"])),
        st.tuples(st.just("undo"), people, items),
        st.tuples(st.just("answer"), people, st.integers(1, 6)),
        st.tuples(st.just("answer"), people, st.integers(1, 6)),
        st.tuples(st.just("import_")),
        st.tuples(st.just("lead"), lead),
        st.tuples(st.just("lead"), lead),
    ),
    max_size=20,
)


class Office:
    """A small project; ``jobs`` are written by hand, so that anything can come in between."""

    def __init__(self, ws: Workspace) -> None:
        self.desk = Desk(ws, ITEMS, wrong=2)
        self.items = list(self.desk.seeded.items)
        self.imports = 0
        self.jobs: list[str] = []
        self.current: str | None = None

    def decide(self, person: str, item: int, right: bool) -> None:
        if item < len(self.items):
            act = self.desk.act(self.items[item])
            self.desk.send(person, act if right else act | {"labels": ["bird"]})

    def aside(self, person: str, item: int, kind: str) -> None:
        if item < len(self.items):
            self.desk.send(person, self.desk.act(self.items[item], kind))

    def undo(self, person: str, item: int) -> None:
        if item >= len(self.items):
            return
        own = [
            d for d in self.log(self.items[item]) if d.user_id == self.desk.seeded.people[person]
        ]
        for one in own[-1:]:
            self.desk.send(person, self.desk.act(self.items[item], "undo", supersedes=one.id))

    def answer(self, person: str, limit: int) -> None:
        self.desk.decide(person, limit)

    def import_(self) -> None:
        if self.imports < 2:
            self.imports += 1
            self.items += self.desk.add_batch(LATER)

    def lead(self, what: str) -> None:
        with suppress(InputError):
            getattr(self, what)()

    def begin(self) -> None:
        desk = self.desk
        begun = accept.begin(desk.ws, desk.lead, desk.name, **WISH)
        self.current = begun["acceptance"]
        self.jobs.append(begun["job"])

    def accept(self, *, close: bool = False) -> None:
        desk = self.desk
        if self.current:
            self.jobs.append(
                accept.accept(desk.ws, desk.lead, desk.name, self.current, close=close)
            )

    def close(self) -> None:
        self.accept(close=True)

    def withdraw(self) -> None:
        desk = self.desk
        if self.current:
            self.jobs.append(accept.withdraw(desk.ws, desk.lead, desk.name, self.current))

    def refuse(self) -> None:
        if self.current:
            accept.refuse(self.desk.ws, self.desk.lead, self.desk.name, self.current)

    def work(self) -> None:
        while self.jobs:
            self.desk.run(self.jobs.pop(0))

    def log(self, item: str) -> list[Decision]:
        with self.desk.ws.db.read() as session:
            return decisions.log(session, item)

    def check(self) -> None:
        assert self.desk.is_as_its_log_says()
        with self.desk.ws.db.read() as session:
            acceptances = {row.id: row for row in session.scalars(select(Acceptance))}
            frames: dict[str, set[str]] = {}
            for row in session.scalars(select(AcceptanceItem)):
                frames.setdefault(row.acceptance_id, set()).add(row.item_id)
            own = select(Item).where(Item.project_id == self.desk.seeded.id)
            for item in session.scalars(own):
                self._check_item(item, decisions.log(session, item.id), acceptances, frames)

    def _check_item(
        self,
        item: Item,
        log: list[Decision],
        acceptances: dict[str, Acceptance],
        frames: dict[str, set[str]],
    ) -> None:
        machine = [d for d in living(log) if d.kind == DecisionKind.AUTO_ACCEPT]
        by_people = [
            d
            for d in living(log)
            if d.kind in ("correct", "review") and d.standing == Standing.IN_FORCE
        ]
        current = in_force(log)
        assert (item.state == ItemState.AUTO_ACCEPTED) == (
            current is not None
            and current.kind == DecisionKind.AUTO_ACCEPT
            and item.state != ItemState.DISPUTED
        )
        if item.state == ItemState.AUTO_ACCEPTED:
            assert not by_people, "what a person decided is theirs"
        if item.state in VERIFIED:
            assert by_people, "only people verify"
        for one in machine:
            assert item.id in frames[one.act_id or ""], "only what the audit was drawn from"
            if not self.jobs:
                assert acceptances[one.act_id or ""].state == "accepted", "all is taken back"


@pytest.mark.slow
@given(acts)
@settings(max_examples=40)
def test_invariants_hold_whatever_is_done(ws: Workspace, sequence: list[Any]) -> None:
    office = Office(ws)
    for name, *given_ in sequence:
        getattr(office, name)(*given_)
        office.check()
    office.lead("work")
    office.check()


def test_the_usual_states_to_leave_are_those_that_people_gave() -> None:
    assert set(exports.VERIFIED) == {ItemState.VERIFIED, ItemState.REVIEWED}


@pytest.mark.parametrize("killed_after", [0, 1])
def test_a_job_that_is_stopped_in_between_goes_on(ws: Workspace, killed_after: int) -> None:
    desk = Desk(ws)
    acceptance = desk.begin(audit=60)
    desk.decide()
    job = accept.accept(ws, desk.lead, desk.name, acceptance)
    stopped_after(ws, job, killed_after)
    assert desk.run(job)["accepted"] == 140
    assert desk.states() == {"verified": 60, "auto_accepted": 140}
    job = accept.withdraw(ws, desk.lead, desk.name, acceptance)
    stopped_after(ws, job, killed_after)
    desk.run(job)
    assert desk.states() == {"verified": 60, "proposed": 140}
    assert desk.is_as_its_log_says()


def stopped_after(ws: Workspace, job_id: str, chunks: int) -> None:
    """Do a part of a job and drop it, as a worker that is killed does."""
    with ws.db.read() as session:
        job = jobs.get(session, job_id)
    assert job is not None
    steps = acceptance_job.steps(Task(ws, job))
    for _ in range(chunks):
        next(steps)
    steps.close()
