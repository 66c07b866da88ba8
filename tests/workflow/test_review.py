"""Review: what is offered, what becomes of decisions, and what is told when one is refused."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import second_looks
from db.ids import new_id
from db.tables import Decision, LookKind, utc_now
from labeling.errors import NotFoundError
from labeling.workflows import classes, jobs, learning_due, review
from labeling.workflows.desk import LEASE
from labeling.workspace import Workspace
from tests.rows import PEOPLE, Seeded, seed


def act(item: str, kind: str = "confirm", label: str | None = "cat", **more) -> dict:
    labels = [label] if label and kind in ("confirm", "correct") else []
    return {"id": new_id(), "item": item, "kind": kind, "labels": labels} | more


def decide(ws: Workspace, seeded: Seeded, person: str, *acts: dict) -> dict:
    return review.decide(ws, seeded.people[person], seeded.name, acts)


def queue(ws: Workspace, seeded: Seeded, person: str, limit: int = 40, **more) -> list[dict]:
    return review.queue(ws, seeded.people[person], seeded.name, limit, **more)["items"]


def state(ws: Workspace, seeded: Seeded) -> dict[str, int]:
    return review.counts(ws, seeded.name)["by_state"]


def test_what_is_offered_says_what_is_proposed_and_why(ws: Workspace) -> None:
    seeded = seed(ws.db, 3)
    answer = review.queue(ws, seeded.people["ann"], seeded.name, 2)
    assert [i["item"] for i in answer["items"]] == seeded.items[:2]
    first = answer["items"][0]
    assert (first["reason"], first["state"], first["proposal"]) == ("rank 0", "proposed", "cat")
    assert [p["label"] for p in first["proposals"]] == ["cat", "dog", "bird"]
    assert (first["width"], first["height"], len(first["sha"])) == (28, 28, 64)
    assert [c["name"] for c in answer["classes"]] == ["cat", "dog", "bird"]
    assert answer["counts"] == {
        "items": 3,
        "verified": 0,
        "remaining": 3,
        "by_state": {"proposed": 3},
    }


def test_every_kind_of_answer(ws: Workspace) -> None:
    seeded = seed(ws.db, 4)
    one, two, three, four = seeded.items
    answer = decide(
        ws,
        seeded,
        "ann",
        act(one),
        act(two, "correct", seeded.classes["dog"]),
        act(three, "none_of_these"),
        act(four, "skip"),
    )
    assert len(answer["acknowledged"]) == 4
    assert answer["counts"]["by_state"] == {"verified": 3, "proposed": 1}
    assert [i["item"] for i in queue(ws, seeded, "ann")] == [four]


def test_a_decision_sent_twice_counts_once(ws: Workspace) -> None:
    seeded = seed(ws.db, 2)
    one = act(seeded.items[0])
    assert decide(ws, seeded, "ann", one, one)["already_known"] == [one["id"]]
    again = decide(ws, seeded, "ann", one)
    assert (again["acknowledged"], again["already_known"]) == ([], [one["id"]])
    assert len(review.history(ws, seeded.people["ann"], seeded.name)["decisions"]) == 1


def test_the_same_batch_sent_by_two_connections_at_once_counts_once(ws: Workspace) -> None:
    seeded = seed(ws.db, 20)
    batch = [act(item) for item in seeded.items]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: decide(ws, seeded, "ann", *batch), range(6)))
    assert sum(len(answer["acknowledged"]) for answer in answers) == 20
    assert sum(len(answer["already_known"]) for answer in answers) == 100
    with ws.db.read() as session:
        assert len(session.scalars(select(Decision.id)).all()) == 20


def test_people_who_decide_the_same_items_at_once_lose_nothing(ws: Workspace) -> None:
    seeded = seed(ws.db, 12)

    def work(person: str) -> int:
        acts = [act(item, label="cat") for item in seeded.items]
        if person == "bob":
            acts.reverse()
        return sum(len(decide(ws, seeded, person, one)["acknowledged"]) for one in acts)

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(work, PEOPLE)) == [12, 12, 12]
    with ws.db.read() as session:
        standings = list(session.scalars(select(Decision.standing)))
    assert standings.count("in_force") == 12
    assert standings.count("second_opinion") == 24
    assert state(ws, seeded) == {"verified": 12}


def test_batches_in_opposite_order_lose_nothing(ws: Workspace) -> None:
    seeded = seed(ws.db, 30)

    def work(person: str) -> int:
        acts = [act(item) for item in seeded.items]
        if person == "bob":
            acts.reverse()
        return len(decide(ws, seeded, person, *acts)["acknowledged"])

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(work, PEOPLE)) == [30, 30, 30]


def test_undo_gives_the_picture_back_to_who_decided(ws: Workspace) -> None:
    seeded = seed(ws.db, 3)
    first = queue(ws, seeded, "ann", 1)[0]["item"]
    one = act(first)
    decide(ws, seeded, "ann", one)
    decide(ws, seeded, "ann", act(first, "undo", supersedes=one["id"]))
    assert state(ws, seeded) == {"proposed": 3}
    assert first not in [i["item"] for i in queue(ws, seeded, "bob")]
    assert [i["item"] for i in queue(ws, seeded, "ann", 1)] == [first]
    assert decide(ws, seeded, "ann", act(first, label="dog"))["acknowledged"]
    past = review.history(ws, seeded.people["ann"], seeded.name)["decisions"]
    assert [(d["labels"], d["undone"]) for d in past] == [(["dog"], False), (["cat"], True)]


@pytest.mark.parametrize("which", ["other", "unknown", "twice", "none"])
def test_an_undo_that_can_not_be_is_told(ws: Workspace, which: str) -> None:
    seeded = seed(ws.db, 1)
    one = act(seeded.items[0])
    decide(ws, seeded, "ann", one)
    target = {"unknown": new_id(), "none": None}.get(which, one["id"])
    undo = act(seeded.items[0], "undo", supersedes=target)
    if which == "twice":
        decide(ws, seeded, "ann", act(seeded.items[0], "undo", supersedes=target))
    answer = decide(ws, seeded, "bob" if which == "other" else "ann", undo)
    assert [refusal["id"] for refusal in answer["rejected"]] == [undo["id"]]
    assert "undone" in answer["rejected"][0]["why"]


def test_a_late_decision_is_a_second_opinion_and_may_dispute(ws: Workspace) -> None:
    seeded = seed(ws.db, 1)
    [item] = seeded.items
    queue(ws, seeded, "ann")
    now = utc_now() + 2 * LEASE
    ws.clock = lambda: now
    assert [i["item"] for i in queue(ws, seeded, "bob")] == [item]
    decide(ws, seeded, "ann", act(item, label="dog"))
    assert state(ws, seeded) == {"proposed": 1}
    assert queue(ws, seeded, "cem") == []
    decide(ws, seeded, "bob", act(item, label="cat"))
    assert state(ws, seeded) == {"disputed": 1}


@pytest.mark.parametrize("kind", ["skip", "undo"])
def test_what_comes_late_does_not_take_a_picture_from_its_holder(ws: Workspace, kind: str) -> None:
    seeded = seed(ws.db, 1)
    [item] = seeded.items
    queue(ws, seeded, "ann")
    now = utc_now() + 2 * LEASE
    ws.clock = lambda: now
    queue(ws, seeded, "bob")
    opinion = act(item, label="dog")
    if kind == "undo":
        decide(ws, seeded, "ann", opinion)
    late = act(item, kind, supersedes=opinion["id"] if kind == "undo" else None)
    assert decide(ws, seeded, "ann", late)["acknowledged"] == [late["id"]]
    assert queue(ws, seeded, "cem") == []
    assert [i["item"] for i in queue(ws, seeded, "bob")] == [item]


def test_who_has_seen_a_decision_may_overrule_it(ws: Workspace) -> None:
    seeded = seed(ws.db, 1)
    first = act(seeded.items[0], label="cat")
    decide(ws, seeded, "ann", first)
    decide(ws, seeded, "bob", act(seeded.items[0], "correct", "dog", supersedes=first["id"]))
    assert state(ws, seeded) == {"verified": 1}
    decide(ws, seeded, "cem", act(seeded.items[0], label="cat"))
    assert state(ws, seeded) == {"disputed": 1}


def test_a_class_that_is_gone_makes_a_stale_vote(ws: Workspace) -> None:
    seeded = seed(ws.db, 2)
    classes.set_active(ws, seeded.name, "cat", active=False)
    queue(ws, seeded, "ann")
    stale = act(seeded.items[0], label="cat", revision=1)
    assert decide(ws, seeded, "ann", stale)["acknowledged"] == [stale["id"]]
    assert state(ws, seeded) == {"proposed": 2}
    with ws.db.read() as session:
        row = session.scalars(select(Decision)).one()
    said = (row.standing, row.labels, row.class_set_revision)
    assert said == ("stale", [seeded.classes["cat"]], 1)
    with ws.db.read() as session:
        assert second_looks.open_items(session, seeded.id, LookKind.LATE) == {seeded.items[0]}
    assert "cat" in row.reason
    assert seeded.items[0] in [i["item"] for i in queue(ws, seeded, "ann")]


def test_a_bad_decision_fails_alone_and_says_why(ws: Workspace) -> None:
    seeded = seed(ws.db, 3)
    other = seed(ws.db, 1)
    good = [act(item) for item in seeded.items]
    bad = [
        act(seeded.items[0], "confirm", None),
        act(seeded.items[0]) | {"labels": ["cat", "dog"]},
        act(seeded.items[0], "none_of_these") | {"labels": ["cat"]},
        act(other.items[0]),
        act(seeded.items[0], "auto_accept"),
        act(seeded.items[0], revision=99),
        act(seeded.items[0], seconds=-1),
        act(seeded.items[0], view="elsewhere"),
        act(seeded.items[0]) | {"id": "7"},
    ]
    answer = decide(ws, seeded, "ann", bad[0], good[0], *bad[1:5], good[1], *bad[5:], good[2])
    assert answer["acknowledged"] == [one["id"] for one in good]
    assert [r["id"] for r in answer["rejected"]] == [one["id"] for one in bad]
    assert all(r["why"] for r in answer["rejected"])


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None), max_size=5)
    | st.sampled_from(["\0", "\ud800", "x" * 5_000, "confirm", "undo", "cat"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)
FIELDS = [
    *("id", "item", "kind", "labels", "revision", "view", "shown_proposal", "seconds"),
    *("supersedes", "reason", "act_id", "blind"),
]


@given(st.dictionaries(st.sampled_from(FIELDS), anything, max_size=3))
@settings(max_examples=40)
def test_no_malformed_decision_takes_others_with_it(ws: Workspace, malformed: dict) -> None:
    seeded = seed(ws.db, 2)
    odd, good = act(seeded.items[0]) | malformed, act(seeded.items[1])
    answer = decide(ws, seeded, "ann", odd, good)
    assert good["id"] in answer["acknowledged"]
    told = answer["acknowledged"] + answer["already_known"] + [r["id"] for r in answer["rejected"]]
    assert len(told) == 2


def test_a_multi_label_project_takes_several_labels(ws: Workspace) -> None:
    seeded = seed(ws.db, 1, mode="multi")
    decide(ws, seeded, "ann", act(seeded.items[0]) | {"labels": ["cat", "bird", "cat"]})
    [past] = review.history(ws, seeded.people["ann"], seeded.name)["decisions"]
    assert sorted(past["labels"]) == ["bird", "cat"]


def test_history_is_ones_own_newest_first(ws: Workspace) -> None:
    seeded = seed(ws.db, 3)
    decide(ws, seeded, "ann", act(seeded.items[0]), act(seeded.items[1], label="dog"))
    decide(ws, seeded, "bob", act(seeded.items[2]))
    past = review.history(ws, seeded.people["ann"], seeded.name)["decisions"]
    assert [(d["item"], d["labels"]) for d in past] == [
        (seeded.items[1], ["dog"]),
        (seeded.items[0], ["cat"]),
    ]
    assert len(review.history(ws, seeded.people["ann"], seeded.name, 1)["decisions"]) == 1


def test_an_unknown_project_is_told(local_ws: Workspace) -> None:
    for call in (
        lambda: review.queue(local_ws, "u", "nothing"),
        lambda: review.decide(local_ws, "u", "nothing", []),
        lambda: review.history(local_ws, "u", "nothing"),
        lambda: review.counts(local_ws, "nothing"),
    ):
        with pytest.raises(NotFoundError):
            call()


@pytest.mark.parametrize(("proposed", "learned"), [(True, 1), (False, 0)])
def test_each_batch_of_answers_calls_for_a_refit(
    local_ws: Workspace, proposed: bool, learned: int
) -> None:
    seeded = seed(local_ws.db, learning_due.BATCH, proposed=proposed)
    acts = [act(item) for item in seeded.items]
    decide(local_ws, seeded, "ann", *acts[:-1])
    assert jobs.recent(local_ws) == []
    decide(local_ws, seeded, "ann", acts[-1])
    assert [job["kind"] for job in jobs.recent(local_ws)] == ["learn"] * learned


def test_a_lease_is_renewed_while_its_tab_asks(ws: Workspace) -> None:
    seeded = seed(ws.db, 2)
    begin = utc_now()
    for turn in range(4):
        now = begin + turn * (LEASE - timedelta(seconds=1))
        ws.clock = lambda now=now: now
        held = [i["item"] for i in queue(ws, seeded, "ann", client="tab")]
        assert held == seeded.items
        assert queue(ws, seeded, "bob") == []


def test_an_id_that_two_items_bear_is_refused_for_the_second(ws: Workspace) -> None:
    seeded = seed(ws.db, 2)
    one, two = seeded.items
    first = {"id": new_id(), "item": one, "kind": "correct", "labels": ["cat"]}
    again = first | {"item": two}
    answer = review.decide(ws, seeded.people["ann"], seeded.name, [first, again])
    assert answer["acknowledged"] == [first["id"]]
    assert answer["rejected"] == [{"id": first["id"], "why": "another decision bears this id"}]


def test_an_id_that_another_request_stores_at_the_same_moment_is_refused(ws: Workspace) -> None:
    seeded = seed(ws.db, 2)
    one, two = seeded.items
    ann, bob = seeded.people["ann"], seeded.people["bob"]
    given = {"id": new_id(), "item": one, "kind": "correct", "labels": ["cat"]}
    with ThreadPoolExecutor(1) as pool, Session(ws.db.engine) as session, session.begin():
        row = Decision(id=given["id"], project_id=seeded.id, item_id=one, user_id=ann)
        row.kind, row.labels, row.class_set_revision, row.view = "correct", [], 1, "single"
        session.add(row)
        session.flush()
        late = pool.submit(review.decide, ws, bob, seeded.name, [given | {"item": two}])
        time.sleep(0.5)
        assert not late.done()
        session.commit()
        answer = late.result(30)
    assert answer["rejected"] == [{"id": given["id"], "why": "another decision bears this id"}]
