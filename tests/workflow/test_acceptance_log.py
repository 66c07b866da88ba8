"""What is accepted stands in the log, as one act; people, stream and lead may take it back."""

import csv
from pathlib import Path

import pytest
from sqlalchemy import select

from db.ids import new_id
from db.tables import Decision, Item
from labeling.workflows import accept, acceptance_told, accounts, exports, review, status
from labeling.workspace import Workspace
from tests.app.seeding import CLASSES, seed
from tests.workflow.acceptances import SIZE, Desk
from tests.workflow.helpers import run

pytestmark = pytest.mark.slow


@pytest.fixture
def desk(ws: Workspace) -> Desk:
    return Desk(ws)


@pytest.fixture
def local_desk(local_ws: Workspace) -> Desk:
    return Desk(local_ws)


def shas(ws: Workspace) -> list[str]:
    """The pictures of a project in order of arrival."""
    with ws.db.read() as session:
        return list(session.scalars(select(Item.sha256).order_by(Item.id)))


def test_near_duplicates_of_a_wrong_proposal_are_not_accepted(desk: Desk) -> None:
    acceptance = desk.begin(audit=60, stream_share=0)
    drawn = desk.drawn(acceptance)
    alike = next(item for item in desk.seeded.items if item not in drawn)
    right = next(item for item in desk.seeded.items if item not in {*drawn, alike})
    desk.group(drawn[0], alike)
    desk.group(drawn[1], right)
    desk.wrong = {drawn[0]}
    desk.decide()
    desk.accept(acceptance)
    assert desk.state_of(alike) == "proposed"
    assert desk.state_of(right) == "auto_accepted"
    assert [entry.state for entry in desk.entries(alike)] == ["queued"]
    assert [entry.state for entry in desk.entries(right)] == ["done"]


def test_what_a_person_decides_in_between_stays_theirs(desk: Desk) -> None:
    acceptance = desk.begin(audit=60)
    desk.decide()
    item = next(one for one in desk.seeded.items if desk.state_of(one) == "proposed")
    job = accept.accept(desk.ws, desk.lead, desk.name, acceptance)
    desk.wrong = {item}
    desk.send("ann", desk.act(item))
    assert desk.run(job)["accepted"] == SIZE - 61
    assert desk.state_of(item) == "verified"
    later = next(one for one in desk.seeded.items if desk.state_of(one) == "auto_accepted")
    desk.wrong |= {later}
    one = desk.act(later)
    desk.send("bob", one)
    assert desk.state_of(later) == "verified"
    desk.run(accept.withdraw(desk.ws, desk.lead, desk.name, acceptance))
    assert desk.state_of(later) == desk.state_of(item) == "verified"
    desk.send("bob", desk.act(later, "undo", supersedes=one["id"]))
    assert desk.state_of(later) == "proposed", "what was taken back does not come back"
    assert desk.is_as_its_log_says()


def test_what_is_accepted_does_not_leave_unless_asked(local_ws: Workspace, tmp_path: Path) -> None:
    seed(local_ws, tmp_path / "pictures", 24)
    lead = accounts.local_user(local_ws)
    begun = accept.begin(local_ws, lead, "zoo", alpha=0.4, audit=12)
    run(local_ws, begun["job"])
    names = {sha: CLASSES[n % len(CLASSES)] for n, sha in enumerate(shas(local_ws))}
    waiting = review.queue(local_ws, lead, "zoo", 12)["items"]
    decided = [
        {"id": new_id(), "item": one["item"], "kind": "correct", "labels": [names[one["sha"]]]}
        for one in waiting
    ]
    review.decide(local_ws, lead, "zoo", decided)
    run(local_ws, accept.accept(local_ws, lead, "zoo", begun["acceptance"]))
    found = status.status(local_ws, "zoo")
    assert found["by_state"] == {"verified": 12, "auto_accepted": 12}
    assert sum(one["verified"] for one in found["by_class"].values()) == 12
    assert run(local_ws, exports.enqueue(local_ws, "zoo", "csv", tmp_path / "a"))["items"] == 12
    asked = exports.enqueue(local_ws, "zoo", "csv", tmp_path / "b", states=["auto_accepted"])
    [name] = [one for one in run(local_ws, asked)["files"] if one.endswith(".csv")]
    with (tmp_path / "b" / name).open() as lines:
        rows = list(csv.DictReader(lines))
    assert [row["state"] for row in rows] == ["auto_accepted"] * 12
    assert {row["sha256"]: row["label"] for row in rows}.items() <= names.items()


def test_the_stream_goes_on_blind_and_a_person_s_word_counts(desk: Desk) -> None:
    acceptance = desk.accepted(stream_share=0.1)
    told = review.queue(desk.ws, desk.seeded.people["bob"], desk.name, 40, client="b")["items"]
    assert len(told) == 14
    for one in told:
        assert (one["blind"], one["proposals"], one["state"]) == (True, [], "proposed")
        assert one["purpose"] == "stream"
    one = desk.act(told[0]["item"])
    desk.send("bob", one)
    assert desk.state_of(told[0]["item"]) == "verified"
    stream = desk.told(acceptance)["stream"]
    assert (stream["size"], stream["answered"], stream["wrong"]) == (14, 1, 0)
    desk.send("bob", desk.act(told[0]["item"], "undo", supersedes=one["id"]))
    assert desk.state_of(told[0]["item"]) == "auto_accepted"
    again = review.queue(desk.ws, desk.seeded.people["bob"], desk.name, 40, client="b")["items"]
    assert told[0]["item"] in {one["item"] for one in again}
    assert desk.is_as_its_log_says()


def test_a_stream_that_contradicts_the_bound_takes_all_back(desk: Desk) -> None:
    acceptance = desk.accepted(stream_share=0.3)
    desk.wrong = set(desk.seeded.items)
    sent = 0
    while desk.told(acceptance)["state"] == "accepted":
        told = review.queue(desk.ws, desk.seeded.people["bob"], desk.name, 1, client="b")["items"]
        desk.send("bob", desk.act(told[0]["item"]))
        sent += 1
    told = desk.told(acceptance)
    assert (told["state"], told["stream"]["wrong"]) == ("withdrawn", sent)
    assert told["stream"]["contradicts"]
    assert "contradicts an error of at most" in told["why"]
    desk.run(told["job"])
    assert desk.states() == {"verified": 60 + sent, "proposed": SIZE - 60 - sent}
    waiting = review.queue(desk.ws, desk.seeded.people["bob"], desk.name, 200, client="b")["items"]
    assert {one["purpose"] for one in waiting} == {"work"}
    assert len(waiting) == SIZE - 60 - sent
    assert desk.is_as_its_log_says()


def test_what_was_taken_back_can_be_accepted_again(desk: Desk) -> None:
    first = desk.accepted()
    desk.run(accept.withdraw(desk.ws, desk.lead, desk.name, first))
    second = desk.begin(audit=40)
    desk.decide()
    assert desk.accept(second)["accepted"] == SIZE - 100
    with desk.ws.db.read() as session:
        kinds = [
            row.kind for row in session.scalars(select(Decision).where(Decision.act_id == first))
        ]
    assert kinds.count("withdraw") == kinds.count("auto_accept") == SIZE - 60
    assert desk.is_as_its_log_says()


def test_the_list_shows_what_is_accepted(local_desk: Desk) -> None:
    acceptance = local_desk.accepted()
    told = acceptance_told.items(local_desk.ws, local_desk.name, acceptance, limit=5)
    assert told["total"] == SIZE - 60
    scores = [one["score"] for one in told["pictures"]]
    assert scores == sorted(scores)
    assert {tuple(one["labels"]) for one in told["pictures"]} == {("cat",)}
