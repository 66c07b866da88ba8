"""Projects and their classes: what a change keeps, and what it records."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from db import decisions
from db.ids import new_id
from db.tables import Base, ClassSet, Decision
from labeling.class_names import parse
from labeling.errors import ClassNameError, InputError, NotFoundError
from labeling.workflows import classes, jobs, projects, review, status
from labeling.workspace import Workspace
from tests.rows import seed
from tests.workflow.helpers import create, import_, pictures, prelabel_


def names(ws: Workspace, project: str = "zoo") -> list[str]:
    return [c["name"] for c in projects.show(ws, project)["classes"] if c["active"]]


def ids(ws: Workspace, project: str = "zoo") -> dict[str, str]:
    return {c["name"]: c["id"] for c in projects.show(ws, project)["classes"]}


def revisions(ws: Workspace) -> dict[int, list[tuple[str, bool]]]:
    with ws.db.read() as session:
        rows = session.scalars(select(ClassSet).order_by(ClassSet.revision))
        return {row.revision: [(c["name"], c["active"]) for c in row.classes] for row in rows}


def test_a_new_project_has_its_classes_in_order(ws: Workspace) -> None:
    made = projects.create(ws, " my zoo ", parse("cat,dog,bird"), mode="multi")
    assert (made["name"], made["mode"], made["revision"]) == ("my zoo", "multi", 1)
    assert names(ws, "my zoo") == ["cat", "dog", "bird"]
    assert [p["name"] for p in projects.all_projects(ws)] == ["my zoo"]
    assert revisions(ws) == {1: [("cat", True), ("dog", True), ("bird", True)]}


@pytest.mark.parametrize(
    "given",
    [
        {"name": ""},
        {"name": "a/b"},
        {"name": "-x"},
        {"name": "x" * 101},
        {"mode": "triple"},
        {"model": "no such model"},
        {"templates": ("no placeholder",)},
        {"templates": ()},
    ],
)
def test_a_value_that_can_not_be_used_makes_no_project(local_ws: Workspace, given: dict) -> None:
    with pytest.raises(InputError):
        projects.create(local_ws, **({"name": "zoo", "classes": parse("cat,dog")} | given))
    assert projects.all_projects(local_ws) == []


def test_a_name_is_taken_once(ws: Workspace) -> None:
    create(ws)
    with pytest.raises(InputError, match="already"):
        create(ws)
    assert len(projects.all_projects(ws)) == 1


def test_an_unknown_project_names_those_there_are(local_ws: Workspace) -> None:
    create(local_ws)
    with pytest.raises(NotFoundError, match="zoo"):
        projects.show(local_ws, "zooo")


def test_a_renamed_class_keeps_its_id_and_its_decisions(ws: Workspace) -> None:
    seeded = seed(ws.db, 2)
    given = {"id": new_id(), "item": seeded.items[0], "kind": "confirm", "labels": ["cat"]}
    review.decide(ws, seeded.people["ann"], seeded.name, [given])
    classes.rename(ws, seeded.name, "Cat", "Felis catus")
    assert ids(ws, seeded.name)["Felis catus"] == seeded.classes["cat"]
    assert status.status(ws, seeded.name)["by_class"]["Felis catus"]["verified"] == 1
    [past] = review.history(ws, seeded.people["ann"], seeded.name)["decisions"]
    assert past["labels"] == ["Felis catus"]
    assert revisions(ws)[2][0] == ("Felis catus", True)


@pytest.mark.parametrize("new", ["dog", "DOG ", "a/b", "", "none", "x" * 65])
def test_a_name_that_can_not_be_used_renames_nothing(local_ws: Workspace, new: str) -> None:
    create(local_ws)
    with pytest.raises(ClassNameError):
        classes.rename(local_ws, "zoo", "cat", new)
    assert names(local_ws) == ["cat", "dog", "bird"]
    assert projects.show(local_ws, "zoo")["revision"] == 1


def test_a_class_can_be_renamed_in_case_alone(local_ws: Workspace) -> None:
    create(local_ws)
    classes.rename(local_ws, "zoo", "cat", "Cat")
    assert names(local_ws) == ["Cat", "dog", "bird"]


def test_the_display_text_follows_the_name_unless_it_was_given(local_ws: Workspace) -> None:
    create(local_ws)
    renamed = classes.rename(local_ws, "zoo", "cat", "house_cat")
    assert renamed["classes"][0]["display"] == "house cat"


def test_a_deactivated_class_keeps_its_labels_and_is_offered_no_more(ws: Workspace) -> None:
    seeded = seed(ws.db, 3)
    ann = seeded.people["ann"]
    given = {"id": new_id(), "item": seeded.items[0], "kind": "confirm", "labels": ["cat"]}
    review.decide(ws, ann, seeded.name, [given])
    classes.set_active(ws, seeded.name, "cat", active=False)
    assert status.status(ws, seeded.name)["by_class"]["cat"]["verified"] == 1
    queue = review.queue(ws, ann, seeded.name)
    assert [c["name"] for c in queue["classes"]] == ["dog", "bird"]
    for item in queue["items"]:
        assert [p["label"] for p in item["proposals"]] == ["dog", "bird"]
        assert item["proposal"] is None
    classes.set_active(ws, seeded.name, "cat", active=True)
    assert ids(ws, seeded.name)["cat"] == seeded.classes["cat"]


def test_the_last_class_stays(local_ws: Workspace) -> None:
    create(local_ws, classes="cat,dog")
    classes.set_active(local_ws, "zoo", "cat", active=False)
    with pytest.raises(ClassNameError, match="last"):
        classes.set_active(local_ws, "zoo", "dog", active=False)
    with pytest.raises(ClassNameError):
        classes.set_classes(local_ws, "zoo", [])
    assert names(local_ws) == ["dog"]


def test_setting_classes_keeps_ids_adds_and_deactivates(ws: Workspace) -> None:
    create(ws)
    before = ids(ws)
    classes.set_classes(ws, "zoo", parse("BIRD,fish,cat"))
    assert names(ws) == ["BIRD", "fish", "cat"]
    after = ids(ws)
    assert (after["BIRD"], after["cat"], after["dog"]) == (
        before["bird"],
        before["cat"],
        before["dog"],
    )
    classes.set_classes(ws, "zoo", parse("cat,dog"))
    assert ids(ws)["dog"] == before["dog"]
    assert len(revisions(ws)) == 3


def test_each_change_is_a_revision_that_stays_as_it_was(ws: Workspace) -> None:
    create(ws, classes="cat,dog")
    classes.rename(ws, "zoo", "dog", "wolf")
    classes.set_active(ws, "zoo", "cat", active=False)
    assert revisions(ws) == {
        1: [("cat", True), ("dog", True)],
        2: [("cat", True), ("wolf", True)],
        3: [("cat", False), ("wolf", True)],
    }


def test_configuring_changes_what_is_given_and_refuses_what_can_not_be(
    local_ws: Workspace,
) -> None:
    create(local_ws)
    changed = projects.configure(local_ws, "zoo", policy="entropy", none_threshold=0.3)
    assert (changed["policy"], changed["none_threshold"]) == ("entropy", 0.3)
    for bad in ({"policy": "luck"}, {"none_threshold": 1.0}, {"templates": ["x"]}, {"model": "?"}):
        with pytest.raises(InputError):
            projects.configure(local_ws, "zoo", **bad)
    assert projects.show(local_ws, "zoo")["policy"] == "entropy"


def test_a_deleted_project_leaves_no_row_behind_but_the_pictures(
    ws: Workspace, model, tmp_path: Path
) -> None:
    pictures(tmp_path / "in", 4)
    (tmp_path / "in" / "bad.png").write_bytes(b"bad")
    create(ws, "zoo", "zero,one")
    import_(ws, "zoo", tmp_path / "in")
    prelabel_(ws, "zoo")
    seeded = seed(ws.db, 1)
    ann = seeded.people["ann"]
    [item, *_] = review.queue(ws, ann, "zoo")["items"]
    given = {"id": new_id(), "item": item["item"], "kind": "confirm", "labels": ["one"]}
    assert review.decide(ws, ann, "zoo", [given])["acknowledged"]
    projects.delete(ws, "zoo")
    assert [p["name"] for p in projects.all_projects(ws)] == [seeded.name]
    kept = {"image", "model", "embedding", "text_embedding", "recipe", "user", "alembic_version"}
    with ws.db.read() as session:
        for table in Base.metadata.sorted_tables:
            if table.name in kept:
                continue
            left = session.scalar(select(func.count()).select_from(table))
            own = {"project": 1, "class_set": 1, "class_": 3, "import_batch": 1, "item": 1}
            own |= {"run": 1, "proposal": 1, "queue_entry": 1}
            assert left == own.get(table.name, 0), table.name
        assert session.scalar(select(func.count()).select_from(Decision)) == 0
        assert list(decisions.differing(session, seeded.id)) == []


def test_the_jobs_of_an_unknown_project_are_not_those_of_all(ws: Workspace) -> None:
    with pytest.raises(NotFoundError, match="lost"):
        jobs.recent(ws, "lost")
