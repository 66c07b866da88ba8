"""What an erased picture does to acceptances: the bound on what is left never gets smaller."""

import pytest

from db import erasures
from db.tables import Item
from labeling.workflows import accept, acceptance_told, erasure, review, store
from labeling.workspace import Workspace
from tests.workflow.acceptances import SIZE, Desk

pytestmark = pytest.mark.slow


def erase(desk: Desk, *items: str) -> None:
    with desk.ws.db.read() as session:
        shas = [session.get_one(Item, item).sha256 for item in items]
    desk.run(erasure.enqueue(desk.ws, desk.lead, desk.name, shas))


def test_in_an_audit_an_erased_picture_counts_as_wrong(ws: Workspace) -> None:
    desk = Desk(ws)
    acceptance = desk.begin(audit=60, alpha=0.2)
    drawn = desk.drawn(acceptance)
    assert len(desk.decide(limit=30)) == 30
    with ws.db.read() as session:
        decided = [item for item in drawn if session.get_one(Item, item).state == "verified"]
    waiting = [item for item in drawn if item not in decided]
    undrawn = next(item for item in desk.seeded.items if item not in drawn)
    erase(desk, decided[0], waiting[0], undrawn)
    assert len(acceptance_told.audit_pictures(ws, desk.name, acceptance)) == 29
    desk.decide()
    found = desk.told(acceptance)["outcome"]
    assert (found["audit_n"], found["wrong"]) == (60, 2)
    result = desk.accept(acceptance)
    assert result["accepted"] == SIZE - 60 - 1
    with ws.db.read() as session:
        assert len(erasures.erased_items(session, [decided[0], waiting[0], undrawn])) == 3
    assert desk.is_as_its_log_says()
    assert store.verify(ws)["orphans"] == 0


def test_the_bound_is_that_of_an_audit_in_which_these_pictures_are_wrong(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accept.secrets, "randbits", lambda _bits: 7)
    told = []
    for is_erased in (True, False):
        desk = Desk(ws)
        acceptance = desk.begin(audit=60, alpha=0.2)
        drawn = desk.drawn(acceptance)[:2]
        desk.wrong = set() if is_erased else set(drawn)
        desk.decide()
        if is_erased:
            erase(desk, *drawn)
        told.append(desk.told(acceptance)["outcome"])
    assert told[0] == told[1]
    assert told[0]["wrong"] == 2


def test_what_was_accepted_may_be_erased_listed_and_taken_back(ws: Workspace) -> None:
    desk = Desk(ws)
    acceptance = desk.accepted(stream_share=0.1)
    told = desk.told(acceptance)
    listed = acceptance_told.items(ws, desk.name, acceptance, limit=5)["pictures"]
    gone = listed[0]["item"]
    erase(desk, gone)
    after = desk.told(acceptance)
    assert (after["accepted"], after["standing"]) == (told["accepted"], told["standing"] - 1)
    assert (after["upper_bound"], after["most_wrong"]) == (told["upper_bound"], told["most_wrong"])
    again = acceptance_told.items(ws, desk.name, acceptance, limit=SIZE)
    assert gone not in {one["item"] for one in again["pictures"]}
    assert not after["stream"]["contradicts"]
    desk.run(accept.withdraw(ws, desk.lead, desk.name, acceptance))
    assert desk.states().get("auto_accepted", 0) == 0
    assert desk.is_as_its_log_says()


def test_it_comes_to_nobody_any_more(ws: Workspace) -> None:
    desk = Desk(ws, 6)
    ann = desk.seeded.people["ann"]
    offered = review.queue(ws, ann, desk.name, 6, client="ann")["items"]
    late = desk.act(offered[0]["item"])
    erase(desk, offered[0]["item"])
    answer = desk.send("ann", late)
    assert "erased" in answer["rejected"][0]["why"]
    review.release(ws, ann, desk.name, "ann")
    again = review.queue(ws, ann, desk.name, 6, client="ann")["items"]
    assert len(again) == 5
