"""What a person meant stays what they meant when classes are renamed before it arrives."""

from db import decisions
from db.ids import new_id
from labeling.class_names import parse
from labeling.workflows import classes, review
from labeling.workspace import Workspace
from tests.rows import Seeded, seed


def late(ws: Workspace, seeded: Seeded, label: str) -> None:
    """A decision made under the first class set that arrives now."""
    given = {"id": new_id(), "item": seeded.items[0], "kind": "correct", "labels": [label]}
    answer = review.decide(ws, seeded.people["ann"], seeded.name, [given | {"revision": 1}])
    assert answer["acknowledged"]


def borne(ws: Workspace, seeded: Seeded) -> list[str]:
    with ws.db.read() as session:
        return decisions.labels(session, seeded.id).get(seeded.items[0], [])


def test_a_late_decision_follows_the_renamed_class(ws: Workspace) -> None:
    seeded = seed(ws.db, 1)
    classes.rename(ws, seeded.name, "cat", "tiger")
    late(ws, seeded, "cat")
    assert borne(ws, seeded) == [seeded.classes["cat"]]


def test_a_late_decision_never_goes_to_another_class_that_took_the_name(ws: Workspace) -> None:
    seeded = seed(ws.db, 1)
    for old, new in (("cat", "x"), ("dog", "cat"), ("x", "dog")):
        classes.rename(ws, seeded.name, old, new)
    late(ws, seeded, "cat")
    assert borne(ws, seeded) == [seeded.classes["cat"]]


def test_a_late_decision_for_a_class_that_is_gone_is_kept_and_labels_nothing(
    ws: Workspace,
) -> None:
    seeded = seed(ws.db, 1)
    classes.rename(ws, seeded.name, "cat", "tiger")
    classes.set_active(ws, seeded.name, "tiger", active=False)
    classes.set_classes(ws, seeded.name, parse("dog,bird,cat"))
    late(ws, seeded, "cat")
    assert borne(ws, seeded) == []
    [kept] = review.history(ws, seeded.people["ann"], seeded.name)["decisions"]
    assert kept["standing"] == "stale"
