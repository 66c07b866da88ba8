"""Second look, the page of an item, and one's own decisions."""

from pathlib import Path

import pytest
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from app import session
from db import images, projects
from db.ids import new_id
from db.tables import Job, LookKind, Proposal, utc_now
from labeling.workflows import (
    accounts,
    comments,
    gold,
    item_log,
    jobs,
    own_decisions,
    review,
    second_look,
)
from labeling.workspace import Workspace
from tests.app.pages import open_at, press, texts
from tests.app.seeding import seed

pytestmark = pytest.mark.slow

QUIET = {"audit_share": 0, "overlap_share": 0, "probe_share": 0}


@pytest.fixture
def items(workspace: Workspace, tmp_path: Path) -> list[str]:
    """The items of a project in which nothing is drawn at random."""
    session.share(workspace)
    seed(workspace, tmp_path / "pictures", 4)

    def work(db) -> list[str]:
        project = projects.find(db, "zoo")
        project.review = QUIET
        return sorted(images.all_by_sha(db, project.id).values())

    return workspace.db.write(work)


def decide(ws: Workspace, person: str, item: str, kind: str, *labels: str, **more) -> str:
    user = accounts.user(ws, person).id
    given = {"id": new_id(), "item": item, "kind": kind, "labels": list(labels)} | more
    answer = review.decide(ws, user, "zoo", [given])
    assert answer["acknowledged"], answer
    return given["id"]


def log(ws: Workspace, item: str) -> dict:
    return item_log.show(ws, accounts.local_user(ws), "zoo", item)


def opened(address: str, **query: str) -> AppTest:
    page = open_at(address, project="zoo", **query)
    assert not page.exception
    assert not page.error, page.error[0].value
    return page


@pytest.mark.usefixtures("items")
def test_where_nothing_waits_the_page_says_what_would() -> None:
    assert "Nothing waits for a second look" in texts(opened("second-look"))
    assert "No decision is found" in texts(opened("decisions"))
    assert "No picture is chosen" in texts(opened("item"))


def test_a_dispute_shows_every_opinion_and_is_settled(workspace: Workspace, items: list[str]):
    decide(workspace, "ann", items[0], "correct", "dog")
    decide(workspace, "bob", items[0], "correct", "owl")
    page = opened("second-look")
    said = texts(page)
    assert "**ann** chose dog" in said
    assert "**bob** chose owl" in said
    assert "second opinion" in said
    assert "**Consensus: " in said
    assert "from 2 answers" in said
    page = press(page, "owl")
    assert not page.exception
    assert (log(workspace, items[0])["labels"], log(workspace, items[0])["state"]) == (
        ["owl"],
        "reviewed",
    )
    assert "Nothing waits for a second look" in texts(page)


def test_answers_are_weighed_with_the_head_on_request(
    workspace: Workspace, items: list[str]
) -> None:
    decide(workspace, "ann", items[0], "correct", "dog")
    decide(workspace, "bob", items[0], "correct", "owl")
    page = press(opened("second-look"), "Weigh answers with the head")
    assert not page.exception
    [job] = jobs.recent(workspace, "zoo", kind="crowdlab")
    assert job["state"] == "queued"
    seq = log(workspace, items[0])["seq"]

    def end(db) -> None:
        row = db.get(Job, job["id"])
        one = {"labels": [], "confidence": 0.81, "answers": 2, "seq": seq}
        row.result = {"items": {items[0]: one}, "n": 7, "check": None, "method": "by a test"}
        row.state, row.finished_at = "done", utc_now()
        project = projects.find(db, "zoo")
        project.review = QUIET | {"consensus": "crowdlab"}

    workspace.db.write(end)
    said = texts(opened("second-look"))
    assert "**Consensus: none of these**, 0.81, from 2 answers" in said
    assert "1 pictures with differing answers" not in said
    assert "1 picture with differing answers weighed by people and head" in said
    assert "The consensus is by both together" in said


def test_sets_of_labels_are_weighed_too(workspace: Workspace, tmp_path: Path) -> None:
    session.share(workspace)
    seed(workspace, tmp_path / "pictures", 2, mode="multi", review=QUIET)

    def ids(db) -> list[str]:
        return sorted(images.all_by_sha(db, projects.find(db, "zoo").id).values())

    item = workspace.db.write(ids)[0]
    decide(workspace, "ann", item, "correct", "dog", "cat")
    decide(workspace, "bob", item, "correct", "dog")
    page = press(opened("second-look"), "Weigh answers with the head")
    assert not page.exception
    assert [job["state"] for job in jobs.recent(workspace, "zoo", kind="crowdlab")] == ["queued"]
    assert "**Consensus: " in texts(page)


def test_accepting_goes_on_to_the_next_picture(workspace: Workspace, items: list[str]) -> None:
    for item in items[:2]:
        decide(workspace, "ann", item, "correct", "dog")
        decide(workspace, "ann", item, "flag", reason="not sure")
    page = opened("second-look")
    assert "1 of 2 pictures" in texts(page)
    assert "**Flagged** by ann: not sure" in texts(page)
    page = press(page, "Accept dog")
    assert "1 of 1 picture" in texts(page)
    assert [log(workspace, item)["state"] for item in items[:2]] == ["reviewed", "flagged"]


def test_where_nobody_answered_the_proposal_is_accepted_even_none_of_these(
    workspace: Workspace, items: list[str]
) -> None:
    decide(workspace, "ann", items[0], "flag")
    none = update(Proposal).where(Proposal.item_id == items[0]).values(class_id=None)
    workspace.db.write(lambda db: db.execute(none))
    page = press(opened("second-look"), "Accept the proposal none of these")
    assert not page.exception
    assert (log(workspace, items[0])["labels"], log(workspace, items[0])["state"]) == (
        [],
        "reviewed",
    )


def test_a_class_that_nobody_named_is_chosen_from_the_list(
    workspace: Workspace, items: list[str]
) -> None:
    decide(workspace, "ann", items[0], "flag")
    page = opened("second-look")
    page.selectbox(key=f"answer-{items[0]}").select("owl").run()
    press(page, "Change to owl")
    assert log(workspace, items[0])["labels"] == ["owl"]


def test_a_picture_is_sent_back_with_a_comment(workspace: Workspace, items: list[str]) -> None:
    decide(workspace, "ann", items[0], "correct", "dog")
    decide(workspace, "ann", items[0], "flag")
    page = opened("second-look")
    page.text_input(key=f"back-{items[0]}-comment").input("look at the tail").run()
    page = press(page, "Send back")
    assert not page.exception
    assert log(workspace, items[0])["labels"] is None
    first = review.queue(workspace, accounts.user(workspace, "ann").id, "zoo")["items"][0]
    assert (first["item"], first["note"]) == (items[0], "look at the tail")


def test_what_somebody_decided_meanwhile_is_not_overruled(
    workspace: Workspace, items: list[str]
) -> None:
    decide(workspace, "ann", items[0], "flag")
    page = opened("second-look")
    decide(workspace, "ann", items[0], "correct", "owl")
    page = press(page, "None of these")
    assert "since you opened it" in page.error[0].value.lower()
    assert log(workspace, items[0])["labels"] == ["owl"]


def test_the_kinds_are_filters(workspace: Workspace, items: list[str]) -> None:
    decide(workspace, "ann", items[0], "flag")
    decide(workspace, "ann", items[1], "flag", ask=True)
    page = opened("second-look")
    assert "1 of 2 pictures" in texts(page)
    page = page.button_group(key="second-look-kinds").set_value(["ask"]).run()
    assert "1 of 1 picture" in texts(page)
    assert "**Question** by ann" in texts(page)


def test_everything_about_an_item_is_on_one_page(workspace: Workspace, items: list[str]) -> None:
    decide(workspace, "ann", items[0], "correct", "dog", seconds=2)
    comments.add(workspace, accounts.user(workspace, "ann").id, "zoo", items[0], "<b>a tail</b>")
    page = opened("item", item=items[0])
    [table] = [frame.value for frame in page.dataframe if "Standing" in frame.value.columns]
    row = table.iloc[0]
    assert (row["Who"], row["What"], row["Standing"], row["How"]) == (
        "ann",
        "chose dog",
        "in force",
        "single, 2.0 s",
    )
    assert r"\<b\>a tail" in texts(page)
    page.text_input(key=f"comment-{items[0]}").input("I see it").run()
    assert [c["text"] for c in log(workspace, items[0])["comments"]][-1] == "I see it"


@pytest.mark.usefixtures("items")
def test_an_item_that_does_not_exist_is_named() -> None:
    page = open_at("item", project="zoo", item="nope")
    assert not page.exception
    assert "no item" in page.error[0].value


def test_ones_own_decision_is_found_and_corrected(workspace: Workspace, items: list[str]) -> None:
    me = accounts.local_user(workspace)
    for item, label in zip(items, ("cat", "dog"), strict=False):
        given = {"id": new_id(), "item": item, "kind": "correct", "labels": [label]}
        review.decide(workspace, me, "zoo", [given])
    page = opened("decisions")
    assert "2 pictures, page 1 of 1" in texts(page)
    page = page.selectbox(key="own-label").select("dog").run()
    assert "1 picture, page 1 of 1" in texts(page)
    page = press(page, "Open")
    [decision] = own_decisions.search(workspace, me, "zoo", label="dog")["decisions"]
    page.selectbox(key=f"own-answer-{decision['id']}").select("owl").run()
    page = press(page, "Correct to owl")
    assert not page.exception
    assert log(workspace, items[1])["labels"] == ["owl"]
    assert "No decision is found" in texts(page)


def test_ones_own_decision_is_taken_back(workspace: Workspace, items: list[str]) -> None:
    me = accounts.local_user(workspace)
    given = {"id": new_id(), "item": items[0], "kind": "correct", "labels": ["cat"]}
    review.decide(workspace, me, "zoo", [given])
    press(press(opened("decisions"), "Open"), "Take back")
    assert log(workspace, items[0])["labels"] is None
    assert second_look.counts(workspace, "zoo") == dict.fromkeys(LookKind, 0)


def test_a_lead_marks_a_verified_picture_as_gold(workspace: Workspace, items: list[str]) -> None:
    decide(workspace, "ann", items[0], "correct", "dog")
    page = press(opened("item", item=items[0]), "Mark as gold")
    assert [row["item"] for row in gold.listed(workspace, "zoo")] == [items[0]]
    press(page, "Gold: take the mark away")
    assert gold.listed(workspace, "zoo") == []
    labels = {button.label for button in opened("item", item=items[1]).button}
    assert "Mark as gold" not in labels, "nobody has decided it"
