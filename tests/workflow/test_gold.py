"""Gold items: chosen by a lead, put blind before people, never touched by what they answer."""

from collections import Counter

import pytest
from sqlalchemy import select

from db.ids import new_id
from db.tables import Decision, QueueEntry, SecondLook
from labeling.errors import ForbiddenError, InputError, NotFoundError
from labeling.workflows import accounts, agreement, gold, people, review
from labeling.workspace import Workspace
from tests.rows import NO_CHECKS, Seeded, seed

ALWAYS = NO_CHECKS | {"gold_share": 0.5}
HIDDEN = "second opinion: proposal hidden"


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeling.workflows.gold_looks.random.Random.random", lambda _self: 0.0)


def offered(ws: Workspace, seeded: Seeded, person: str, limit: int = 60) -> list[dict]:
    user = seeded.people[person]
    return review.queue(ws, user, seeded.name, limit, client=person)["items"]


def decide(ws: Workspace, seeded: Seeded, person: str, item: str, kind="correct", **more) -> str:
    labels = [more.pop("label", "cat")] if kind in ("confirm", "correct") else []
    given = {"id": new_id(), "item": item, "kind": kind, "labels": labels} | more
    answer = review.decide(ws, seeded.people[person], seeded.name, [given])
    assert answer["rejected"] == [], answer
    return given["id"]


def log(ws: Workspace) -> list[Decision]:
    with ws.db.read() as session:
        return list(session.scalars(select(Decision).order_by(Decision.seq)))


def with_gold(ws: Workspace, count: int = 8, marked: int = 1) -> Seeded:
    """``count`` items of which ann has decided the first ones, and a lead marked them as gold."""
    seeded = seed(ws.db, count, review=ALWAYS)
    for item in seeded.items[:marked]:
        decide(ws, seeded, "ann", item)
    lead = accounts.local_user(ws)
    assert gold.add(ws, lead, seeded.name, seeded.items[:marked]) == {"marked": marked}
    return seeded


@pytest.mark.usefixtures("always")
def test_gold_comes_blind_like_a_second_opinion_and_never_touches_its_item(ws: Workspace) -> None:
    seeded = with_gold(ws)
    chosen = seeded.items[0]
    assert chosen not in {one["item"] for one in offered(ws, seeded, "bob", 3)}
    decide(ws, seeded, "bob", seeded.items[1])
    [item] = [one for one in offered(ws, seeded, "bob") if one["item"] == chosen]
    told = (item["blind"], item["purpose"], item["reason"], item["state"], item["proposals"])
    assert told == (True, "overlap", HIDDEN, "proposed", [])
    decide(ws, seeded, "bob", chosen, label="dog")
    answer = log(ws)[-1]
    assert (answer.standing, answer.purpose, answer.blind) == ("probe", "gold", True)
    assert review.counts(ws, seeded.name)["by_state"] == {"verified": 2, "proposed": 6}
    past = review.history(ws, seeded.people["bob"], seeded.name)["decisions"][0]
    told = (past["item"], past["purpose"], past["standing"], past["state"])
    assert told == (chosen, "overlap", "second_opinion", "verified")
    with ws.db.read() as session:
        assert session.scalars(select(SecondLook)).all() == []


@pytest.mark.usefixtures("always")
def test_each_person_gets_it_once_and_whoever_decided_it_never(ws: Workspace) -> None:
    seeded = with_gold(ws)
    for number, person in enumerate(("ann", "bob", "cem", "bob", "cem")):
        decide(ws, seeded, person, seeded.items[number + 1])
    with ws.db.read() as session:
        slots = session.scalars(select(QueueEntry).where(QueueEntry.purpose == "gold")).all()
    names = {user: name for name, user in seeded.people.items()}
    assert Counter(names[slot.assignee_id] for slot in slots) == {"bob": 1, "cem": 1}
    for person in ("bob", "cem"):
        assert seeded.items[0] in {one["item"] for one in offered(ws, seeded, person)}


@pytest.mark.usefixtures("always")
def test_leads_get_none_and_undoing_draws_no_second_one(ws: Workspace) -> None:
    seeded = with_gold(ws, marked=2)
    people.set_membership(ws, "cem", seeded.name, "lead")
    decide(ws, seeded, "cem", seeded.items[2])
    with ws.db.read() as session:
        assert session.scalars(select(QueueEntry).where(QueueEntry.purpose == "gold")).all() == []
    first = decide(ws, seeded, "bob", seeded.items[3])
    decide(ws, seeded, "bob", seeded.items[3], "undo", supersedes=first)
    decide(ws, seeded, "bob", seeded.items[3])
    with ws.db.read() as session:
        asked = session.scalars(select(QueueEntry).where(QueueEntry.purpose == "gold")).all()
    assert len(asked) == 1


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("kind", ["skip", "flag"])
def test_a_skip_or_flag_of_gold_is_no_answer(ws: Workspace, kind: str) -> None:
    seeded = with_gold(ws)
    decide(ws, seeded, "bob", seeded.items[1])
    offered(ws, seeded, "bob")
    decide(ws, seeded, "bob", seeded.items[0], kind, reason="blurred")
    assert review.counts(ws, seeded.name)["by_state"] == {"verified": 2, "proposed": 6}
    assert gold.listed(ws, seeded.name)[0]["answers"] == 0
    with ws.db.read() as session:
        assert session.scalars(select(SecondLook)).all() == []


@pytest.mark.usefixtures("always")
def test_an_undone_answer_comes_back_to_its_person(ws: Workspace) -> None:
    seeded = with_gold(ws)
    chosen = seeded.items[0]
    for person, own in (("bob", 1), ("cem", 2)):
        decide(ws, seeded, person, seeded.items[own])
    for person in ("bob", "cem"):
        offered(ws, seeded, person)
        given = decide(ws, seeded, person, chosen, label="dog")
    decide(ws, seeded, "cem", chosen, "undo", supersedes=given)
    assert chosen in {one["item"] for one in offered(ws, seeded, "cem")}
    decide(ws, seeded, "cem", chosen, label="cat")
    assert [one.purpose for one in log(ws) if one.item_id == chosen][1:] == ["gold"] * 4
    [row] = gold.listed(ws, seeded.name)
    assert (row["answers"], row["right"]) == (2, 1)


@pytest.mark.usefixtures("always")
def test_reliability_by_gold_is_told_with_its_interval(ws: Workspace) -> None:
    seeded = with_gold(ws, count=30, marked=10)
    for number in range(10):
        decide(ws, seeded, "bob", seeded.items[10 + number])
        [item] = [one for one in offered(ws, seeded, "bob") if one["purpose"] == "overlap"]
        decide(ws, seeded, "bob", item["item"], label="dog" if number < 2 else "cat")
    [row] = agreement.of_project(ws, seeded.name)["reliability"]
    assert (row["person"], row["consensus"]) == ("bob", None)
    told = row["gold"]
    assert (told["hits"], told["n"], "gold" in told["method"]) == (8, 10, True)
    assert told["low"] < 0.8 < told["high"]
    lead = accounts.local_user(ws)
    assert gold.remove(ws, lead, seeded.name, seeded.items[:10]) == {"removed": 10}
    assert agreement.of_project(ws, seeded.name)["reliability"] == []
    assert gold.listed(ws, seeded.name) == []


def test_the_share_is_the_chance_of_each_decision(ws: Workspace) -> None:
    seeded = with_gold(ws, count=120, marked=60)
    for item in seeded.items[60:]:
        decide(ws, seeded, "bob", item)
    with ws.db.read() as session:
        asked = session.scalars(select(QueueEntry).where(QueueEntry.purpose == "gold")).all()
    assert 15 <= len(asked) <= 45
    assert len({one.item_id for one in asked}) == len(asked)


def test_only_a_lead_marks_and_only_what_is_verified(ws: Workspace) -> None:
    seeded = with_gold(ws)
    lead = accounts.local_user(ws)
    with pytest.raises(InputError, match="verified"):
        gold.add(ws, lead, seeded.name, [seeded.items[0], seeded.items[5]])
    with pytest.raises(NotFoundError, match="no picture"):
        gold.add(ws, lead, seeded.name, ["nowhere.png"])
    with pytest.raises(ForbiddenError):
        gold.add(ws, seeded.people["ann"], seeded.name, [seeded.items[0]])
    assert gold.add(ws, lead, seeded.name, [seeded.items[0]]) == {"marked": 0}
