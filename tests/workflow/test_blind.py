"""Blind audits: drawn when an import ends, mixed into the queue, with nothing that hints."""

import json
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from db import checks, queue
from db.ids import new_id
from db.tables import (
    AuditDraw,
    Decision,
    DuplicateGroup,
    ImportBatch,
    Item,
    Project,
    Purpose,
    QueueEntry,
)
from labeling.workflows import projects, review
from labeling.workflows.draws import audit_sample, draw_audit
from labeling.workflows.queue_mix import AUDIT_EVERY, with_audits
from labeling.workspace import Workspace
from tests.rows import CLASSES, NO_CHECKS, Seeded, entry, seed
from tests.workflow.helpers import create, import_, pictures

AUDITED = NO_CHECKS | {"audit_share": 0.5}
REASON = "audit: proposal hidden"


def drawn(ws: Workspace) -> list[AuditDraw]:
    with ws.db.read() as session:
        return list(session.scalars(select(AuditDraw).order_by(AuditDraw.item_id)))


def audited(ws: Workspace, count: int, review_settings: dict = AUDITED) -> Seeded:
    """A project whose items are drawn and queued."""
    seeded = seed(ws.db, count, queued=False, review=review_settings)

    def work(session) -> None:
        own = select(ImportBatch).where(ImportBatch.project_id == seeded.id)
        draw_audit(session, session.scalars(own).one(), ws.clock())
        audits = checks.waiting_audits(session, seeded.id)
        rows = [
            entry(seeded.id, item, n) | {"purpose": "audit" if item in audits else "work"}
            for n, item in enumerate(seeded.items)
        ]
        queue.replace(session, seeded.id, rows)

    ws.db.write(work)
    return seeded


def offered(ws: Workspace, seeded: Seeded, person: str, limit: int = 40) -> list[dict]:
    return review.queue(ws, seeded.people[person], seeded.name, limit)["items"]


def act(item: str, kind: str = "correct", label: str | None = "cat", **more) -> dict:
    labels = [label] if label and kind in ("confirm", "correct") else []
    return {"id": new_id(), "item": item, "kind": kind, "labels": labels} | more


def decide(ws: Workspace, seeded: Seeded, person: str, *acts: dict) -> dict:
    return review.decide(ws, seeded.people[person], seeded.name, acts)


def test_an_import_ends_with_a_draw_that_says_how_it_was_made(
    local_ws: Workspace, tmp_path: Path
) -> None:
    name = create(local_ws, review={"audit_share": 0.25})
    import_(local_ws, name, *pictures(tmp_path, 20))
    rows = drawn(local_ws)
    assert len(rows) == 5
    assert {(r.frame_size, r.draw_size, r.probability) for r in rows} == {(20, 5, 0.25)}
    with local_ws.db.read() as session:
        frame = sorted(session.scalars(select(Item.id)))
    assert [r.item_id for r in rows] == audit_sample(frame, 0.25, rows[0].seed)


def test_each_import_draws_from_its_own_new_items(local_ws: Workspace, tmp_path: Path) -> None:
    name = create(local_ws, review={"audit_share": 0.5})
    import_(local_ws, name, *pictures(tmp_path, 8))
    import_(local_ws, name, *pictures(tmp_path, 12))
    sizes = sorted((r.frame_size, r.draw_size) for r in drawn(local_ws))
    assert sizes == [(4, 2)] * 2 + [(8, 4)] * 4


def test_no_share_draws_nothing(local_ws: Workspace, tmp_path: Path) -> None:
    name = create(local_ws, review={"audit_share": 0.0})
    import_(local_ws, name, *pictures(tmp_path, 4))
    assert drawn(local_ws) == []


@given(st.integers(0, 60), st.floats(0, 1), st.integers(0, 2**62))
def test_a_draw_is_the_same_for_the_same_seed_and_as_large_as_it_should_be(
    size: int, share: float, seed_: int
) -> None:
    frame = [f"item {n}" for n in range(size)]
    sample = audit_sample(frame, share, seed_)
    assert sample == audit_sample(frame, share, seed_)
    assert len(set(sample)) == len(sample)
    assert set(sample) <= set(frame)
    assert abs(len(sample) - share * size) < 1 + 1e-9


def test_every_item_has_the_probability_that_is_stored() -> None:
    """A single picture at 5 % is drawn once in twenty, not always and not never."""
    hits = sum(len(audit_sample(["one"], 0.05, random.getrandbits(62))) for _ in range(4_000))
    assert 130 < hits < 280


def test_audits_are_mixed_in_evenly_and_keep_the_policys_order() -> None:
    rows = [{"item_id": n} for n in range(100)]
    audits = [{"item_id": f"audit {n}"} for n in range(10)]
    mixed = with_audits(rows, audits, np.random.default_rng(3))
    assert [row for row in mixed if row in rows] == rows
    places = [n for n, row in enumerate(mixed) if row in audits]
    assert len(places) == 10
    for number, place in enumerate(places):
        assert number * (AUDIT_EVERY + 1) <= place <= (number + 1) * (AUDIT_EVERY + 1)
    assert with_audits([], audits, np.random.default_rng(3)) != []


def test_nothing_hints_at_the_proposal_of_a_blind_item(ws: Workspace) -> None:
    seeded = audited(ws, 8)
    blind = [item for item in offered(ws, seeded, "ann") if item["blind"]]
    assert len(blind) == 4
    for item in blind:
        assert (item["purpose"], item["reason"]) == ("audit", REASON)
        assert (item["proposals"], item["proposal"], item["none_proposed"]) == ([], None, False)
        assert not any(label in json.dumps(item) for label in CLASSES)


def test_a_blind_decision_is_blind_whatever_the_client_says(ws: Workspace) -> None:
    seeded = audited(ws, 2)
    items = {item["blind"]: item["item"] for item in offered(ws, seeded, "ann")}
    decide(
        ws, seeded, "ann",
        act(items[True], shown_proposal="cat", blind=False),
        act(items[False], shown_proposal="cat", blind=True),
    )  # fmt: skip
    with ws.db.read() as session:
        rows = {row.item_id: row for row in session.scalars(select(Decision))}
    audit, work = rows[items[True]], rows[items[False]]
    assert (audit.blind, audit.purpose, audit.shown_proposal) == (True, "audit", None)
    assert (work.blind, work.purpose, work.shown_proposal) == (False, "work", "cat")


def test_history_hides_what_was_hidden(ws: Workspace) -> None:
    seeded = audited(ws, 4)
    blind = [item["item"] for item in offered(ws, seeded, "ann") if item["blind"]]
    decide(ws, seeded, "ann", act(blind[0], "skip"), act(blind[1]))
    past = review.history(ws, seeded.people["ann"], seeded.name)["decisions"]
    assert [(d["blind"], d["purpose"], d["proposals"], d["proposal"]) for d in past] == [
        (True, "audit", [], None)
    ] * 2


def test_a_skipped_or_undone_audit_stays_blind(ws: Workspace) -> None:
    seeded = audited(ws, 2)
    item = next(i["item"] for i in offered(ws, seeded, "ann") if i["blind"])
    decide(ws, seeded, "ann", act(item, "skip"))
    one = act(item)
    assert [i["blind"] for i in offered(ws, seeded, "ann") if i["item"] == item] == [True]
    decide(ws, seeded, "ann", one, act(item, "undo", supersedes=one["id"]))
    [again] = [i for i in offered(ws, seeded, "ann") if i["item"] == item]
    assert (again["blind"], again["reason"], again["proposals"]) == (True, REASON, [])


def test_the_queues_listing_has_no_proposal_of_a_blind_item(ws: Workspace) -> None:
    seeded = audited(ws, 4)
    listed = projects.ranked_queue(ws, seeded.name)
    assert [bool(row["proposals"]) for row in listed] == [True, True, False, False]


@pytest.mark.parametrize("view", ["grid", "group"])
def test_a_blind_item_is_not_decided_in_the_grid(ws: Workspace, view: str) -> None:
    seeded = audited(ws, 2)
    item = next(i["item"] for i in offered(ws, seeded, "ann") if i["blind"])
    answer = decide(ws, seeded, "ann", act(item, view=view))
    assert "single view" in answer["rejected"][0]["why"]


def test_near_duplicates_of_an_audit_wait_until_it_is_decided(ws: Workspace) -> None:
    seeded = audited(ws, 4)
    audit = drawn(ws)[0].item_id
    audits = {row.item_id for row in drawn(ws)}
    near = next(item for item in seeded.items if item not in audits)

    def group(session) -> None:
        made = DuplicateGroup(project_id=seeded.id, method="test")
        session.add(made)
        session.flush()
        for item in (audit, near):
            session.get_one(Item, item).duplicate_group_id = made.id
        assert checks.near_waiting_audits(session, seeded.id) == {near}
        rows = [entry(seeded.id, i, n) for n, i in enumerate(seeded.items) if i != near]
        queue.replace(session, seeded.id, [r | {"purpose": Purpose.WORK} for r in rows])
        session.get_one(QueueEntry, (seeded.id, audit, 0)).purpose = "audit"

    ws.db.write(group)
    assert near not in [item["item"] for item in offered(ws, seeded, "ann")]
    decide(ws, seeded, "ann", act(audit))
    assert near in [item["item"] for item in offered(ws, seeded, "ann")]


def test_an_import_that_is_finished_is_not_drawn_from_again(
    local_ws: Workspace, tmp_path: Path
) -> None:
    """A draw of none is a draw: tried again it would hit more often than its probability."""
    name = create(local_ws, review={"audit_share": 1e-9})
    import_(local_ws, name, *pictures(tmp_path, 4))
    assert drawn(local_ws) == []

    def again(session) -> int:
        project = session.scalars(select(Project)).one()
        project.review = {"audit_share": 1.0}
        return draw_audit(session, session.scalars(select(ImportBatch)).one(), local_ws.clock())

    assert local_ws.db.write(again) == 0
