"""Guidelines: versions, examples of verified items only, and what is never shown by them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from db.ids import new_id
from db.tables import Item, QueueEntry
from labeling.errors import InputError, NotFoundError
from labeling.workflows import classes, guidelines, projects, review
from labeling.workflows.guideline_diff import Text, changes
from labeling.workspace import Workspace
from tests.rows import Seeded, seed

TEXTS = st.lists(st.text("ab c", min_size=1).filter(str.strip), max_size=4)


def save(ws: Workspace, seeded: Seeded, name: str = "cat", **given_: object) -> int:
    return guidelines.save(ws, seeded.people["ann"], seeded.name, name, **given_)


def of(ws: Workspace, seeded: Seeded, name: str = "cat", revision: int | None = None) -> dict:
    rows = guidelines.show(ws, seeded.name, revision)["classes"]
    return next(row for row in rows if row["name"] == name)


def confirm(ws: Workspace, seeded: Seeded, item: str, label: str = "cat") -> None:
    act = {"id": new_id(), "item": item, "kind": "confirm", "labels": [label]}
    answer = review.decide(ws, seeded.people["ann"], seeded.name, [act])
    assert answer["acknowledged"], answer


def example(item: str, *, good: bool = True, note: str = "") -> dict:
    return {"item": item, "good": good, "note": note}


def test_before_anything_is_said_every_class_is_there_and_empty(ws: Workspace) -> None:
    seeded = seed(ws.db, 0)
    shown = guidelines.show(ws, seeded.name)
    assert shown["revision"] == 0
    assert [(c["name"], c["code"], c["instructions"]) for c in shown["classes"]] == [
        ("cat", "1", ""),
        ("dog", "2", ""),
        ("bird", "3", ""),
    ]


def test_each_change_is_a_revision_and_the_old_ones_stay(ws: Workspace) -> None:
    seeded = seed(ws.db, 0)
    assert save(ws, seeded, instructions="Any cat.", do=["kittens", " "], dont=["toys"]) == 1
    assert save(ws, seeded, "dog", instructions="Any dog.") == 2
    assert save(ws, seeded, instructions="Any cat.", do=["kittens"], dont=["toys"]) == 2
    assert save(ws, seeded, instructions="Any living cat.", do=["kittens"]) == 3
    assert guidelines.show(ws, seeded.name)["revision"] == 3
    now, then = of(ws, seeded), of(ws, seeded, revision=2)
    assert (now["instructions"], now["dont"], now["revision"]) == ("Any living cat.", [], 3)
    assert (then["instructions"], then["dont"], then["revision"]) == ("Any cat.", ["toys"], 1)
    assert of(ws, seeded, "dog")["revision"] == 2
    newest, first = guidelines.versions(ws, seeded.name, "cat")
    assert (newest["by"], newest["revision"], first["revision"]) == ("ann", 3, 1)
    assert newest["changes"] == ["− Any cat.", "+ Any living cat.", "− don't: toys"]
    assert first["changes"] == ["+ Any cat.", "+ do: kittens", "+ don't: toys"]


def test_a_change_of_what_somebody_else_changed_meanwhile_is_refused(ws: Workspace) -> None:
    seeded = seed(ws.db, 0)
    save(ws, seeded, instructions="one", seen=0)
    with pytest.raises(InputError, match="somebody else"):
        save(ws, seeded, instructions="two", seen=0)
    assert save(ws, seeded, instructions="two", seen=1) == 2


def test_examples_are_verified_pictures(ws: Workspace) -> None:
    seeded = seed(ws.db, 3)
    cat, dog, undecided = seeded.items
    confirm(ws, seeded, cat)
    confirm(ws, seeded, dog, "dog")
    assert [c["item"] for c in guidelines.candidates(ws, seeded.name, "cat")] == [cat]
    others = guidelines.candidates(ws, seeded.name, "cat", good=False)
    assert [c["item"] for c in others] == [dog]
    with pytest.raises(InputError, match="not a verified picture"):
        save(ws, seeded, examples=[example(undecided)])
    with pytest.raises(InputError, match="does not bear the class"):
        save(ws, seeded, examples=[example(dog)])
    with pytest.raises(InputError, match="twice"):
        save(ws, seeded, examples=[example(cat), example(cat, good=False)])
    save(ws, seeded, examples=[example(cat), example(dog, good=False, note="a dog")])
    shown = of(ws, seeded)["examples"]
    assert [(e["item"], e["good"], e["note"]) for e in shown] == [
        (cat, True, ""),
        (dog, False, "a dog"),
    ]
    assert len(shown[0]["sha"]) == 64


def test_an_example_of_another_project_is_refused(ws: Workspace) -> None:
    seeded, other = seed(ws.db, 0), seed(ws.db, 1)
    confirm(ws, other, other.items[0])
    with pytest.raises(InputError, match="not a verified picture"):
        save(ws, seeded, examples=[example(other.items[0])])


def test_an_example_that_is_undone_or_waits_for_a_blind_look_is_not_shown(ws: Workspace) -> None:
    seeded = seed(ws.db, 2)
    for item in seeded.items:
        confirm(ws, seeded, item)
    save(ws, seeded, examples=[example(item) for item in seeded.items])
    blind, undone = seeded.items
    _wait_blind(ws, seeded, blind)
    _set_state(ws, undone, "disputed")
    assert of(ws, seeded)["examples"] == []
    assert guidelines.candidates(ws, seeded.name, "cat") == []


def test_a_renamed_class_keeps_its_guideline(ws: Workspace) -> None:
    seeded = seed(ws.db, 0)
    save(ws, seeded, instructions="one")
    classes.rename(ws, seeded.name, "cat", "feline")
    assert of(ws, seeded, "feline")["instructions"] == "one"
    assert len(guidelines.versions(ws, seeded.name, "feline")) == 1


@pytest.mark.parametrize(
    "text",
    [
        {"instructions": "x" * 5_001},
        {"instructions": "a\0b"},
        {"do": ["x"] * 21},
        {"dont": ["x" * 301]},
        {"examples": [{"item": None}]},
        {"examples": [example(str(n)) for n in range(13)]},
    ],
)
def test_a_text_that_can_not_be_stored_is_refused(local_ws: Workspace, text: dict) -> None:
    seeded = seed(local_ws.db, 0)
    with pytest.raises(InputError):
        save(local_ws, seeded, **text)
    assert guidelines.show(local_ws, seeded.name)["revision"] == 0


def test_what_is_not_there_is_named(local_ws: Workspace) -> None:
    seeded = seed(local_ws.db, 0)
    with pytest.raises(NotFoundError, match="no class 'newt'"):
        save(local_ws, seeded, "newt", instructions="x")
    with pytest.raises(NotFoundError, match="no project"):
        guidelines.show(local_ws, "nope")


def test_a_project_goes_with_its_guidelines(ws: Workspace) -> None:
    seeded = seed(ws.db, 0)
    save(ws, seeded, instructions="x")
    projects.delete(ws, seeded.name)
    assert not projects.all_projects(ws)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_changes_tell_what_came_and_went(
    before: list[str], do: list[str], after: list[str], dont: list[str]
) -> None:
    old, new = Text("\n".join(before), do), Text("\n".join(after), do, dont)
    assert changes(old, old) == []
    told = changes(old, new)
    assert bool(told) == (before != after or bool(dont))
    assert sum(line.startswith("+ don't: ") for line in told) == len(dont)


def _wait_blind(ws: Workspace, seeded: Seeded, item: str) -> None:
    entry = QueueEntry(
        project_id=seeded.id,
        item_id=item,
        slot=1,
        purpose="overlap",
        rank=0,
        policy="overlap",
        reason="second opinion: proposal hidden",
    )
    ws.db.write(lambda session: session.add(entry))


def _set_state(ws: Workspace, item: str, state: str) -> None:
    def work(session) -> None:
        session.scalars(select(Item).where(Item.id == item)).one().state = state

    ws.db.write(work)
