"""What an acceptance is about: its frame, and the audit that is drawn from it."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import assignments, checks, queue
from db.ids import new_id
from db.tables import AcceptanceItem, AuditDraw, ImportBatch, Item
from labeling.errors import InputError, NotFoundError
from labeling.workflows import accept, acceptance_attempts, acceptance_plan, review
from labeling.workflows.acceptance_frame import sample
from labeling.workspace import Workspace
from tests.rows import entry
from tests.workflow.acceptances import ALPHA, SIZE, Desk

pytestmark = pytest.mark.slow


@pytest.fixture
def desk(ws: Workspace) -> Desk:
    return Desk(ws)


@pytest.fixture
def local_desk(local_ws: Workspace) -> Desk:
    return Desk(local_ws)


def test_the_audit_comes_first_and_blind(desk: Desk) -> None:
    acceptance = desk.begin(audit=30)
    told = review.queue(desk.ws, desk.seeded.people["ann"], desk.name, 40)["items"]
    first, rest = told[:30], told[30:]
    assert {one["item"] for one in first} == set(desk.drawn(acceptance))
    assert all(one["blind"] and not one["proposals"] for one in first)
    assert not any(one["blind"] for one in rest)


def test_the_audit_comes_first_however_often_the_queue_is_ranked(desk: Desk) -> None:
    acceptance = desk.begin(audit=30)
    drawn = set(desk.drawn(acceptance))

    def rank(session: Session) -> None:
        rows = [
            entry(desk.seeded.id, item, n) | {"purpose": "audit" if item in drawn else "work"}
            for n, item in enumerate(desk.seeded.items)
        ]
        queue.replace(session, desk.seeded.id, rows)
        assignments.apply(session, desk.seeded.id)

    desk.ws.db.write(rank)
    told = review.queue(desk.ws, desk.seeded.people["ann"], desk.name, 40)["items"]
    assert {one["item"] for one in told[:30]} == drawn


def test_the_draw_is_stored_and_can_be_made_again(desk: Desk) -> None:
    acceptance = desk.begin(audit=30)
    with desk.ws.db.read() as session:
        rows = session.scalars(select(AuditDraw)).all()
        frame = sorted(session.scalars(select(AcceptanceItem.item_id)))
    assert {row.item_id for row in rows} == set(desk.drawn(acceptance))
    assert {(r.frame_size, r.draw_size, r.probability) for r in rows} == {(SIZE, 30, 30 / SIZE)}
    assert {row.acceptance_id for row in rows} == {acceptance}
    assert sample([frame], 30, rows[0].seed) == [desk.drawn(acceptance)]


def test_what_people_have_touched_stays_with_people(desk: Desk) -> None:
    decided, skipped, undone, leased = desk.seeded.items[:4]
    one = desk.act(undone)
    desk.send("ann", desk.act(decided), desk.act(skipped, "skip"), one)
    desk.send("ann", desk.act(undone, "undo", supersedes=one["id"]))
    desk.decide("ann", 0, only_blind=False)
    offered = review.queue(desk.ws, desk.seeded.people["bob"], desk.name, 1, client="b")["items"]
    leased = offered[0]["item"]
    acceptance = desk.begin(audit=60)
    with desk.ws.db.read() as session:
        frame = set(session.scalars(select(AcceptanceItem.item_id)))
    assert not frame & {decided, skipped, undone, leased}
    assert len(frame) == SIZE - 4
    assert desk.told(acceptance)["frame_size"] == SIZE - 4


def test_a_frame_from_which_all_was_taken_is_refused(local_desk: Desk) -> None:
    started = accept.begin(local_desk.ws, local_desk.lead, local_desk.name, alpha=ALPHA)
    local_desk.send("ann", *map(local_desk.act, local_desk.seeded.items))
    assert local_desk.run(started["job"])["drawn"] == 0
    told = local_desk.told(started["acceptance"])
    assert (told["state"], told["frame_size"]) == ("refused", 0)


def test_audits_of_the_import_stay_out_of_the_frame(local_ws: Workspace) -> None:
    desk = Desk(local_ws)

    def draw(session: Any) -> list[str]:
        batch = session.scalars(select(ImportBatch)).one()
        drawn = desk.seeded.items[:10]
        shared = {"project_id": desk.seeded.id, "batch_id": batch.id, "probability": 0.05}
        shared |= {"frame_size": SIZE, "draw_size": 10, "seed": 1, "created_at": local_ws.clock()}
        checks.add_audits(session, [shared | {"item_id": item} for item in drawn])
        return drawn

    drawn = local_ws.db.write(draw)
    desk.group(drawn[0], desk.seeded.items[50])
    desk.begin(audit=60)
    with local_ws.db.read() as session:
        frame = set(session.scalars(select(AcceptanceItem.item_id)))
    assert not frame & {*drawn, desk.seeded.items[50]}
    assert len(frame) == SIZE - 11


def test_a_new_import_is_not_accepted_with_what_came_before(desk: Desk) -> None:
    acceptance = desk.begin(audit=60)
    later = desk.add_batch(20)
    desk.decide()
    desk.accept(acceptance)
    assert {desk.state_of(item) for item in later} == {"proposed"}
    assert desk.states()["auto_accepted"] == SIZE - 60
    told = acceptance_plan.plan(desk.ws, desk.name, alpha=ALPHA)
    assert told["eligible"] == 20
    uncovered = acceptance_attempts.of_project(desk.ws, desk.name)["uncovered"]
    assert uncovered["pictures"] == 20
    assert len(uncovered["imports"]) == 1


def test_the_risks_of_all_attempts_add_up(local_desk: Desk) -> None:
    ws, name = local_desk.ws, local_desk.name
    assert acceptance_attempts.of_project(ws, name)["attempts"] == 0
    refused = local_desk.begin(audit=20, delta=0.05)
    accept.refuse(ws, local_desk.lead, name, refused)
    local_desk.accepted(delta=0.02)
    found = acceptance_attempts.of_project(ws, name)
    assert (found["attempts"], found["standing"]) == (2, 1)
    assert (found["risk"], found["standing_risk"]) == (pytest.approx(0.07), pytest.approx(0.02))
    assert found["uncovered"] == {"imports": [], "pictures": 0}


def test_a_named_import_is_accepted_alone(local_desk: Desk) -> None:
    later = local_desk.add_batch(60)
    with local_desk.ws.db.read() as session:
        batch = session.get_one(Item, later[0]).batch_id
    acceptance = local_desk.begin(audit=40, batches=[batch])
    local_desk.send("ann", *map(local_desk.act, local_desk.drawn(acceptance)))
    local_desk.accept(acceptance)
    assert local_desk.states() == {"verified": 40, "auto_accepted": 20, "proposed": SIZE}
    with pytest.raises(NotFoundError, match="no import"):
        local_desk.begin(batches=[new_id()])


def test_a_closed_audit_becomes_usual_work(desk: Desk) -> None:
    acceptance = desk.begin(audit=60)
    drawn = desk.drawn(acceptance)
    desk.send("ann", desk.act(drawn[0]))
    accept.refuse(desk.ws, desk.lead, desk.name, acceptance)
    told = review.queue(desk.ws, desk.seeded.people["ann"], desk.name, 200)["items"]
    assert len(told) == SIZE - 1
    assert not any(one["blind"] for one in told)
    review.release(desk.ws, desk.seeded.people["ann"], desk.name, "")
    again = desk.begin(audit=60)
    assert drawn[0] not in desk.drawn(again)


def test_only_one_acceptance_is_on_its_way(local_desk: Desk) -> None:
    local_desk.begin(audit=60)
    with pytest.raises(InputError, match="on its way already"):
        local_desk.begin(audit=60)
