"""The error of verified labels, from blind second looks: which answers it counts, and as what."""

import random

import pytest

from db.ids import new_id
from labeling import review_settings
from labeling.workflows import accounts, figures, item_log, review, second_look
from labeling.workspace import Workspace
from tests.rows import CLASSES, NO_CHECKS, Seeded, seed

OVERLAP = NO_CHECKS | {"overlap_share": 1.0}


@pytest.fixture
def seeded(ws: Workspace) -> Seeded:
    accounts.user(ws, "rev", role="reviewer")
    return seed(ws.db, 1, review=OVERLAP)


def decide(ws: Workspace, seeded: Seeded, person: str, *acts: dict) -> None:
    answer = review.decide(ws, seeded.people[person], seeded.name, acts)
    assert answer["rejected"] == [], answer


def act(item: str, label: str | None, kind: str = "correct", **more) -> dict:
    labels = [label] if label else []
    return {"id": new_id(), "item": item, "kind": kind, "labels": labels} | more


def look_again(ws: Workspace, seeded: Seeded, label: str | None, kind: str = "correct") -> None:
    """Bob takes the blind look at the item and gives his answer."""
    [item] = review.queue(ws, seeded.people["bob"], seeded.name)["items"]
    assert item["blind"]
    decide(ws, seeded, "bob", act(item["item"], label, kind))


def settle(ws: Workspace, seeded: Seeded, item: str, label: str) -> None:
    rev = accounts.user(ws, "rev").id
    seen = item_log.show(ws, rev, seeded.name, item)["seq"]
    second_look.settle(ws, rev, seeded.name, item, [label], seen=seen)


def send_back(ws: Workspace, seeded: Seeded, item: str) -> None:
    rev = accounts.user(ws, "rev").id
    seen = item_log.show(ws, rev, seeded.name, item)["seq"]
    second_look.send_back(ws, rev, seeded.name, item, "ann", "look again", seen=seen)


def counted(ws: Workspace, seeded: Seeded) -> tuple[int, int, int]:
    found = figures.of_project(ws, seeded.name)["human_error"]
    return found["n"], found["wrong"], found["open"]


def test_what_a_reviewer_sent_back_counts_as_it_was(ws: Workspace, seeded: Seeded) -> None:
    [item] = seeded.items
    decide(ws, seeded, "ann", act(item, "cat"))
    look_again(ws, seeded, "dog")
    send_back(ws, seeded, item)
    assert counted(ws, seeded) == (1, 0, 1), "nobody has said yet who was right"
    decide(ws, seeded, "ann", act(item, "dog"))
    assert counted(ws, seeded) == (1, 1, 0), "the corrected answer does not take its place"


def test_who_insists_after_a_remark_leaves_it_open(ws: Workspace, seeded: Seeded) -> None:
    [item] = seeded.items
    decide(ws, seeded, "ann", act(item, "cat"))
    look_again(ws, seeded, "dog")
    send_back(ws, seeded, item)
    decide(ws, seeded, "ann", act(item, "cat"))
    assert counted(ws, seeded) == (1, 0, 1)
    settle(ws, seeded, item, "cat")
    assert counted(ws, seeded) == (1, 0, 0)


@pytest.mark.parametrize(("right", "wrong"), [("cat", 0), ("dog", 1)])
def test_what_the_second_person_flags_is_not_left_out(
    ws: Workspace, seeded: Seeded, right: str, wrong: int
) -> None:
    [item] = seeded.items
    decide(ws, seeded, "ann", act(item, "cat"))
    look_again(ws, seeded, None, "flag")
    assert counted(ws, seeded) == (1, 0, 1)
    assert figures.of_person(ws, seeded.people["bob"], seeded.name)["agreement"] is None
    settle(ws, seeded, item, right)
    assert counted(ws, seeded) == (1, wrong, 0)


def test_a_correction_before_the_second_look_is_what_is_looked_at(
    ws: Workspace, seeded: Seeded
) -> None:
    [item] = seeded.items
    decide(ws, seeded, "ann", act(item, "cat"), act(item, "dog"))
    look_again(ws, seeded, "dog")
    assert counted(ws, seeded) == (1, 0, 0)


def test_a_correction_after_the_second_look_owns_the_error(ws: Workspace, seeded: Seeded) -> None:
    [item] = seeded.items
    decide(ws, seeded, "ann", act(item, "cat"))
    look_again(ws, seeded, "dog")
    decide(ws, seeded, "ann", act(item, "dog"))
    assert counted(ws, seeded) == (1, 1, 0)


def test_an_opinion_that_came_late_is_not_the_label(ws: Workspace, seeded: Seeded) -> None:
    [item] = seeded.items
    review.queue(ws, seeded.people["ann"], seeded.name)
    decide(ws, seeded, "cem", act(item, "dog"))
    decide(ws, seeded, "ann", act(item, "cat"))
    look_again(ws, seeded, "cat")
    found = figures.of_project(ws, seeded.name)["people"]
    assert {row["person"]: row["agreement"]["hits"] for row in found} == {"ann": 1, "bob": 1}


def test_a_probe_that_was_answered_again_counts_once(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(review_settings.LIMITS, "probe_share", (0, 1))
    seeded = seed(ws.db, 1, review=NO_CHECKS | {"probe_share": 1.0})
    [item] = seeded.items
    decide(ws, seeded, "ann", act(item, "cat", "confirm"))
    review.queue(ws, seeded.people["bob"], seeded.name)
    first = act(item, "dog", "confirm")
    decide(ws, seeded, "bob", first, act(item, None, "undo", supersedes=first["id"]))
    assert figures.of_project(ws, seeded.name)["probes"] is None
    decide(ws, seeded, "bob", act(item, "cat"), act(item, "bird"))
    found = figures.of_project(ws, seeded.name)["probes"]
    assert (found["hits"], found["n"]) == (1, 1)


@pytest.mark.slow
def test_the_interval_holds_the_error_that_was_made(local_ws: Workspace) -> None:
    """Grid and single mixed, a fifth of the pictures hard, flags, and half of it sent back."""
    accounts.user(local_ws, "rev", role="reviewer")
    held = sum(_is_held(local_ws, random.Random(number)) for number in range(8))
    assert held >= 7


def _is_held(ws: Workspace, chance: random.Random) -> bool:
    seeded = seed(ws.db, 80, review=NO_CHECKS | {"overlap_share": 0.5})
    truth = {item: chance.choice(CLASSES) for item in seeded.items}
    hard = {item: chance.random() < 0.2 for item in seeded.items}

    def seen(item: str) -> str:
        errs = chance.random() < (0.4 if hard[item] else 0.05)
        wrong = [one for one in CLASSES if one != truth[item]]
        return chance.choice(wrong) if errs else truth[item]

    first = {item: seen(item) for item in seeded.items}
    views = ("single", "grid")
    decide(ws, seeded, "ann", *(
        act(item, label, "confirm", view=views[n % 2])
        for n, (item, label) in enumerate(first.items())
    ))  # fmt: skip
    for offer in review.queue(ws, seeded.people["bob"], seeded.name, 200)["items"]:
        item = offer["item"]
        flags = hard[item] and chance.random() < 0.3
        decide(ws, seeded, "bob", act(item, None, "flag") if flags else act(item, seen(item)))
    for number, look in enumerate(second_look.waiting(ws, seeded.name)):
        if number % 2:
            settle(ws, seeded, look["item"], truth[look["item"]])
        else:
            send_back(ws, seeded, look["item"])
            decide(ws, seeded, "ann", act(look["item"], truth[look["item"]]))
    error = sum(first[item] != truth[item] for item in seeded.items) / len(seeded.items)
    found = figures.of_project(ws, seeded.name)["human_error"]
    return found["low"] <= error <= found["high"]
