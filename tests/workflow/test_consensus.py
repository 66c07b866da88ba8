"""Agreement of people and the consensus on differing answers, from the log of real decisions."""

import pytest

from db import decisions
from db.ids import new_id
from labeling.workflows import accounts, agreement, consensus, review, second_look
from labeling.workspace import Workspace
from tests.rows import NO_CHECKS, Seeded, seed

pytestmark = pytest.mark.slow

THREE = NO_CHECKS | {"overlap_share": 1.0, "overlap_people": 3}
USUAL = ("cat", "dog", "bird")


def answer(ws: Workspace, seeded: Seeded, person: str, item: str, label: str) -> None:
    user = seeded.people[person]
    review.queue(ws, user, seeded.name, 200, client=person)
    given = {"id": new_id(), "item": item, "kind": "correct", "labels": [label]}
    assert review.decide(ws, user, seeded.name, [given])["rejected"] == []


@pytest.fixture
def looked(ws: Workspace) -> Seeded:
    """30 items, answered by three people; cem is wrong at every third of them."""
    seeded = seed(ws.db, 30, review=THREE)
    for number, item in enumerate(seeded.items):
        label = USUAL[number % 2]
        for person in ("ann", "bob"):
            answer(ws, seeded, person, item, label)
        answer(ws, seeded, "cem", item, "bird" if number % 3 == 0 else label)
    return seeded


def test_agreement_rests_on_independent_looks(ws: Workspace, looked: Seeded) -> None:
    found = agreement.of_project(ws, looked.name)
    assert (found["items"], found["answers"]) == (30, 90)
    assert 0.4 < found["krippendorff"]["estimate"] < 0.9
    assert found["krippendorff"]["n"] == found["fleiss"]["n"] == 30
    first, *others = sorted(found["pairs"], key=lambda pair: -pair["cohen"]["estimate"])
    assert (first["people"], first["cohen"]["estimate"]) == (["ann", "bob"], 1.0)
    assert all(pair["cohen"]["estimate"] < 0.7 for pair in others)
    reliable = {row["person"]: row["consensus"] for row in found["reliability"]}
    assert reliable["ann"]["estimate"] > 0.95 > 0.75 > reliable["cem"]["estimate"]
    assert "independent" in found["which"]


def test_a_correction_after_seeing_the_other_answer_does_not_count(ws: Workspace) -> None:
    seeded = seed(ws.db, 2, review=NO_CHECKS)
    for person, label in (("ann", "cat"), ("bob", "dog")):
        answer(ws, seeded, person, seeded.items[0], label)
    assert agreement.of_project(ws, seeded.name)["items"] == 0


@pytest.mark.parametrize("mode", ["single", "multi"])
def test_before_anybody_has_looked_again_everybody_is_usual(local_ws: Workspace, mode: str) -> None:
    seeded = seed(local_ws.db, 2, mode=mode, review=NO_CHECKS)
    answer(local_ws, seeded, "ann", seeded.items[0], "cat")
    known = consensus.annotators(local_ws, seeded.name)
    assert (known.n, known.accuracy) == (0, {})
    assert consensus.of_items(local_ws, seeded.name, seeded.items, known) == {}


def test_the_consensus_weighs_people_and_the_least_sure_comes_first(
    ws: Workspace, looked: Seeded
) -> None:
    rows = second_look.waiting(ws, looked.name)
    assert len(rows) == 10
    known = consensus.annotators(ws, looked.name)
    assert known.n == 30
    found = consensus.of_items(ws, looked.name, [row["item"] for row in rows], known)
    for number, item in enumerate(looked.items):
        if number % 3 == 0:
            assert found[item]["labels"] == [USUAL[number % 2]]
            assert (found[item]["answers"], found[item]["confidence"] > 0.9) == (3, True)
    ordered = consensus.least_sure_first([*rows, {"item": "flagged"}], found)
    sure = [found[row["item"]]["confidence"] for row in ordered[:-1]]
    assert (sure, ordered[-1]) == (sorted(sure), {"item": "flagged"})


def test_a_consensus_is_no_label_and_ends_with_the_review(ws: Workspace, looked: Seeded) -> None:
    [row, *_] = second_look.waiting(ws, looked.name)
    known = consensus.annotators(ws, looked.name)
    assert consensus.of_items(ws, looked.name, [row["item"]], known)
    assert review.counts(ws, looked.name)["by_state"] == {"disputed": 10, "verified": 20}
    with ws.db.read() as session:
        seen = decisions.log(session, row["item"])[-1].seq
    lead = accounts.local_user(ws)
    second_look.settle(ws, lead, looked.name, row["item"], ["dog"], seen=seen)
    assert consensus.of_items(ws, looked.name, [row["item"]], known) == {}


def test_two_strangers_who_differ_weigh_the_same(ws: Workspace) -> None:
    seeded = seed(ws.db, 1, review=NO_CHECKS | {"overlap_share": 1.0})
    for person, label in (("ann", "cat"), ("bob", "dog")):
        answer(ws, seeded, person, seeded.items[0], label)
    known = consensus.annotators(ws, seeded.name)
    found = consensus.of_items(ws, seeded.name, seeded.items, known)[seeded.items[0]]
    assert found["confidence"] <= 0.5
