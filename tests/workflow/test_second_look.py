"""Second looks: what waits, what a reviewer does with it, and what a log tells."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from db import decisions
from db.ids import new_id
from db.tables import VERIFIED, AuditDraw, Item, QueueEntry, QueueState
from labeling import review_settings
from labeling.errors import ForbiddenError, InputError, NotFoundError
from labeling.workflows import accounts, comments, item_log, projects, review, second_look
from labeling.workspace import Workspace
from tests.rows import NO_CHECKS, Seeded, seed

PEOPLE = {"ann": "cat", "bob": "dog", "cem": "bird"}
"""People of the test, each with the label that they always give."""


@pytest.fixture
def seeded(ws: Workspace) -> Seeded:
    """A project that rev reviews."""
    accounts.user(ws, "rev", role="reviewer")
    return seed(ws.db, 3)


def decide(ws: Workspace, seeded: Seeded, person: str, item: str, kind: str, **more) -> str:
    act = {"id": new_id(), "item": item, "kind": kind, "labels": more.pop("labels", [])} | more
    answer = review.decide(ws, seeded.people[person], seeded.name, [act])
    assert answer["acknowledged"], answer
    return act["id"]


def reviewer(ws: Workspace) -> str:
    return accounts.user(ws, "rev").id


def shown(ws: Workspace, seeded: Seeded, item: str) -> dict:
    return item_log.show(ws, reviewer(ws), seeded.name, item)


def settle(ws: Workspace, seeded: Seeded, item: str, *labels: str, comment: str = "") -> None:
    seen = shown(ws, seeded, item)["seq"]
    second_look.settle(ws, reviewer(ws), seeded.name, item, labels, seen=seen, comment=comment)


def send_back(ws: Workspace, seeded: Seeded, item: str, to: str, comment: str) -> None:
    seen = shown(ws, seeded, item)["seq"]
    second_look.send_back(ws, reviewer(ws), seeded.name, item, to, comment, seen=seen)


def open_kinds(ws: Workspace, seeded: Seeded) -> dict[str, int]:
    return {kind: n for kind, n in second_look.counts(ws, seeded.name).items() if n}


def test_what_is_flagged_or_asked_waits_with_who_said_what(ws: Workspace, seeded: Seeded) -> None:
    one, two, _ = seeded.items
    decide(ws, seeded, "ann", one, "flag", reason="blurred")
    decide(ws, seeded, "bob", two, "flag", ask=True, reason="cat or dog?", to="rev")
    assert open_kinds(ws, seeded) == {"flag": 1, "ask": 1}
    first, second = second_look.waiting(ws, seeded.name)
    assert (first["item"], second["item"]) == (two, one)
    [look] = second["looks"]
    assert (look["kind"], look["by"], look["reason"], look["to"]) == ("flag", "ann", "blurred", "")
    asked = second_look.waiting(ws, seeded.name, kinds=["ask"])
    assert [row["item"] for row in asked] == [two]
    others = second_look.waiting(ws, seeded.name, reviewer_id=seeded.people["cem"])
    assert [row["item"] for row in others] == [one]


def test_the_log_tells_a_question_from_a_flag(ws: Workspace, seeded: Seeded) -> None:
    one, two, _ = seeded.items
    decide(ws, seeded, "ann", one, "flag")
    decide(ws, seeded, "ann", two, "flag", ask=True)
    past = review.history(ws, seeded.people["ann"], seeded.name)["decisions"]
    assert [(row["item"], row["ask"]) for row in past] == [(two, True), (one, False)]
    logs = [shown(ws, seeded, item) for item in (one, two)]
    assert [log["state"] for log in logs] == ["flagged", "asked"]
    assert [log["decisions"][0]["ask"] for log in logs] == [False, True]


@pytest.mark.parametrize("purpose", ["overlap", "probe"])
def test_who_is_asked_for_a_further_look_is_told_no_more_than_review_tells(
    ws: Workspace, purpose: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(review_settings.LIMITS, "probe_share", (0, 1))
    accounts.user(ws, "rev", role="reviewer")
    seeded = seed(ws.db, 1, review=NO_CHECKS | {f"{purpose}_share": 1.0, "sample_share": 1.0})
    [item] = seeded.items
    decide(ws, seeded, "ann", item, "confirm", labels=["cat"])
    assert [row["item"] for row in waiting(ws, seeded)] == [item]
    [offer] = review.queue(ws, reviewer(ws), seeded.name)["items"]
    log = shown(ws, seeded, item)
    told = ("blind", "proposals", "proposal", "state")
    assert {name: log[name] for name in told} == {name: offer[name] for name in told}
    assert (log["labels"], log["decisions"], log["looks"], log["comments"]) == (None, [], [], [])
    assert waiting(ws, seeded) == []
    review.decide(ws, reviewer(ws), seeded.name, [answer_to(offer)])
    assert shown(ws, seeded, item)["labels"] == ["cat"]
    assert [row["item"] for row in waiting(ws, seeded)] == [item]


def waiting(ws: Workspace, seeded: Seeded) -> list[dict]:
    return second_look.waiting(ws, seeded.name, viewer_id=reviewer(ws))


def answer_to(offer: dict) -> dict:
    return {"id": new_id(), "item": offer["item"], "kind": "correct", "labels": ["cat"]}


def test_a_flagged_picture_is_decided_by_the_reviewer(ws: Workspace, seeded: Seeded) -> None:
    item = seeded.items[0]
    decide(ws, seeded, "ann", item, "flag", reason="blurred")
    settle(ws, seeded, item, "dog", comment="look at the ears")
    log = shown(ws, seeded, item)
    assert (log["state"], log["labels"]) == ("reviewed", ["dog"])
    assert [look["outcome"] for look in log["looks"]] == ["changed"]
    assert [(c["by"], c["text"]) for c in log["comments"]] == [("rev", "look at the ears")]
    assert not open_kinds(ws, seeded)


def test_accepting_keeps_the_label_and_says_so(ws: Workspace, seeded: Seeded) -> None:
    item = seeded.items[0]
    decide(ws, seeded, "ann", item, "correct", labels=["dog"])
    decide(ws, seeded, "ann", item, "flag")
    settle(ws, seeded, item, *shown(ws, seeded, item)["labels"])
    log = shown(ws, seeded, item)
    assert (log["state"], log["labels"], log["looks"][0]["outcome"]) == (
        "reviewed",
        ["dog"],
        "accepted",
    )


def test_a_dispute_is_settled_by_none_of_these(ws: Workspace, seeded: Seeded) -> None:
    item = seeded.items[0]
    decide(ws, seeded, "ann", item, "correct", labels=["dog"])
    decide(ws, seeded, "bob", item, "correct", labels=["bird"])
    assert open_kinds(ws, seeded) == {"disputed": 1}
    settle(ws, seeded, item)
    log = shown(ws, seeded, item)
    assert (log["state"], log["labels"]) == ("reviewed", [])
    assert not open_kinds(ws, seeded)


def test_a_picture_that_is_sent_back_comes_first_to_the_named_person_with_the_comment(
    ws: Workspace, seeded: Seeded
) -> None:
    item = seeded.items[2]
    decide(ws, seeded, "ann", item, "correct", labels=["dog"])
    decide(ws, seeded, "ann", item, "flag")
    send_back(ws, seeded, item, "bob", "Is this a bird?")
    assert not open_kinds(ws, seeded)
    log = shown(ws, seeded, item)
    assert (log["labels"], log["looks"][0]["outcome"]) == (None, "sent_back")
    assert [row["kind"] for row in log["decisions"]][-2:] == ["withdraw", "withdraw"]
    ann = review.queue(ws, seeded.people["ann"], seeded.name)["items"]
    assert item not in [one["item"] for one in ann]
    first = review.queue(ws, seeded.people["bob"], seeded.name)["items"][0]
    assert (first["item"], first["note"]) == (item, "Is this a bird?")
    assert first["reason"] == "sent back by rev: Is this a bird?"
    decide(ws, seeded, "bob", item, "correct", labels=["bird"])
    assert shown(ws, seeded, item)["state"] == "verified"


def test_nothing_that_was_replaced_holds_again_when_a_picture_is_sent_back(
    ws: Workspace, seeded: Seeded
) -> None:
    item = seeded.items[0]
    decide(ws, seeded, "ann", item, "correct", labels=["dog"])
    decide(ws, seeded, "ann", item, "correct", labels=["cat"])
    settle(ws, seeded, item, "bird")
    send_back(ws, seeded, item, "bob", "look again")
    assert shown(ws, seeded, item)["labels"] is None


def test_what_others_said_stays_when_a_picture_is_sent_back(ws: Workspace, seeded: Seeded) -> None:
    item = seeded.items[0]
    decide(ws, seeded, "ann", item, "correct", labels=["dog"])
    decide(ws, seeded, "bob", item, "correct", labels=["bird"])
    send_back(ws, seeded, item, "ann", "look again")
    decide(ws, seeded, "ann", item, "correct", labels=["cat"])
    assert shown(ws, seeded, item)["state"] == "disputed"
    assert open_kinds(ws, seeded) == {"disputed": 1}


def test_a_log_that_grew_meanwhile_is_looked_at_again(ws: Workspace, seeded: Seeded) -> None:
    item = seeded.items[0]
    decide(ws, seeded, "ann", item, "flag")
    seen = shown(ws, seeded, item)["seq"]
    decide(ws, seeded, "ann", item, "correct", labels=["dog"])
    with pytest.raises(InputError, match=r"somebody has decided .+ since you opened it"):
        second_look.settle(ws, reviewer(ws), seeded.name, item, ["cat"], seen=seen)
    with pytest.raises(InputError, match="since you opened it"):
        second_look.send_back(ws, reviewer(ws), seeded.name, item, "ann", "x", seen=seen)
    assert shown(ws, seeded, item)["labels"] == ["dog"]
    assert comments.thread(ws, seeded.name, item) == []


def test_a_key_that_comes_twice_does_nothing_and_says_so(ws: Workspace, seeded: Seeded) -> None:
    item = seeded.items[0]
    decide(ws, seeded, "ann", item, "flag")
    seen = shown(ws, seeded, item)["seq"]
    second_look.settle(ws, reviewer(ws), seeded.name, item, ["cat"], seen=seen)
    with pytest.raises(InputError, match="you had settled"):
        second_look.settle(ws, reviewer(ws), seeded.name, item, ["dog"], seen=seen)
    assert shown(ws, seeded, item)["labels"] == ["cat"]


@pytest.mark.parametrize(("to", "comment"), [("nobody", "x"), ("ann", " "), ("ann", "x" * 2_001)])
def test_sending_back_needs_a_person_and_a_comment(
    local_ws: Workspace, to: str, comment: str
) -> None:
    accounts.user(local_ws, "rev", role="reviewer")
    seeded = seed(local_ws.db, 1)
    decide(local_ws, seeded, "ann", seeded.items[0], "flag")
    with pytest.raises(InputError):
        send_back(local_ws, seeded, seeded.items[0], to, comment)
    assert open_kinds(local_ws, seeded) == {"flag": 1}


def test_only_reviewers_settle(local_ws: Workspace) -> None:
    seeded = seed(local_ws.db, 1)
    item, ann = seeded.items[0], seeded.people["ann"]
    with pytest.raises(ForbiddenError):
        second_look.settle(local_ws, ann, seeded.name, item, ["cat"], seen=0)
    with pytest.raises(ForbiddenError):
        second_look.send_back(local_ws, ann, seeded.name, item, "ann", "x", seen=0)


def test_an_audit_that_is_flagged_stays_blind_until_it_is_decided(
    ws: Workspace, seeded: Seeded
) -> None:
    item = seeded.items[0]
    _draw_audit(ws, seeded, item)
    decide(ws, seeded, "ann", item, "flag")
    log = shown(ws, seeded, item)
    assert (log["blind"], log["proposals"], log["proposal"]) == (True, [], None)
    settle(ws, seeded, item, "dog")
    log = shown(ws, seeded, item)
    assert (log["blind"], log["proposal"]) == (False, "cat")
    assert (log["decisions"][-1]["purpose"], log["decisions"][-1]["blind"]) == ("audit", True)


def test_an_audit_that_is_sent_back_is_not_blind_any_more(ws: Workspace, seeded: Seeded) -> None:
    item = seeded.items[0]
    _draw_audit(ws, seeded, item)
    decide(ws, seeded, "ann", item, "correct", labels=["dog"])
    send_back(ws, seeded, item, "ann", "look again")
    first = review.queue(ws, seeded.people["ann"], seeded.name)["items"][0]
    assert (first["item"], first["blind"], first["purpose"]) == (item, False, "work")
    decide(ws, seeded, "ann", item, "confirm", labels=["cat"])
    assert not shown(ws, seeded, item)["decisions"][-1]["blind"]


def test_a_reviewer_who_is_offered_a_further_look_settles_all_the_same(
    ws: Workspace, seeded: Seeded
) -> None:
    """Whoever has opened the log saw all opinions: what they decide is no blind look."""
    item = seeded.items[0]
    decide(ws, seeded, "ann", item, "correct", labels=["dog"])
    seen = shown(ws, seeded, item)["seq"]
    _open_slot(ws, seeded, item, "overlap")
    offered = review.queue(ws, reviewer(ws), seeded.name)["items"]
    assert item in [one["item"] for one in offered]
    second_look.settle(ws, reviewer(ws), seeded.name, item, ["cat"], seen=seen)
    newest = shown(ws, seeded, item)["decisions"][-1]
    assert (newest["purpose"], newest["blind"], newest["in_force"]) == ("work", False, True)


def test_the_log_tells_each_step_and_what_ended_it(ws: Workspace, seeded: Seeded) -> None:
    item = seeded.items[0]
    first = decide(ws, seeded, "ann", item, "correct", labels=["dog"], seconds=1.5)
    decide(ws, seeded, "ann", item, "undo", supersedes=first)
    decide(ws, seeded, "ann", item, "none_of_these")
    log = shown(ws, seeded, item)
    one, two, three = log["decisions"]
    assert (one["by"], one["labels"], one["seconds"], one["ended"]) == ("ann", ["dog"], 1.5, True)
    assert (two["kind"], two["names"]) == ("undo", 1)
    assert (three["in_force"], three["labels"], log["labels"]) == (True, [], [])


def test_comments_stand_in_their_order(ws: Workspace, seeded: Seeded) -> None:
    item = seeded.items[0]
    for person, text in (("ann", "Is this one?"), ("bob", " I think so. ")):
        comments.add(ws, seeded.people[person], seeded.name, item, text)
    thread = comments.thread(ws, seeded.name, item)
    assert [(c["by"], c["text"]) for c in thread] == [
        ("ann", "Is this one?"),
        ("bob", "I think so."),
    ]
    for text in ("", "  ", "a\0b", "x" * 2_001):
        with pytest.raises(InputError):
            comments.add(ws, seeded.people["ann"], seeded.name, item, text)


def test_an_item_of_another_project_is_not_there(ws: Workspace, seeded: Seeded) -> None:
    other = seed(ws.db, 1)
    for item in (other.items[0], "nope"):
        with pytest.raises(NotFoundError):
            item_log.show(ws, reviewer(ws), seeded.name, item)
        with pytest.raises(NotFoundError):
            comments.add(ws, reviewer(ws), seeded.name, item, "x")


def test_who_flagged_twice_and_takes_one_back_still_waits_for_an_answer(
    ws: Workspace, seeded: Seeded
) -> None:
    item = seeded.items[0]
    flags = [
        decide(ws, seeded, "ann", item, "flag", reason=reason) for reason in ("a fox?", "an owl?")
    ]
    decide(ws, seeded, "ann", item, "undo", supersedes=flags.pop())
    log = shown(ws, seeded, item)
    assert log["state"] == "flagged"
    assert [look["reason"] for look in log["looks"] if look["closed_at"] is None] == ["a fox?"]
    decide(ws, seeded, "ann", item, "undo", supersedes=flags.pop())
    assert shown(ws, seeded, item)["state"] not in ("flagged", "disputed")
    assert all(look["closed_at"] for look in shown(ws, seeded, item)["looks"])


def test_a_project_goes_with_its_second_looks_and_comments(ws: Workspace, seeded: Seeded) -> None:
    decide(ws, seeded, "ann", seeded.items[0], "flag")
    settle(ws, seeded, seeded.items[0], "dog", comment="x")
    projects.delete(ws, seeded.name)
    assert not projects.all_projects(ws)


PEOPLE_ACTS = st.tuples(
    st.sampled_from(("ann", "bob", "cem")),
    st.sampled_from(("correct", "none_of_these", "flag", "skip", "undo")),
)
REVIEWER_ACTS = st.sampled_from(("settle", "none", "send_back"))


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 1), PEOPLE_ACTS | REVIEWER_ACTS), max_size=14))
def test_an_item_is_always_decided_or_waits_for_somebody(
    local_ws: Workspace, acts: list[tuple[int, object]]
) -> None:
    accounts.user(local_ws, "rev", role="reviewer")
    seeded = seed(local_ws.db, 2)
    for number, act in acts:
        _do(local_ws, seeded, seeded.items[number], act)
        for item in seeded.items:
            _require_somewhere(local_ws, seeded, item)


def _do(ws: Workspace, seeded: Seeded, item: str, act: object) -> None:
    if act == "settle":
        settle(ws, seeded, item, "cat")
        assert shown(ws, seeded, item)["state"] == "reviewed"
    elif act == "none":
        settle(ws, seeded, item)
        assert shown(ws, seeded, item)["labels"] == []
    elif act == "send_back":
        send_back(ws, seeded, item, "bob", "look again")
        assert shown(ws, seeded, item)["labels"] is None
    else:
        _act(ws, seeded, item, *act)


def _act(ws: Workspace, seeded: Seeded, item: str, person: str, kind: str) -> None:
    """What a person does, whether it is taken or refused."""
    own = [d for d in shown(ws, seeded, item)["decisions"] if d["by"] == person]
    given_ = {"id": new_id(), "item": item, "kind": kind}
    given_["labels"] = [PEOPLE[person]] if kind == "correct" else []
    if kind == "undo":
        given_["supersedes"] = own[-1]["id"] if own else new_id()
    review.decide(ws, seeded.people[person], seeded.name, [given_])


def _require_somewhere(ws: Workspace, seeded: Seeded, item: str) -> None:
    log = shown(ws, seeded, item)
    with ws.db.read() as session:
        entry = session.get(QueueEntry, (seeded.id, item, 0))
        waits = entry is not None and entry.state != QueueState.DONE
        assert not list(decisions.differing(session, seeded.id))
    looked_at = any(look["closed_at"] is None for look in log["looks"])
    assert log["state"] in VERIFIED or waits or looked_at, log
    if log["state"] == "disputed":
        assert looked_at, log


def _draw_audit(ws: Workspace, seeded: Seeded, item: str) -> None:
    def work(session) -> None:
        batch = session.scalars(select(Item.batch_id).where(Item.id == item)).one()
        draw = {"probability": 0.05, "frame_size": 3, "draw_size": 1, "seed": 1}
        session.add(AuditDraw(project_id=seeded.id, item_id=item, batch_id=batch, **draw))
        session.get_one(QueueEntry, (seeded.id, item, 0)).purpose = "audit"

    ws.db.write(work)


def _open_slot(ws: Workspace, seeded: Seeded, item: str, purpose: str) -> None:
    said = {"rank": 0, "policy": purpose, "reason": "second opinion: proposal hidden"}
    entry = QueueEntry(project_id=seeded.id, item_id=item, slot=1, purpose=purpose, **said)
    ws.db.write(lambda session: session.add(entry))
