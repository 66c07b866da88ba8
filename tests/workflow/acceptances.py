"""A project with a lead and annotators, and what each step of an acceptance takes."""

import random
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db import decisions, images, proposals
from db.ids import new_id
from db.tables import AcceptanceItem, DuplicateGroup, Item, Project, Proposal, QueueEntry
from labeling.workflows import accept, acceptance_told, accounts, review
from labeling.workflows.work import run_to_end
from labeling.workspace import Workspace
from tests.rows import Seeded, add_items, seed

ALPHA = 0.1
SIZE = 200


class Desk:
    """A project in which "cat" is proposed for each item; those in ``wrong`` are dogs."""

    def __init__(self, ws: Workspace, count: int = SIZE, wrong: int = 0, **given: Any) -> None:
        self.ws = ws
        self.seeded: Seeded = seed(ws.db, count, **given)
        self.name = self.seeded.name
        self.lead = accounts.user(ws, "lead", "lead").id
        chance = random.Random(count)
        self.wrong = set(chance.sample(self.seeded.items, wrong))
        ws.db.write(self._score)

    def _score(self, session: Session) -> None:
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

    def is_as_its_log_says(self) -> bool:
        with self.ws.db.read() as session:
            return list(decisions.differing(session, self.seeded.id)) == []

    def entries(self, item: str) -> list[QueueEntry]:
        query = select(QueueEntry).where(QueueEntry.item_id == item).order_by(QueueEntry.slot)
        with self.ws.db.read() as session:
            return list(session.scalars(query))

    def accepted(self, **given: Any) -> str:
        """An acceptance whose audit was decided and that has accepted the rest."""
        acceptance = self.begin(audit=60, **given)
        self.decide()
        self.accept(acceptance)
        return acceptance

    def group(self, *items: str) -> None:
        """Make near-duplicates of items."""

        def work(session: Session) -> None:
            made = DuplicateGroup(project_id=self.seeded.id, method="test")
            session.add(made)
            session.flush()
            for item in items:
                session.get_one(Item, item).duplicate_group_id = made.id

        self.ws.db.write(work)

    def add_batch(self, count: int) -> list[str]:
        """Items of a later import with proposals of the shown run."""

        def work(session: Session) -> list[str]:
            project = session.get_one(Project, self.seeded.id)
            items = add_items(session, project, count)
            own = select(Proposal).where(Proposal.run_id == project.run_id)
            like = session.scalars(own).first()
            names = ("run_id", "class_id", "score", "margin", "entropy", "none_score", "top")
            row = {name: getattr(like, name) for name in names}
            proposals.add_proposals(session, [row | {"item_id": item} for item in items])
            proposals.mark_proposed(session, project.id, project.run_id or "")
            return items

        return self.ws.db.write(work)
