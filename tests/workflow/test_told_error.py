"""The error of verified labels as the pages tell it: how it was obtained, and what it takes."""

import pytest

from db.ids import new_id
from labeling.errors import NotFoundError
from labeling.workflows import label_error, people, projects, review
from labeling.workspace import Workspace
from tests.rows import NO_CHECKS, Seeded, seed

OVERLAP = NO_CHECKS | {"overlap_share": 1.0}


def decide(ws: Workspace, seeded: Seeded, person: str, items: list[str], label: str) -> None:
    given = [{"id": new_id(), "item": one, "kind": "correct", "labels": [label]} for one in items]
    answer = review.decide(ws, seeded.people[person], seeded.name, given)
    assert answer["rejected"] == []


def look_again(ws: Workspace, seeded: Seeded, count: int) -> None:
    offered = review.queue(ws, seeded.people["bob"], seeded.name, 200)["items"]
    blind = [one["item"] for one in offered if one["blind"]]
    decide(ws, seeded, "bob", blind[:count], "cat")


def test_from_twenty_second_looks_on_it_is_told_and_kept_for_a_while(local_ws: Workspace) -> None:
    seeded = seed(local_ws.db, 30, review=OVERLAP)
    decide(local_ws, seeded, "ann", seeded.items, "cat")
    look_again(local_ws, seeded, 19)
    told = label_error.told(local_ws, seeded.name)
    assert (told["known"], told["share"]["n"]) == (False, 19)
    assert "100% of the decided pictures, drawn at random, go blind" in told["method"]
    look_again(local_ws, seeded, 1)
    assert not label_error.told(local_ws, seeded.name)["known"], "read a moment ago"
    local_ws.label_errors.clear()
    told = label_error.told(local_ws, seeded.name)
    assert (told["known"], told["words"]) == (True, "0.0% (0.0% to 16.8%, n 20)")
    assert "Clopper-Pearson" in told["method"]


def test_where_it_can_never_be_known_the_reason_is_said(local_ws: Workspace) -> None:
    seeded = seed(local_ws.db, 2, review=NO_CHECKS)
    assert "raise the share" in label_error.told(local_ws, seeded.name)["method"]
    for person in people.everybody(local_ws):
        if person["name"] != "ann":
            people.disable(local_ws, person["name"])
    assert "only one may decide here" in label_error.told(local_ws, seeded.name)["method"]
    projects.delete(local_ws, seeded.name)
    with pytest.raises(NotFoundError):
        label_error.told(local_ws, seeded.name)
