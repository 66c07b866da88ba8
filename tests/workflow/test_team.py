"""What a lead does for a team: handing items over, the time sheet, figures about people."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from db.ids import new_id
from db.tables import ImportBatch
from labeling.errors import ForbiddenError, InputError, NotFoundError
from labeling.workflows import accounts, assignments, figures, health, ingest, review, status
from labeling.workspace import Workspace
from tests.app.seeding import CLASSES, seed
from tests.workflow.conftest import Counting
from tests.workflow.helpers import create, import_, pictures, prelabel_


@pytest.fixture
def zoo(ws: Workspace, tmp_path: Path) -> str:
    seed(ws, tmp_path / "pictures", 24)
    return "zoo"


def person(ws: Workspace, name: str) -> str:
    return accounts.user(ws, name).id


def offered(ws: Workspace, user: str, limit: int = 200) -> list[dict]:
    return review.queue(ws, user, "zoo", limit, client=user)["items"]


def decide(ws: Workspace, user: str, items: list[dict], kind: str = "confirm") -> None:
    given = [
        {"id": new_id(), "item": one["item"], "kind": kind, "labels": [one["proposal"]]}
        for one in items
    ]
    assert review.decide(ws, user, "zoo", given)["rejected"] == []


def test_what_is_assigned_comes_to_that_person_alone(ws: Workspace, zoo: str) -> None:
    ann, bob = person(ws, "ann"), person(ws, "bob")
    made = assignments.give(ws, ann, zoo, "ann", class_name="cat", priority=1)
    assert made["waiting"] == 4
    assert {one["proposal"] for one in offered(ws, bob)} == set(CLASSES) - {"cat"}
    assert {one["proposal"] for one in offered(ws, ann)} == {"cat"}


def test_what_is_taken_back_comes_to_everybody(ws: Workspace, zoo: str) -> None:
    ann, bob = person(ws, "ann"), person(ws, "bob")
    made = assignments.give(ws, ann, zoo, "ann")
    assert offered(ws, bob) == []
    assignments.take_back(ws, zoo, made["id"])
    assert len(offered(ws, bob)) == 24
    assert assignments.in_force(ws, zoo) == []
    with pytest.raises(NotFoundError):
        assignments.take_back(ws, zoo, made["id"])


def test_items_of_one_import_can_be_assigned(ws: Workspace, zoo: str) -> None:
    ann, bob = person(ws, "ann"), person(ws, "bob")
    batch = ingest.batches(ws, zoo)[0]["id"]
    made = assignments.give(ws, ann, zoo, "bob", batch_id=batch)
    assert (made["waiting"], made["person"]) == (24, "bob")
    assert offered(ws, ann) == []
    assert len(offered(ws, bob)) == 24


def test_an_assignment_is_refused_with_what_is_wrong(ws: Workspace, zoo: str) -> None:
    ann = person(ws, "ann")
    for given, error in [
        ({"person": "nobody"}, NotFoundError),
        ({"person": "ann", "class_name": "yeti"}, NotFoundError),
        ({"person": "ann", "batch_id": new_id()}, NotFoundError),
        ({"person": "ann", "priority": 10}, InputError),
    ]:
        with pytest.raises(error):
            assignments.give(ws, ann, zoo, **given)


def test_the_time_sheet_counts_each_persons_work(ws: Workspace, zoo: str) -> None:
    ann, bob = person(ws, "ann"), person(ws, "bob")
    decide(ws, ann, offered(ws, ann, 6))
    decide(ws, bob, offered(ws, bob, 3), "correct")
    found = health.of_project(ws, zoo)
    rows = {row["person"]: row for row in found["timesheet"]}
    assert (rows["ann"]["labels"], rows["ann"]["corrected"]) == (6, 0)
    assert (rows["bob"]["labels"], rows["bob"]["corrected"]) == (3, 3)
    assert found["remaining"] == 15
    assert sum(row["verified"] for row in found["progress"]) == 9
    assert sum(row["decisions"] for row in found["by_hour"]) == 9
    assert rows["ann"]["labels_per_hour"] is None, "seconds of work tell no hours"
    assert found["hours_left"] is None


def test_minutes_of_work_tell_the_speed_and_what_is_left(ws: Workspace, zoo: str) -> None:
    ann = person(ws, "ann")
    now = ws.clock()
    for number, one in enumerate(offered(ws, ann, 11)):
        ws.clock = lambda number=number: now + timedelta(minutes=number)
        decide(ws, ann, [one])
    found = health.of_project(ws, zoo)
    [row] = found["timesheet"]
    assert 10 <= row["active_minutes"] <= 11
    assert row["labels_per_hour"] == pytest.approx(60 * 11 / row["active_minutes"], abs=1)
    assert found["hours_left"] == pytest.approx(13 / row["labels_per_hour"])


def test_each_day_tells_what_was_left_and_who_agreed(ws: Workspace, tmp_path: Path) -> None:
    seed(ws, tmp_path / "pictures", 24, review={"audit_share": 0.0, "overlap_share": 1.0})
    ann, bob, now = person(ws, "ann"), person(ws, "bob"), datetime(2026, 3, 3, 12, tzinfo=UTC)
    started = now - timedelta(days=2)
    ws.db.write(lambda session: session.execute(update(ImportBatch).values(created_at=started)))
    for day, count in ((2, 10), (1, 6)):
        for number, one in enumerate(offered(ws, ann, count)):
            at = now - timedelta(days=day) + timedelta(minutes=number)
            ws.clock = lambda at=at: at
            decide(ws, ann, [one])
    ws.clock = lambda: now
    blind = [one for one in offered(ws, bob, 200) if one["blind"]][:4]
    for one, label in zip(blind, ("cat", "dog", "bird", "fish"), strict=True):
        given = {"id": new_id(), "item": one["item"], "kind": "correct", "labels": [label]}
        assert review.decide(ws, bob, "zoo", [given])["rejected"] == []
    found = health.of_project(ws, "zoo")
    assert [row["waiting"] for row in found["left"]][:2] == [14, 8]
    first = found["left"][0]
    [pace] = [row["labels_per_hour"] for row in found["timesheet"] if row["day"] == first["day"]]
    assert first["hours_left"] == pytest.approx(14 / pace)
    today = {row["person"]: row for row in found["agreement"]}
    assert today.keys() == {"ann", "bob"}
    assert today["bob"]["n"] == 4
    assert today["bob"]["low"] <= today["bob"]["estimate"] <= today["bob"]["high"]
    assert found["worked"] == sorted({row["day"] for row in found["timesheet"]}, reverse=True)
    [first_day, *_] = reversed(found["worked"])
    that_day = health.of_project(ws, "zoo", day=first_day)
    assert {row["day"] for row in that_day["timesheet"]} == {first_day}
    assert that_day["worked"] == found["worked"]
    assert sum(row["decisions"] for row in that_day["by_hour"]) == 10
    theirs = health.of_project(ws, "zoo", person="bob")
    assert {row["person"] for row in theirs["timesheet"]} == {"bob"}
    assert sum(row["decisions"] for row in theirs["by_hour"]) == 4
    assert theirs["people"] == ["ann", "bob"]
    assert theirs["left"] == found["left"], "what is left is left to everybody"


def test_before_the_first_decision_nothing_is_claimed(ws: Workspace, zoo: str) -> None:
    found = health.of_project(ws, zoo)
    assert (found["timesheet"], found["hours_left"]) == ([], None)
    known = figures.of_project(ws, zoo)
    assert (known["proposals"], known["human_error"], known["probes"]) == (None, None, None)
    assert status.status(ws, zoo)["accuracy"] is None


def test_blind_second_answers_give_the_error_of_labels(ws: Workspace, tmp_path: Path) -> None:
    every = {"audit_share": 0.0, "overlap_share": 1.0, "probe_share": 0.0}
    seed(ws, tmp_path / "pictures", 10, review=every)
    ann, bob = person(ws, "ann"), person(ws, "bob")
    decide(ws, ann, offered(ws, ann))
    second = offered(ws, bob)
    assert len(second) == 10
    assert all(one["blind"] and one["proposals"] == [] for one in second)
    given = [
        {"id": new_id(), "item": one["item"], "kind": "correct", "labels": [label]}
        for one, label in zip(second, ["cat"] * 10, strict=True)
    ]
    assert review.decide(ws, bob, "zoo", given)["rejected"] == []
    found = figures.of_project(ws, "zoo")
    differ = sum(1 for number in range(10) if CLASSES[number % len(CLASSES)] != "cat")
    assert (found["human_error"]["n"], found["human_error"]["open"]) == (10, differ)
    assert figures.of_person(ws, bob, "zoo")["agreement"]["hits"] == 10 - differ


def test_blind_audits_tell_how_often_proposals_are_right(
    ws: Workspace, model: Counting, tmp_path: Path
) -> None:
    zoo = create(ws, review={"audit_share": 1.0})
    pictures(tmp_path / "pictures", 8)
    import_(ws, zoo, tmp_path / "pictures")
    prelabel_(ws, zoo)
    ann = person(ws, "ann")
    items = offered(ws, ann)
    assert len(items) == 8
    given = [
        {"id": new_id(), "item": one["item"], "kind": "correct", "labels": ["cat"]} for one in items
    ]
    assert review.decide(ws, ann, zoo, given)["rejected"] == []
    proposed = status.status(ws, zoo)["by_class"]["cat"]["proposed"]
    accuracy = status.status(ws, zoo)["accuracy"]
    assert (accuracy["n"], proposed) == (8, 0)
    assert 0 <= accuracy["low"] <= accuracy["estimate"] <= accuracy["high"] <= 1


def test_a_lead_takes_back_what_was_handed_over_by_name(ws: Workspace, zoo: str) -> None:
    lead, ann, bob = accounts.user(ws, "lea", "lead").id, person(ws, "ann"), person(ws, "bob")
    first, second, *_ = [one["item"] for one in offered(ws, ann, 2)]
    skips = [
        {"id": new_id(), "item": one, "kind": "skip", "labels": [], "to": "bob", "reason": why}
        for one, why in ((first, "an owl?"), (second, "a fox?"))
    ]
    assert review.decide(ws, ann, zoo, skips)["rejected"] == []
    assert assignments.handed_over(ws, zoo) == [{"person": "bob", "waiting": 2}]
    [at_hand] = offered(ws, bob, 1)
    with pytest.raises(ForbiddenError):
        assignments.take_back_handed(ws, ann, zoo, "bob")
    with pytest.raises(NotFoundError):
        assignments.take_back_handed(ws, lead, zoo, "nobody")
    assert assignments.take_back_handed(ws, lead, zoo, "bob") == 2
    assert assignments.handed_over(ws, zoo) == []
    theirs = {one["item"]: one["reason"] for one in offered(ws, ann)}
    [free] = {first, second} - {at_hand["item"]}
    assert theirs[free].startswith("from ann: "), "what was said of it stays"
    assert at_hand["item"] not in theirs, "it is on bob's screen"
    decide(ws, bob, [at_hand])
