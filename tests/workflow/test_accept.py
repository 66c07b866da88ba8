"""Accepting without looking: its cost, the whole way and back, verdicts, who may wish for what."""

from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db import queue
from db.ids import new_id
from db.tables import AuditDraw, Decision, Proposal
from labeling.errors import ForbiddenError, InputError
from labeling.workflows import (
    accept,
    acceptance_plan,
    acceptance_told,
    classes,
    figures,
    review,
    status,
)
from labeling.workflows.acceptance_audit import Looks, Verdict, verdict
from labeling.workspace import Workspace
from tests.workflow.acceptances import ALPHA, SIZE, Desk

pytestmark = pytest.mark.slow


@pytest.fixture
def desk(ws: Workspace) -> Desk:
    return Desk(ws)


@pytest.fixture
def local_desk(local_ws: Workspace) -> Desk:
    return Desk(local_ws)


def test_a_wish_is_told_its_cost_before_anything_is_drawn(desk: Desk) -> None:
    told = acceptance_plan.plan(desk.ws, desk.name, alpha=0.02)
    assert told["eligible"] == SIZE
    assert told["error_free"] > 100
    assert next(one["per_stratum"] for one in told["options"]) == told["error_free"]
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
    assert desk.is_as_its_log_says()
    desk.run(accept.withdraw(desk.ws, desk.lead, desk.name, acceptance))
    assert desk.states() == {"verified": 60, "proposed": SIZE - 60}
    assert desk.is_as_its_log_says()
    with desk.ws.db.read() as session:
        assert queue.count_waiting(session, desk.seeded.id) == SIZE - 60
        rows = session.scalars(select(Decision).where(Decision.act_id == acceptance)).all()
    assert len(rows) == 2 * (SIZE - 60), "one act, accepted and taken back"


def test_a_skipped_audit_counts_as_wrong_and_comes_last(desk: Desk) -> None:
    acceptance = desk.begin(audit=60, alpha=0.3)
    skipped = desk.drawn(acceptance)[:3]
    for item in skipped:
        desk.send("ann", desk.act(item, "skip"))
    told = review.queue(desk.ws, desk.seeded.people["ann"], desk.name, 200, client="a")["items"]
    assert {one["item"] for one in told[:57]} == set(desk.drawn(acceptance)[3:])
    assert {one["item"] for one in told if one["blind"]} == set(desk.drawn(acceptance))
    review.release(desk.ws, desk.seeded.people["ann"], desk.name, "a")
    desk.send("ann", *[desk.act(item) for item in desk.drawn(acceptance)[3:]])
    assert desk.told(acceptance)["audit"] | {"waiting": 0} == {
        "decided": 57, "waiting": 0, "second": 0, "differing": 0, "skipped": 3
    }  # fmt: skip
    with pytest.raises(InputError, match="not decided yet"):
        desk.accept(acceptance)
    assert desk.accept(acceptance, close=True)["accepted"] == SIZE - 60
    told = desk.told(acceptance)
    assert [part["wrong"] for part in told["parts"]] == [3]
    assert desk.state_of(skipped[0]) == "proposed", "what nobody could decide is not accepted"


def test_too_many_wrong_ones_accept_nothing(local_ws: Workspace) -> None:
    desk = Desk(local_ws, wrong=80)
    acceptance = desk.begin(audit=60)
    desk.decide()
    told = desk.told(acceptance)
    assert (told["outcome"]["acceptable"], told["outcome"]["bound"]) == (0, None)
    assert told["larger"]
    with pytest.raises(InputError, match="allows nothing"):
        desk.accept(acceptance)
    accept.refuse(desk.ws, desk.lead, desk.name, acceptance)
    assert desk.told(acceptance)["state"] == "refused"
    assert desk.states() == {"verified": 60, "proposed": SIZE - 60}


def test_two_people_decide_and_a_reviewer_settles(desk: Desk) -> None:
    acceptance = desk.begin(audit=60, twice=True)
    drawn = desk.drawn(acceptance)
    desk.wrong = {drawn[0]}
    desk.decide("ann")
    assert desk.told(acceptance)["audit"]["second"] == 60
    desk.wrong = set()
    assert sorted(desk.decide("bob")) == sorted(drawn)
    told = desk.told(acceptance)
    assert (told["audit"]["decided"], told["audit"]["differing"]) == (59, 1)
    assert desk.state_of(drawn[0]) == "disputed"
    with pytest.raises(InputError, match="not decided yet"):
        desk.accept(acceptance)
    settled = {"id": new_id(), "item": drawn[0], "kind": "review", "labels": ["cat"]}
    review.decide(desk.ws, desk.lead, desk.name, [settled], reviewing=True)
    assert desk.told(acceptance)["audit"]["decided"] == 60
    assert desk.accept(acceptance)["accepted"] == SIZE - 60
    assert figures.of_project(desk.ws, desk.name)["human_error"] is None
    assert status.status(desk.ws, desk.name)["accuracy"] is None


@pytest.mark.parametrize(
    ("looks", "wanted", "found"),
    [
        (([], None, False, False, False), 1, Verdict.WAITING),
        (([], None, False, False, True), 1, Verdict.SKIPPED),
        ((["cat"], "cat", False, False, False), 1, Verdict.RIGHT),
        ((["dog"], "dog", False, False, False), 1, Verdict.WRONG),
        ((["cat"], "cat", False, False, False), 2, Verdict.SECOND),
        ((["cat", "cat"], "cat", False, False, False), 2, Verdict.RIGHT),
        ((["cat", "dog"], "cat", False, True, False), 2, Verdict.DIFFERING),
        ((["cat", "dog"], "dog", True, False, False), 2, Verdict.WRONG),
        ((["dog"], "cat", False, False, False), 1, Verdict.WRONG),
        ((["cat"], "dog", False, False, False), 1, Verdict.WRONG),
        ((["dog"], "cat", True, False, False), 1, Verdict.RIGHT),
    ],
)
def test_verdicts(looks: tuple, wanted: int, found: Verdict) -> None:
    answers, held, reviewed, disputed, skipped = looks
    told = Looks(
        [frozenset([one]) for one in answers],
        frozenset([held]) if held else None,
        reviewed,
        disputed,
        skipped,
    )
    assert verdict(frozenset(["cat"]), told, wanted) == found


def test_people_who_take_the_right_ones_leave_too_many_wrong_ones(local_ws: Workspace) -> None:
    """The bound counts the wrong ones of the frame: they are a larger share of what is left."""
    desk = Desk(local_ws)
    acceptance = desk.begin(audit=60)
    drawn = desk.drawn(acceptance)
    desk.wrong = {drawn[0], *[item for item in desk.seeded.items if item not in drawn][:3]}
    desk.decide()
    before = desk.told(acceptance)["outcome"]
    assert before["acceptable"]
    listed = acceptance_told.items(local_ws, desk.name, acceptance, limit=SIZE)["pictures"]
    right = [one["item"] for one in listed if one["item"] not in desk.wrong][:110]
    desk.send("ann", *map(desk.act, right))
    after = desk.told(acceptance)["outcome"]
    assert (after["acceptable"], after["bound"]) == (0, None)
    assert after["waiting"] == before["acceptable"] - len(right)
    with pytest.raises(InputError, match="allows nothing"):
        desk.accept(acceptance)


def test_classes_that_changed_end_it(local_desk: Desk) -> None:
    acceptance = local_desk.begin(audit=60)
    local_desk.decide()
    classes.set_active(local_desk.ws, local_desk.name, "bird", active=False)
    with pytest.raises(InputError, match="classes have changed"):
        local_desk.accept(acceptance)
    accept.refuse(local_desk.ws, local_desk.lead, local_desk.name, acceptance)
    with pytest.raises(InputError, match="have changed since"):
        local_desk.begin(audit=60)


def test_only_a_lead_accepts(local_desk: Desk) -> None:
    ann = local_desk.seeded.people["ann"]
    with pytest.raises(ForbiddenError):
        accept.begin(local_desk.ws, ann, local_desk.name, alpha=ALPHA)
    acceptance = local_desk.accepted()
    for act in (accept.accept, accept.refuse, accept.withdraw):
        with pytest.raises(ForbiddenError):
            act(local_desk.ws, ann, local_desk.name, acceptance)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"alpha": 0.0}, "can't be wished"),
        ({"alpha": 1.5}, "can't be wished"),
        ({"delta": 0.0}, "can't be wished"),
        ({"scope": "moon"}, "scope"),
        ({"looks": 0}, "looks"),
        ({"stream_share": 2.0}, "go on to people"),
        ({"audit": 0}, "too few"),
    ],
)
def test_wishes_that_can_t_be_had(local_desk: Desk, given: dict[str, Any], why: str) -> None:
    with pytest.raises(InputError, match=why):
        accept.begin(local_desk.ws, local_desk.lead, local_desk.name, **({"alpha": ALPHA} | given))


def test_looks_are_taken_in_the_order_of_the_draw(local_desk: Desk) -> None:
    acceptance = local_desk.begin(audit=90, looks=2)
    assert local_desk.told(acceptance)["looks"] == [45, 90]
    drawn = local_desk.drawn(acceptance)
    local_desk.send("ann", *map(local_desk.act, drawn[45:]))
    assert local_desk.told(acceptance)["outcome"] is None
    local_desk.send("ann", *map(local_desk.act, drawn[:44]))
    assert local_desk.told(acceptance)["outcome"] is None
    local_desk.send("ann", local_desk.act(drawn[44]))
    assert local_desk.told(acceptance)["outcome"]["look"] == 1


def test_a_multi_label_picture_is_right_where_its_whole_set_is(local_ws: Workspace) -> None:
    desk = Desk(local_ws, mode="multi")
    with pytest.raises(InputError, match="several labels"):
        desk.begin(per_class=True)
    acceptance = desk.begin(audit=60, alpha=0.2)
    first, *rest = desk.drawn(acceptance)
    desk.send("ann", desk.act(first) | {"labels": ["cat", "dog"]}, *map(desk.act, rest))
    told = desk.told(acceptance)["outcome"]
    assert (told["wrong"], told["acceptable"]) == (1, SIZE - 60)
    shown = desk.told(acceptance)["by_class"]
    [cat] = shown["classes"]
    assert (cat["class"], shown["risk"]) == ("cat", 0.05)
    assert cat["given"] == cat["given"] | {"accepted": SIZE - 60, "audited": 60, "wrong": 0}
    assert 0 < cat["given"]["bound"] < 0.1
    assert cat["missed"]["bound"] is None, "it is proposed for all"
    desk.accept(acceptance)
    assert desk.states() == {"verified": 60, "auto_accepted": SIZE - 60}
    assert desk.is_as_its_log_says()
    assert desk.told(acceptance)["by_class"] == shown


def test_an_undecided_picture_is_wrong_in_every_class(local_ws: Workspace) -> None:
    desk = Desk(local_ws, mode="multi")
    acceptance = desk.begin(audit=60, alpha=0.2)
    first, second, *rest = desk.drawn(acceptance)
    desk.send("ann", desk.act(first) | {"labels": ["dog"]}, *map(desk.act, rest))
    assert desk.told(acceptance)["by_class"] is None, "not before the look is complete"
    desk.accept(acceptance, close=True)
    [cat] = desk.told(acceptance)["by_class"]["classes"]
    assert (cat["given"]["wrong"], second in desk.drawn(acceptance)) == (2, True)


def test_each_class_has_an_audit_and_a_bound_of_its_own(local_ws: Workspace) -> None:
    desk = Desk(local_ws)
    dogs = set(desk.seeded.items[::2])

    def propose_dogs(session: Session) -> None:
        dog = desk.seeded.classes["dog"]
        own = update(Proposal).where(Proposal.item_id.in_(dogs))
        session.execute(own.values(class_id=dog, top=[[dog, 0.9]]))

    local_ws.db.write(propose_dogs)
    acceptance = desk.begin(audit=40, per_class=True)
    drawn = desk.drawn(acceptance)
    assert (len(drawn), len(dogs.intersection(drawn))) == (80, 40)
    desk.wrong = dogs - set(sorted(dogs.intersection(drawn))[:12])
    desk.decide()
    parts = {part["class"]: part for part in desk.told(acceptance)["outcome"]["parts"]}
    assert parts["cat"]["accepted"] == 60
    assert (parts["dog"]["accepted"], parts["dog"]["wrong"]) == (0, 12)
    desk.accept(acceptance)
    assert desk.states() == {"verified": 80, "auto_accepted": 60, "proposed": 60}


def test_of_the_whole_dataset_more_may_be_wrong_in_what_is_accepted(local_ws: Workspace) -> None:
    desk = Desk(local_ws)
    desk.send("ann", *map(desk.act, desk.seeded.items[:100]))
    acceptance = desk.begin(audit=50, scope="dataset")
    desk.decide()
    told = desk.told(acceptance)["outcome"]
    assert told["acceptable"] == 50
    assert told["bound"] == pytest.approx(20 / SIZE), "of 200 at most 20, all among these 50"
