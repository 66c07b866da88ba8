"""Setting items aside: flagged for a second look, asked about, skipped to somebody by name."""

import pytest
from sqlalchemy import select

from db import queue as entries
from db import users
from db.ids import new_id
from db.tables import Comment, Decision, SecondLook
from labeling.roles import NO_ROLE
from labeling.workflows import review
from labeling.workspace import Workspace
from tests.rows import NO_CHECKS, Seeded, entry, seed


def act(item: str, kind: str, **more) -> dict:
    return {"id": new_id(), "item": item, "kind": kind} | more


def decide(ws: Workspace, seeded: Seeded, person: str, *acts: dict) -> dict:
    return review.decide(ws, seeded.people[person], seeded.name, acts)


def offered(ws: Workspace, seeded: Seeded, person: str) -> list[dict]:
    return review.queue(ws, seeded.people[person], seeded.name)["items"]


def ids(ws: Workspace, seeded: Seeded, person: str) -> list[str]:
    return [item["item"] for item in offered(ws, seeded, person)]


def state(ws: Workspace, seeded: Seeded) -> dict[str, int]:
    return review.counts(ws, seeded.name)["by_state"]


def looks(ws: Workspace) -> list[SecondLook]:
    with ws.db.read() as session:
        return list(session.scalars(select(SecondLook).order_by(SecondLook.created_at)))


def reviewer(ws: Workspace, seeded: Seeded, person: str) -> str:
    """Make somebody a reviewer; their id."""
    ws.db.write(lambda s: users.set_membership(s, seeded.id, seeded.people[person], "reviewer"))
    return seeded.people[person]


@pytest.mark.parametrize(("ask", "kind"), [(False, "flag"), (None, "flag"), (True, "ask")])
def test_a_flagged_item_waits_for_a_reviewer(ws: Workspace, ask: bool | None, kind: str) -> None:
    seeded = seed(ws.db, 2)
    one = seeded.items[0]
    decide(ws, seeded, "ann", act(one, "flag", reason="two animals", ask=ask))
    [look] = looks(ws)
    assert (look.kind, look.reason, look.closed_at) == (kind, "two animals", None)
    assert (look.opened_by, look.assignee_id) == (seeded.people["ann"], None)
    assert state(ws, seeded) == {"disputed": 1, "proposed": 1}
    assert ids(ws, seeded, "ann") == [seeded.items[1]]
    assert ids(ws, seeded, "bob") == []


def test_a_flag_may_go_to_a_reviewer_by_name(ws: Workspace) -> None:
    seeded = seed(ws.db, 1)
    cem = reviewer(ws, seeded, "cem")
    answer = decide(ws, seeded, "ann", act(seeded.items[0], "flag", to="bob"))
    assert "needs the role reviewer" in answer["rejected"][0]["why"]
    decide(ws, seeded, "ann", act(seeded.items[0], "flag", to="cem"))
    assert [look.assignee_id for look in looks(ws)] == [cem]


def test_an_undone_flag_gives_the_item_back(ws: Workspace) -> None:
    seeded = seed(ws.db, 1)
    [item] = seeded.items
    flag = act(item, "flag")
    decide(ws, seeded, "ann", flag, act(item, "undo", supersedes=flag["id"]))
    assert [look.outcome for look in looks(ws)] == ["undone"]
    assert state(ws, seeded) == {"proposed": 1}
    assert (ids(ws, seeded, "bob"), ids(ws, seeded, "ann")) == ([], [item])


def test_a_verified_item_that_is_flagged_is_disputed_and_keeps_its_label(ws: Workspace) -> None:
    seeded = seed(ws.db, 1)
    [item] = seeded.items
    flag = act(item, "flag")
    decide(ws, seeded, "ann", act(item, "confirm", labels=["cat"]), flag)
    assert state(ws, seeded) == {"disputed": 1}
    decide(ws, seeded, "ann", act(item, "undo", supersedes=flag["id"]))
    assert state(ws, seeded) == {"verified": 1}
    assert ids(ws, seeded, "ann") == []


def test_a_review_decision_closes_every_second_look(ws: Workspace) -> None:
    seeded = seed(ws.db, 1)
    [item] = seeded.items
    decide(ws, seeded, "ann", act(item, "flag"))
    given = [act(item, "review", labels=["dog"])]
    refused = decide(ws, seeded, "bob", *given)
    assert refused["rejected"], "not everybody reviews"
    review.decide(ws, seeded.people["bob"], seeded.name, given, reviewing=True)
    assert [look.outcome for look in looks(ws)] == ["changed"]
    assert state(ws, seeded) == {"reviewed": 1}


def test_a_skipped_item_goes_to_the_person_who_is_named(ws: Workspace) -> None:
    seeded = seed(ws.db, 3)
    first = seeded.items[0]
    ids(ws, seeded, "ann")
    decide(ws, seeded, "ann", act(first, "skip", to="bob", reason="is it a wolf?"))
    assert first not in ids(ws, seeded, "ann")
    [item] = offered(ws, seeded, "bob")
    assert (item["item"], item["reason"]) == (first, "from ann: is it a wolf?")
    assert ids(ws, seeded, "cem") == []


def test_whoever_comes_to_a_skipped_item_reads_why(ws: Workspace) -> None:
    seeded = seed(ws.db, 2)
    decide(ws, seeded, "ann", act(seeded.items[0], "skip", reason="blurred"))
    assert ids(ws, seeded, "cem")[-1] == seeded.items[0]
    assert offered(ws, seeded, "cem")[-1]["reason"] == "skipped earlier: blurred"


def test_what_was_handed_over_stays_so_when_the_queue_is_ranked_anew(ws: Workspace) -> None:
    seeded = seed(ws.db, 3)
    decide(ws, seeded, "ann", act(seeded.items[2], "skip", to="bob"))
    rows = [entry(seeded.id, item, n) for n, item in enumerate(seeded.items)]
    ws.db.write(lambda s: entries.replace(s, seeded.id, rows))
    assert ids(ws, seeded, "cem") == seeded.items[:2]
    assert ids(ws, seeded, "bob") == [seeded.items[2]]


def test_who_was_handed_an_item_may_pass_it_on_to_everybody(ws: Workspace) -> None:
    seeded = seed(ws.db, 1)
    [item] = seeded.items
    decide(ws, seeded, "ann", act(item, "skip", to="bob"))
    ids(ws, seeded, "bob")
    decide(ws, seeded, "bob", act(item, "skip"))
    assert ids(ws, seeded, "cem") == [item]


def test_undoing_a_skip_takes_the_item_back(ws: Workspace) -> None:
    seeded = seed(ws.db, 1)
    [item] = seeded.items
    skip = act(item, "skip", to="bob")
    decide(ws, seeded, "ann", skip, act(item, "undo", supersedes=skip["id"]))
    assert (ids(ws, seeded, "bob"), ids(ws, seeded, "ann")) == ([], [item])


@pytest.mark.parametrize("kind", ["skip", "flag"])
@pytest.mark.parametrize("to", ["nobody", "guest", "without", "gone", 7, ""])
def test_an_item_goes_to_nobody_who_could_not_decide_it(ws: Workspace, kind: str, to) -> None:
    seeded = seed(ws.db, 1)

    def people(session) -> None:
        users.ensure(session, "guest", "guest")
        users.ensure(session, "without", NO_ROLE)
        users.ensure(session, "gone").disabled_at = ws.clock()
        session.flush()

    ws.db.write(people)
    answer = decide(ws, seeded, "ann", act(seeded.items[0], kind, to=to))
    assert len(answer["rejected"]) == 1
    with ws.db.read() as session:
        assert session.scalars(select(Decision)).all() == []
    assert ids(ws, seeded, "bob") == seeded.items


def test_nobody_is_handed_a_picture_that_they_have_seen(ws: Workspace) -> None:
    seeded = seed(ws.db, 1, review=NO_CHECKS | {"overlap_share": 1.0})
    [item] = seeded.items
    decide(ws, seeded, "ann", act(item, "confirm", labels=["cat"]))
    ids(ws, seeded, "bob")
    answer = decide(ws, seeded, "bob", act(item, "skip", to="ann"))
    assert "has seen" in answer["rejected"][0]["why"]
    decide(ws, seeded, "bob", act(item, "skip", to="cem"))
    assert [(i["item"], i["blind"]) for i in offered(ws, seeded, "cem")] == [(item, True)]


def test_an_item_that_was_sent_back_comes_with_the_comment(ws: Workspace) -> None:
    seeded = seed(ws.db, 1)
    [item] = seeded.items

    def send_back(session) -> None:
        session.add(Comment(item_id=item, user_id=seeded.people["bob"], text="look at the ears"))
        entries.hand_over(session, seeded.id, item, seeded.people["ann"], "sent back by bob")

    ws.db.write(send_back)
    [offer] = offered(ws, seeded, "ann")
    assert (offer["note"], offer["comments"]) == ("look at the ears", 1)
    assert offer["reason"] == "sent back by bob"


def test_an_act_of_many_decisions_can_be_told_and_undone_together(ws: Workspace) -> None:
    seeded = seed(ws.db, 3)
    act_id, undo_id = new_id(), new_id()
    many = [
        act(item, "confirm", labels=["cat"], act_id=act_id, view="grid") for item in seeded.items
    ]
    decide(ws, seeded, "ann", *many)
    past = review.history(ws, seeded.people["ann"], seeded.name)["decisions"]
    assert {(d["act_id"], d["view"], d["purpose"], d["blind"]) for d in past} == {
        (act_id, "grid", "work", False)
    }
    undone = [act(d["item"], "undo", supersedes=d["id"], act_id=undo_id) for d in past]
    assert len(decide(ws, seeded, "ann", *undone)["acknowledged"]) == 3
    assert state(ws, seeded) == {"proposed": 3}
