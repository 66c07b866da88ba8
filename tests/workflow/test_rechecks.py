"""Blind looks of reviewers at items on which two people agreed: who gets them, what they tell."""

import pytest
from sqlalchemy import select

from db import slots
from db.ids import new_id
from db.tables import CheckDraw, Decision, QueueEntry
from labeling.workflows import accounts, figures, item_log, people, review, second_look
from labeling.workspace import Workspace
from tests.rows import NO_CHECKS, Seeded, seed

AGREED = NO_CHECKS | {"overlap_share": 1.0, "recheck_share": 1.0}


def decide(ws: Workspace, seeded: Seeded, person: str, item: str, label: str, **more) -> dict:
    act = {"id": new_id(), "item": item, "kind": "correct", "labels": [label]} | more
    return review.decide(ws, accounts.user(ws, person).id, seeded.name, [act])


def offered(ws: Workspace, seeded: Seeded, person: str) -> list[dict]:
    return review.queue(ws, accounts.user(ws, person).id, seeded.name)["items"]


def agreed(ws: Workspace, answer: str = "cat", reviewer: str | None = "rev") -> Seeded:
    """A project with one item: ann says cat, bob gives ``answer`` blind."""
    if reviewer:
        accounts.user(ws, reviewer, role="reviewer")
    seeded = seed(ws.db, 1, review=AGREED)
    [item] = seeded.items
    decide(ws, seeded, "ann", item, "cat")
    assert [one["item"] for one in offered(ws, seeded, "bob")] == [item]
    decide(ws, seeded, "bob", item, answer)
    return seeded


def error(ws: Workspace, seeded: Seeded) -> tuple[float, int, int]:
    found = figures.of_project(ws, seeded.name)["human_error"]
    return found["estimate"], found["open"], found["rechecked"]


def test_what_two_agree_on_goes_blind_to_a_reviewer_alone(ws: Workspace) -> None:
    seeded = agreed(ws)
    assert offered(ws, seeded, "cem") == []
    [offer] = offered(ws, seeded, "rev")
    assert (offer["blind"], offer["proposals"]) == (True, [])
    assert offer["reason"] == "second opinion: proposal hidden"
    with ws.db.read() as session:
        draws = session.scalars(select(CheckDraw).order_by(CheckDraw.purpose)).all()
    assert [(one.purpose, one.probability) for one in draws] == [("overlap", 1.0), ("recheck", 1.0)]


def test_a_reviewer_who_agrees_is_counted(ws: Workspace) -> None:
    seeded = agreed(ws)
    assert error(ws, seeded) == (0, 0, 0)
    decide(ws, seeded, "rev", seeded.items[0], "cat")
    assert error(ws, seeded) == (0, 0, 1)
    assert offered(ws, seeded, "rev") == []


def test_an_error_that_two_made_alike_is_found_and_settled(ws: Workspace) -> None:
    seeded = agreed(ws)
    [item] = seeded.items
    decide(ws, seeded, "rev", item, "dog")
    assert error(ws, seeded) == (0.5, 1, 1)
    with ws.db.read() as session:
        newest = session.scalars(select(Decision).order_by(Decision.seq.desc())).first()
    assert (newest.standing, newest.blind) == ("second_opinion", True)
    rev = accounts.user(ws, "rev").id
    log = item_log.show(ws, rev, seeded.name, item)
    assert log["state"] == "disputed"
    second_look.settle(ws, rev, seeded.name, item, ["dog"], seen=log["seq"])
    assert error(ws, seeded) == (1, 0, 1)


@pytest.mark.parametrize(("answer", "reviewer"), [("dog", "rev"), ("cat", None), ("cat", "bob")])
def test_nothing_is_drawn_where_two_differ_or_nobody_can_look(
    ws: Workspace, answer: str, reviewer: str | None
) -> None:
    seeded = agreed(ws, answer, reviewer)
    with ws.db.read() as session:
        assert [one.purpose for one in session.scalars(select(CheckDraw))] == ["overlap"]
    assert offered(ws, seeded, reviewer or "cem") == []


def test_a_recheck_that_is_skipped_goes_to_another_reviewer(ws: Workspace) -> None:
    seeded = agreed(ws)
    [item] = seeded.items
    offered(ws, seeded, "rev")
    skip = {"kind": "skip", "labels": []}
    [refused] = decide(ws, seeded, "rev", item, "", **skip, to="cem")["rejected"]
    assert "needs the role reviewer" in refused["why"]
    accounts.user(ws, "eva", role="reviewer")
    assert decide(ws, seeded, "rev", item, "", **skip)["rejected"] == []
    assert offered(ws, seeded, "rev") == offered(ws, seeded, "cem") == []
    [offer] = offered(ws, seeded, "eva")
    assert offer["blind"]
    decide(ws, seeded, "eva", item, "", **skip)
    assert all(offered(ws, seeded, name) == [] for name in ("rev", "eva", "cem"))


def test_the_rechecks_of_a_disabled_reviewer_are_given_up(ws: Workspace) -> None:
    seeded = agreed(ws)
    people.add(ws, "admin", "admin", password="correct horse battery")
    people.disable(ws, "rev")
    ws.db.write(lambda session: slots.put_back(session, seeded.id))
    with ws.db.read() as session:
        assert session.scalars(select(QueueEntry).where(QueueEntry.slot > 1)).all() == []
    assert offered(ws, seeded, "cem") == []
