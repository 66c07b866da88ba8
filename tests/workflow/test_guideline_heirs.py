"""Guidelines of classes that were renamed, merged or split: kept, and shown to be taken over."""

import pytest

from labeling.errors import InputError, NotFoundError
from labeling.workflows import class_moves, classes, guideline_heirs, guidelines
from labeling.workspace import Workspace
from tests.rows import Seeded, seed
from tests.workflow.test_guidelines import confirm, example, of, save


def waiting(ws: Workspace, seeded: Seeded, name: str) -> list[dict]:
    return guideline_heirs.inherited(ws, seeded.name).get(of(ws, seeded, name)["id"], [])


def take(ws: Workspace, seeded: Seeded, name: str, former: dict) -> None:
    seen = of(ws, seeded, name)["revision"]
    lead = seeded.people["ann"]
    guideline_heirs.take_over(ws, lead, seeded.name, name, former["id"], seen=seen)


def test_a_renamed_class_keeps_its_guideline(ws: Workspace) -> None:
    seeded = seed(ws.db, 0)
    save(ws, seeded, instructions="Any cat.")
    classes.rename(ws, seeded.name, "cat", "kitten")
    assert of(ws, seeded, "kitten")["instructions"] == "Any cat."
    assert guideline_heirs.inherited(ws, seeded.name) == {}


def test_a_merge_shows_what_was_said_and_it_is_taken_over_once(ws: Workspace) -> None:
    seeded = seed(ws.db, 2)
    first, second = seeded.items[:2]
    confirm(ws, seeded, first)
    confirm(ws, seeded, second, "dog")
    examples = [example(first, note="tabby"), example(second, good=False)]
    save(ws, seeded, instructions="Any cat.", do=["kittens"], dont=["toys"], examples=examples)
    save(ws, seeded, "dog", instructions="Any dog.", do=["kittens"])
    class_moves.merge(ws, seeded.name, ["cat"], "dog")
    (former,) = waiting(ws, seeded, "dog")
    assert (former["name"], former["instructions"]) == ("cat", "Any cat.")
    take(ws, seeded, "dog", former)
    told = of(ws, seeded, "dog")
    assert told["instructions"] == "Any dog.\n\nAny cat."
    assert (told["do"], told["dont"]) == (["kittens"], ["toys"])
    assert [(one["item"], one["note"]) for one in told["examples"]] == [
        (first, "tabby"),
        (second, ""),
    ]
    assert waiting(ws, seeded, "dog") == []
    with pytest.raises(NotFoundError, match="nothing to take over"):
        take(ws, seeded, "dog", former)


def test_the_parts_of_a_split_are_offered_the_text_without_examples_of_the_whole(
    ws: Workspace,
) -> None:
    seeded = seed(ws.db, 1)
    confirm(ws, seeded, seeded.items[0])
    save(ws, seeded, instructions="Any cat.", examples=[example(seeded.items[0])])
    class_moves.split(ws, seeded.name, "cat", ["lion", "tiger"])
    for part in ("lion", "tiger"):
        (former,) = waiting(ws, seeded, part)
        assert former["examples"] == []
        take(ws, seeded, part, former)
        assert of(ws, seeded, part)["instructions"] == "Any cat."
    class_moves.merge(ws, seeded.name, ["lion", "tiger"], "big cat")
    assert {one["name"] for one in waiting(ws, seeded, "big cat")} == {"cat", "lion", "tiger"}


def test_what_is_too_long_together_or_was_changed_meanwhile_is_refused(ws: Workspace) -> None:
    seeded = seed(ws.db, 0)
    save(ws, seeded, instructions="a" * 4_000)
    save(ws, seeded, "dog", instructions="b" * 4_000)
    class_moves.merge(ws, seeded.name, ["cat"], "dog")
    (former,) = waiting(ws, seeded, "dog")
    with pytest.raises(InputError, match="at most 5,000"):
        take(ws, seeded, "dog", former)
    save(ws, seeded, "dog", instructions="short")
    lead = seeded.people["ann"]
    with pytest.raises(InputError, match="somebody else"):
        guideline_heirs.take_over(ws, lead, seeded.name, "dog", former["id"], seen=0)
    assert guidelines.show(ws, seeded.name)["classes"][0]["instructions"] == "short"
