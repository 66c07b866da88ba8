"""One's own decisions: found by what is asked, corrected, and compared."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.ids import new_id
from db.tables import QueueEntry, utc_now
from labeling.errors import InputError, NotFoundError
from labeling.workflows import own_decisions, review
from labeling.workspace import Workspace
from tests.rows import Seeded, seed

LABELS = ("cat", "dog", "bird")


@pytest.fixture
def seeded(ws: Workspace) -> Seeded:
    return seed(ws.db, 4)


def decide(ws: Workspace, seeded: Seeded, person: str, item: str, label: str | None, **more) -> str:
    kind = more.pop("kind", "correct" if label else "none_of_these")
    given_ = {"id": new_id(), "item": item, "kind": kind, "labels": [label] if label else []}
    answer = review.decide(ws, seeded.people[person], seeded.name, [given_ | more])
    assert answer["acknowledged"], answer
    return given_["id"]


def search(ws: Workspace, seeded: Seeded, person: str = "ann", **wanted) -> dict:
    return own_decisions.search(ws, seeded.people[person], seeded.name, **wanted)


def items(found: dict) -> list[str]:
    return [row["item"] for row in found["decisions"]]


def test_the_newest_decision_on_each_item_newest_first(ws: Workspace, seeded: Seeded) -> None:
    one, two, three, _ = seeded.items
    decide(ws, seeded, "ann", one, "cat")
    decide(ws, seeded, "ann", two, "dog")
    decide(ws, seeded, "bob", three, "dog")
    decide(ws, seeded, "ann", one, "bird")
    found = search(ws, seeded)
    assert (found["total"], items(found)) == (2, [one, two])
    assert found["decisions"][0]["labels"] == ["bird"]
    assert items(search(ws, seeded, limit=1, offset=1)) == [two]


def test_search_by_class_state_path_and_time(ws: Workspace, seeded: Seeded) -> None:
    one, two, three, four = seeded.items
    decide(ws, seeded, "ann", one, "cat")
    decide(ws, seeded, "ann", two, None)
    decide(ws, seeded, "ann", three, "dog")
    decide(ws, seeded, "bob", three, "cat")
    decide(ws, seeded, "ann", four, None, kind="flag")
    assert items(search(ws, seeded, label="CAT")) == [one]
    assert items(search(ws, seeded, label="none of these")) == [two]
    assert items(search(ws, seeded, state="disputed")) == [three]
    assert items(search(ws, seeded, state="flagged")) == [four]
    assert items(search(ws, seeded, path="nowhere")) == []
    now = utc_now()
    assert search(ws, seeded, since=now - timedelta(hours=1))["total"] == 4
    assert search(ws, seeded, until=now - timedelta(hours=1))["total"] == 0
    with pytest.raises(NotFoundError):
        search(ws, seeded, label="newt")


def test_an_undone_decision_is_gone(ws: Workspace, seeded: Seeded) -> None:
    item = seeded.items[0]
    decision = decide(ws, seeded, "ann", item, "cat")
    own_decisions.undo(ws, seeded.people["ann"], seeded.name, decision)
    assert search(ws, seeded)["total"] == 0
    offered = review.queue(ws, seeded.people["ann"], seeded.name)["items"]
    assert item in [one["item"] for one in offered]


def test_a_correction_takes_the_place_of_what_one_said(ws: Workspace, seeded: Seeded) -> None:
    item = seeded.items[0]
    decision = decide(ws, seeded, "ann", item, "cat")
    own_decisions.correct(ws, seeded.people["ann"], seeded.name, decision, ["dog"])
    [row] = search(ws, seeded)["decisions"]
    assert (row["labels"], row["state"]) == (["dog"], "verified")
    own_decisions.correct(ws, seeded.people["ann"], seeded.name, row["id"], [])
    [row] = search(ws, seeded)["decisions"]
    assert (row["kind"], row["labels"]) == ("none_of_these", [])


def test_a_second_opinion_is_corrected_without_leaving_the_old_one(
    ws: Workspace, seeded: Seeded
) -> None:
    item = seeded.items[0]
    decide(ws, seeded, "ann", item, "cat")
    late = decide(ws, seeded, "bob", item, "dog")
    assert review.counts(ws, seeded.name)["by_state"]["disputed"] == 1
    own_decisions.correct(ws, seeded.people["bob"], seeded.name, late, ["cat"])
    assert "disputed" not in review.counts(ws, seeded.name)["by_state"]


def test_somebody_elses_decision_is_not_ones_own(ws: Workspace, seeded: Seeded) -> None:
    decision = decide(ws, seeded, "ann", seeded.items[0], "cat")
    for act in (own_decisions.undo, lambda *a: own_decisions.correct(*a, ["dog"])):
        with pytest.raises(NotFoundError):
            act(ws, seeded.people["bob"], seeded.name, decision)


def test_what_a_later_decision_stands_on_is_not_undone(ws: Workspace, seeded: Seeded) -> None:
    item = seeded.items[0]
    decision = decide(ws, seeded, "ann", item, "cat")
    decide(ws, seeded, "bob", item, "dog")
    with pytest.raises(InputError, match="a later decision stands on it"):
        own_decisions.undo(ws, seeded.people["ann"], seeded.name, decision)


@pytest.mark.parametrize("purpose", ["overlap", "probe"])
def test_a_further_look_tells_nothing_and_is_corrected_as_such(
    ws: Workspace, seeded: Seeded, purpose: str
) -> None:
    item = seeded.items[0]
    decide(ws, seeded, "ann", item, "cat", kind="confirm")
    _open_slot(ws, seeded, item, purpose)
    offered = review.queue(ws, seeded.people["bob"], seeded.name)["items"]
    assert item in [one["item"] for one in offered]
    decide(ws, seeded, "bob", item, "dog")
    [row] = search(ws, seeded, "bob")["decisions"]
    assert (row["state"], row["can_correct"]) == ("verified", True)
    assert search(ws, seeded, "bob", state="disputed")["total"] == 0
    own_decisions.correct(ws, seeded.people["bob"], seeded.name, row["id"], ["cat"])
    [row] = search(ws, seeded, "bob")["decisions"]
    assert row["labels"] == ["cat"]
    assert review.counts(ws, seeded.name)["by_state"].get("disputed", 0) == 0
    eyes = own_decisions.eyes(ws, seeded.people["bob"], seeded.name)
    assert (eyes["agreement"] is None, eyes["shown"]) == (purpose == "probe", None)


def test_how_often_one_confirms_what_is_shown(ws: Workspace, seeded: Seeded) -> None:
    one, two, three, _ = seeded.items
    shown = {"shown_proposal": "cat", "view": "single"}
    decide(ws, seeded, "ann", one, "cat", kind="confirm", **shown)
    decide(ws, seeded, "ann", two, "dog", **shown)
    decide(ws, seeded, "ann", three, "cat", kind="confirm", shown_proposal="cat", view="grid")
    eyes = own_decisions.eyes(ws, seeded.people["ann"], seeded.name)
    assert (eyes["shown"]["hits"], eyes["shown"]["n"]) == (1, 2)
    assert eyes["blind"] is eyes["probes"] is None


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([*LABELS, None])), max_size=12))
def test_search_by_class_finds_exactly_what_was_said_last(
    local_ws: Workspace, said: list[tuple[int, str | None]]
) -> None:
    seeded = seed(local_ws.db, 4)
    last: dict[str, str | None] = {}
    for number, label in said:
        decide(local_ws, seeded, "ann", seeded.items[number], label)
        last[seeded.items[number]] = label
    for label in (*LABELS, None):
        found = search(local_ws, seeded, label=label or "none of these")
        assert set(items(found)) == {item for item, one in last.items() if one == label}
        assert found["total"] == len(found["decisions"])


def _open_slot(ws: Workspace, seeded: Seeded, item: str, purpose: str) -> None:
    said = {"rank": 0, "policy": purpose, "reason": "rank 0"}
    entry = QueueEntry(project_id=seeded.id, item_id=item, slot=1, purpose=purpose, **said)
    ws.db.write(lambda session: session.add(entry))
