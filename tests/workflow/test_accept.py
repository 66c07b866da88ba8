"""Accepting without looking: frame, blind audit, bound, one act in the log, and the way back."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, update

from db import acceptances, decisions, images, queue
from db.ids import new_id
from db.tables import (
    AcceptanceItem,
    AuditDraw,
    Decision,
    DuplicateGroup,
    ImportBatch,
    Item,
    Lease,
    Proposal,
    QueueEntry,
)
from labeling.errors import ForbiddenError, InputError, NotFoundError
from labeling.workflows import accept, acceptance_plan, acceptance_told, people, projects, review
from labeling.workflows.work import run_to_end
from labeling.workspace import Workspace
from tests.rows import NO_CHECKS, Seeded, entry, seed

ALPHA = 0.1
SIZE = 200


class Desk:
    """A project with a lead and annotators, and what each step of an acceptance takes.

    ``truth`` says which items are really what is proposed ("cat"); the others are dogs.
    """

    def __init__(self, ws: Workspace, count: int = SIZE, wrong: int = 0, **given: Any) -> None:
        self.ws = ws
        self.seeded: Seeded = seed(ws.db, count, **given)
        self.name = self.seeded.name
        self.lead = people.add(ws, "lead", "lead")["id"]
        chance = random.Random(count)
        self.wrong = set(chance.sample(self.seeded.items, wrong))
        ws.db.write(self._score)

    def _score(self, session: Any) -> None:
        for number, item in enumerate(self.seeded.items):
            score = 0.999 - number / len(self.seeded.items) / 100
            own = update(Proposal).where(Proposal.item_id == item)
            session.execute(own.values(score=score))

    def begin(self, **given: Any) -> str:
        started = accept.begin(self.ws, self.lead, self.name, **({"alpha": ALPHA} | given))
        self.run(started["job"])
        return started["acceptance"]

    def run(self, job: str) -> dict[str, Any]:
        return run_to_end(self.ws, job, lambda _job: None).result

    def decide(
        self, person: str = "ann", limit: int = 200, *, only_blind: bool = True
    ) -> list[str]:
        """Let a person answer what comes to them, truthfully; the items."""
        user = self.seeded.people[person]
        told = review.queue(self.ws, user, self.name, limit, client=person)["items"]
        chosen = [one["item"] for one in told if one["blind"] or not only_blind]
        acts = [self.act(item) for item in chosen]
        assert review.decide(self.ws, user, self.name, acts)["rejected"] == []
        review.release(self.ws, user, self.name, person)
        return chosen

    def act(self, item: str, kind: str = "correct", **more: Any) -> dict[str, Any]:
        label = "dog" if item in self.wrong else "cat"
        labels = [label] if kind == "correct" else []
        return {"id": new_id(), "item": item, "kind": kind, "labels": labels} | more

    def send(self, person: str, *acts: dict[str, Any]) -> dict[str, Any]:
        return review.decide(self.ws, self.seeded.people[person], self.name, acts)

    def accept(self, acceptance: str, **given: Any) -> dict[str, Any]:
        return self.run(accept.accept(self.ws, self.lead, self.name, acceptance, **given))

    def told(self, acceptance: str) -> dict[str, Any]:
        return acceptance_told.show(self.ws, self.name, acceptance)

    def states(self) -> dict[str, int]:
        with self.ws.db.read() as session:
            return images.count_by_state(session, self.seeded.id)

    def drawn(self, acceptance: str) -> list[str]:
        query = select(AcceptanceItem.item_id).where(
            AcceptanceItem.acceptance_id == acceptance, AcceptanceItem.drawn
        )
        with self.ws.db.read() as session:
            return list(session.scalars(query.order_by(AcceptanceItem.position)))

    def state_of(self, item: str) -> str:
        with self.ws.db.read() as session:
            return session.get_one(Item, item).state

    def verified_store(self) -> bool:
        with self.ws.db.read() as session:
            return list(decisions.differing(session, self.seeded.id)) == []


@pytest.fixture
def desk(ws: Workspace) -> Iterator[Desk]:
    yield Desk(ws)


def test_a_wish_is_told_its_cost_before_anything_is_drawn(desk: Desk) -> None:
    told = acceptance_plan.plan(desk.ws, desk.name, alpha=0.02)
    assert told["eligible"] == SIZE
    assert told["error_free"] > 100
    assert [one["per_stratum"] for one in told["options"]][0] == told["error_free"]
    assert told["human_error"] is None
    with desk.ws.db.read() as session:
        assert session.scalars(select(AuditDraw)).all() == []


def test_the_whole_way_and_back(desk: Desk) -> None:
    acceptance = desk.begin(audit=60)
    drawn = desk.drawn(acceptance)
    assert len(drawn) == 60
    assert desk.told(acceptance)["state"] == "auditing"
    with pytest.raises(InputError, match="not decided yet"):
        desk.accept(acceptance)
    assert sorted(desk.decide()) == sorted(drawn)
    told = desk.told(acceptance)
    assert told["outcome"]["acceptable"] == SIZE - 60
    assert told["outcome"]["bound"] <= ALPHA
    assert desk.accept(acceptance)["accepted"] == SIZE - 60
    assert desk.states() == {"verified": 60, "auto_accepted": SIZE - 60}
    assert desk.told(acceptance)["state"] == "accepted"
    assert desk.verified_store()
    desk.run(accept.withdraw(desk.ws, desk.lead, desk.name, acceptance))
    assert desk.states() == {"verified": 60, "proposed": SIZE - 60}
    assert desk.verified_store()
    with desk.ws.db.read() as session:
        assert queue.count_waiting(session, desk.seeded.id) == SIZE - 60
        rows = session.scalars(select(Decision).where(Decision.act_id == acceptance)).all()
    assert len(rows) == 2 * (SIZE - 60), "one act, accepted and taken back"
