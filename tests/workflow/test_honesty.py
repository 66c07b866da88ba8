"""Against rubber-stamping: a shortest viewing time, and blind items for hasty or equal answers."""

import pytest

from db import checks
from db.ids import new_id
from labeling.workflows import honesty, review
from labeling.workflows.honesty import EQUAL_RUN, FAST_RUN, WATCHED_EVERY
from labeling.workspace import Workspace
from tests.rows import NO_CHECKS, Seeded, seed
from tests.workflow.test_blind import audited

SLOW = 3.0


def act(item: str, kind: str = "confirm", label: str = "cat", **more) -> dict:
    labels = [] if kind in ("none_of_these", "skip") else [label]
    return {"id": new_id(), "item": item, "kind": kind, "labels": labels} | more


def decide(ws: Workspace, seeded: Seeded, person: str, *acts: dict) -> dict:
    return review.decide(ws, seeded.people[person], seeded.name, acts)


def next_blind(ws: Workspace, seeded: Seeded, person: str) -> bool:
    return review.queue(ws, seeded.people[person], seeded.name, 1)["items"][0]["blind"]


def with_audit_last(ws: Workspace, count: int) -> tuple[Seeded, list[str]]:
    """A project whose only audit comes last, and the items before it."""
    seeded = audited(ws, count, NO_CHECKS | {"audit_share": 1 / count})
    with ws.db.read() as session:
        [audit] = checks.waiting_audits(session, seeded.id)

    def to_end(session) -> None:
        from db import queue

        queue.send_to_end(session, seeded.id, audit, "audit: proposal hidden")

    ws.db.write(to_end)
    return seeded, [item for item in seeded.items if item != audit]


def test_a_confirmation_that_comes_too_fast_does_not_count(ws: Workspace) -> None:
    seeded = seed(ws.db, 5, review=NO_CHECKS | {"shortest_seconds": 1.0})
    one, two, three, four, five = seeded.items
    answer = decide(
        ws, seeded, "ann",
        act(one, seconds=0.2),
        act(two, seconds=1.0),
        act(three, "correct", "dog", seconds=0.2),
        act(four, seconds=0.2, view="grid", looked=1.4),
        act(five, seconds=0.2, view="group", looked=0.9),
    )  # fmt: skip
    assert len(answer["acknowledged"]) == 3
    assert [row["why"] for row in answer["rejected"]] == [
        f"looked at for {said} s; this project asks for 1 s before a proposal is confirmed"
        for said in ("0.2", "0.9")
    ]


def test_a_run_of_fast_answers_brings_a_blind_item_forward(ws: Workspace) -> None:
    seeded, work = with_audit_last(ws, 40)
    labels = ["cat", "dog"] * FAST_RUN
    fast = [act(i, "correct", x, seconds=0.3) for i, x in zip(work, labels, strict=False)]
    decide(ws, seeded, "ann", *fast[: FAST_RUN - 1])
    assert not next_blind(ws, seeded, "bob")
    for one in fast[FAST_RUN - 1 :][:WATCHED_EVERY]:
        decide(ws, seeded, "ann", one)
    assert not next_blind(ws, seeded, "bob"), "it is for ann"
    assert next_blind(ws, seeded, "ann")


def test_a_run_of_equal_answers_brings_a_blind_item_forward(ws: Workspace) -> None:
    seeded, work = with_audit_last(ws, 40)
    decide(ws, seeded, "ann", *(act(item, seconds=SLOW) for item in work[: EQUAL_RUN - 1]))
    assert not next_blind(ws, seeded, "bob")
    for item in work[EQUAL_RUN - 1 :][:WATCHED_EVERY]:
        decide(ws, seeded, "ann", act(item, seconds=SLOW))
    assert next_blind(ws, seeded, "ann")


@pytest.mark.parametrize("view", ["grid", "group"])
def test_what_was_confirmed_together_is_no_habit(ws: Workspace, view: str) -> None:
    seeded, work = with_audit_last(ws, 40)
    decide(ws, seeded, "ann", *(act(item, seconds=0.1, view=view) for item in work[:20]))
    assert not next_blind(ws, seeded, "ann")


def test_careful_answers_bring_nothing_forward(ws: Workspace) -> None:
    seeded, work = with_audit_last(ws, 40)
    acts = [act(item, "correct", "dog", seconds=SLOW) for item in work[:20]]
    decide(ws, seeded, "ann", *acts)
    assert not next_blind(ws, seeded, "ann")


def test_one_blind_item_in_a_while_is_enough(ws: Workspace) -> None:
    seeded = audited(ws, 60, NO_CHECKS | {"audit_share": 0.1})
    with ws.db.read() as session:
        audits = checks.waiting_audits(session, seeded.id)
    work = [item for item in seeded.items if item not in audits]
    ann = seeded.people["ann"]

    def watch() -> bool:
        return ws.db.write(lambda s: honesty.watch(s, seeded.id, ann))

    decide(ws, seeded, "ann", *(act(item, seconds=0.1) for item in work[:20]))
    assert not watch(), "one waits for them already"
    [offer] = review.queue(ws, ann, seeded.name, 1)["items"]
    decide(ws, seeded, "ann", act(offer["item"], "correct", "dog", seconds=SLOW))
    decide(ws, seeded, "ann", *(act(item, seconds=0.1) for item in work[20:40]))
    assert not watch(), "one of the last 25 was blind"
    decide(ws, seeded, "ann", *(act(item, seconds=0.1) for item in work[40:46]))
    assert next_blind(ws, seeded, "ann")
