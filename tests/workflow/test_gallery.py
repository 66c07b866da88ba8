"""The pictures of a project, for whoever looks at them."""

import pytest

from db.ids import new_id
from labeling.errors import NotFoundError
from labeling.workflows import gallery, review
from labeling.workspace import Workspace
from tests.rows import NO_CHECKS, Seeded, seed

OVERLAP = NO_CHECKS | {"overlap_share": 1.0}


def decide(
    ws: Workspace, seeded: Seeded, person: str, item: str, kind: str, *labels: str, **more: bool
) -> None:
    act = {"id": new_id(), "item": item, "kind": kind, "labels": list(labels)} | more
    answer = review.decide(ws, seeded.people[person], seeded.name, [act])
    assert answer["acknowledged"], answer


def told(ws: Workspace, seeded: Seeded, **wanted) -> dict:
    """(state, labels) of every picture that is found, by item."""
    found = gallery.search(ws, seeded.name, **wanted)
    assert found["total"] == len(found["pictures"])
    return {row["item"]: (row["state"], row["labels"]) for row in found["pictures"]}


def test_pictures_are_found_by_state_and_label(ws: Workspace) -> None:
    seeded = seed(ws.db, 6)
    cat, none, flagged, asked, both, left = seeded.items
    decide(ws, seeded, "ann", cat, "correct", "cat")
    decide(ws, seeded, "ann", none, "none_of_these")
    decide(ws, seeded, "ann", flagged, "flag")
    decide(ws, seeded, "ann", asked, "flag", ask=True)
    decide(ws, seeded, "ann", both, "correct", "cat")
    decide(ws, seeded, "bob", both, "correct", "dog")
    decide(ws, seeded, "bob", both, "flag")
    everything = {
        cat: ("verified", ["cat"]),
        none: ("verified", []),
        flagged: ("flagged", None),
        asked: ("asked", None),
        both: ("disputed", ["cat"]),
        left: ("proposed", None),
    }
    assert told(ws, seeded) == everything
    assert set(told(ws, seeded, state="verified")) == {cat, none}
    assert set(told(ws, seeded, state="flagged")) == {flagged}
    assert set(told(ws, seeded, state="asked")) == {asked}
    assert set(told(ws, seeded, state="disputed")) == {both}
    assert set(told(ws, seeded, label="cat")) == {cat, both}
    assert set(told(ws, seeded, label="none of these")) == {none}
    assert told(ws, seeded, label="dog") == {}
    with pytest.raises(NotFoundError):
        told(ws, seeded, label="newt")


def test_pages_follow_each_other(ws: Workspace) -> None:
    seeded = seed(ws.db, 5)
    pages = [
        [row["item"] for row in gallery.search(ws, seeded.name, limit=2, offset=n)["pictures"]]
        for n in (0, 2, 4)
    ]
    assert [item for page in pages for item in page] == sorted(seeded.items)


def test_an_answer_stays_hidden_while_somebody_is_to_give_theirs(ws: Workspace) -> None:
    seeded = seed(ws.db, 1, review=OVERLAP)
    [item] = seeded.items
    decide(ws, seeded, "ann", item, "correct", "cat")
    for _ in ("waiting", "offered"):
        assert told(ws, seeded) == {item: ("proposed", None)}
        assert told(ws, seeded, label="cat") == told(ws, seeded, state="verified") == {}
        assert gallery.search(ws, seeded.name)["held_back"] == 1
        review.queue(ws, seeded.people["bob"], seeded.name, 5)
    decide(ws, seeded, "bob", item, "correct", "dog")
    assert told(ws, seeded) == {item: ("disputed", ["cat"])}
    assert gallery.search(ws, seeded.name)["held_back"] == 0
