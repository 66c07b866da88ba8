"""Merging and splitting classes: what items bear then, what waits again, and what is never lost."""

import pytest

from db import decisions, second_looks
from db.ids import new_id
from db.tables import Item, ItemState
from labeling.errors import ClassNameError, NotFoundError
from labeling.workflows import class_moves, classes, projects, review, store
from labeling.workspace import Workspace
from tests.rows import Seeded, seed


def say(ws: Workspace, seeded: Seeded, item: int, label: str, by: str = "ann", **more) -> str:
    """A person's answer; its id."""
    given = {"id": new_id(), "item": seeded.items[item], "kind": "correct", "labels": [label]}
    answer = review.decide(ws, seeded.people[by], seeded.name, [given | more])
    assert answer["acknowledged"], answer
    return given["id"]


def borne(ws: Workspace, seeded: Seeded, item: int) -> list[str]:
    """The names of the classes that an item bears."""
    with ws.db.read() as session:
        ids = decisions.labels(session, seeded.id).get(seeded.items[item], [])
        rows = {c["id"]: c["name"] for c in projects.show(ws, seeded.name)["classes"]}
        return sorted(rows[one] for one in ids)


def state(ws: Workspace, seeded: Seeded, item: int) -> str:
    with ws.db.read() as session:
        return session.get_one(Item, seeded.items[item]).state


def agrees(ws: Workspace) -> bool:
    return store.verify(ws)["differing"] == []


def test_merged_items_bear_the_target_and_decisions_stay_as_they_were(ws: Workspace) -> None:
    seeded = seed(ws.db, 3)
    first = say(ws, seeded, 0, "cat")
    say(ws, seeded, 1, "dog")
    say(ws, seeded, 2, "bird")
    found = class_moves.merge(ws, seeded.name, ["cat", "dog"], "pet")
    assert [borne(ws, seeded, n) for n in range(3)] == [["pet"], ["pet"], ["bird"]]
    assert [c["name"] for c in found["classes"] if c["active"]] == ["bird", "pet"]
    with ws.db.read() as session:
        kept = decisions.by_ids(session, [first])[first]
        assert (kept.labels, kept.class_set_revision) == ([seeded.classes["cat"]], 1)
    told = review.history(ws, seeded.people["ann"], seeded.name)["decisions"]
    assert [one["labels"] for one in told] == [["bird"], ["dog"], ["cat"]]
    assert agrees(ws)


def test_a_preview_tells_what_a_merge_concerns_and_changes_nothing(ws: Workspace) -> None:
    seeded = seed(ws.db, 4)
    say(ws, seeded, 0, "cat")
    say(ws, seeded, 1, "cat")
    say(ws, seeded, 1, "dog")
    before = projects.show(ws, seeded.name)
    told = class_moves.preview(ws, seeded.name, "merge", ["cat", "pet"])
    assert told["said"] == "merge: cat → pet"
    assert told["new"] == ["pet"]
    assert (told["items"], told["decisions"], told["proposals"]) == (1, 2, 4)
    assert (told["reopened"], told["acceptances"]) == (0, [])
    assert projects.show(ws, seeded.name) == before


def test_a_late_answer_counts_as_what_its_class_became(ws: Workspace) -> None:
    seeded = seed(ws.db, 2)
    class_moves.merge(ws, seeded.name, ["cat"], "dog")
    class_moves.merge(ws, seeded.name, ["dog"], "pet")
    say(ws, seeded, 0, "cat", revision=1)
    say(ws, seeded, 1, seeded.classes["cat"])
    assert [borne(ws, seeded, n) for n in range(2)] == [["pet"], ["pet"]]
    assert agrees(ws)


def test_what_was_disputed_between_two_merged_classes_no_longer_is(ws: Workspace) -> None:
    seeded = seed(ws.db, 1)
    say(ws, seeded, 0, "cat")
    say(ws, seeded, 0, "dog", by="bob")
    assert state(ws, seeded, 0) == ItemState.DISPUTED
    class_moves.merge(ws, seeded.name, ["cat"], "dog")
    assert state(ws, seeded, 0) == ItemState.VERIFIED
    with ws.db.read() as session:
        assert second_looks.count_waiting(session, seeded.id) == {}
    assert agrees(ws)


def test_the_target_takes_over_names_and_prompts(ws: Workspace) -> None:
    seeded = seed(ws.db, 0)
    from labeling.class_names import RawClass, clean

    raw = [RawClass("cat", "", aliases=("puss",), prompts=("a tabby",)), RawClass("dog", "")]
    classes.set_classes(ws, seeded.name, clean(raw))
    found = class_moves.merge(ws, seeded.name, ["cat"], "dog")
    [dog] = [c for c in found["classes"] if c["active"]]
    assert (dog["name"], dog["aliases"], dog["prompts"]) == ("dog", ["cat", "puss"], ["a tabby"])


def test_a_name_that_ended_may_be_given_to_a_new_class(ws: Workspace) -> None:
    seeded = seed(ws.db, 2)
    say(ws, seeded, 0, "cat")
    class_moves.merge(ws, seeded.name, ["cat"], "dog")
    from labeling.class_names import parse

    classes.set_classes(ws, seeded.name, parse("dog,bird,cat"))
    say(ws, seeded, 1, "cat")
    assert [borne(ws, seeded, n) for n in range(2)] == [["dog"], ["cat"]]
    assert agrees(ws)


@pytest.mark.parametrize(
    ("names", "error"),
    [
        (["cat", "cat"], ClassNameError),
        (["lion", "cat"], NotFoundError),
        (["cat", "a/b"], ClassNameError),
    ],
)
def test_a_merge_that_makes_no_sense_is_refused(
    ws: Workspace, names: list[str], error: type[Exception]
) -> None:
    seeded = seed(ws.db, 0)
    with pytest.raises(error):
        class_moves.merge(ws, seeded.name, names[:-1], names[-1])
    assert projects.show(ws, seeded.name)["revision"] == 1
