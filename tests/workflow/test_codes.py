"""Codes of classes in the store: given when classes change, the same before and after."""

from sqlalchemy import select

from db.tables import Class
from labeling.class_names import parse
from labeling.workflows import classes, projects
from labeling.workspace import Workspace
from tests.rows import seed
from tests.workflow.helpers import create


def codes(ws: Workspace, project: str = "zoo", *, active: bool = True) -> dict[str, str | None]:
    rows = projects.show(ws, project)["classes"]
    return {c["name"]: c["code"] for c in rows if c["active"] or not active}


def stored(ws: Workspace) -> dict[str, str | None]:
    with ws.db.read() as session:
        return {c.name: c.code for c in session.scalars(select(Class))}


def test_a_new_project_has_codes_in_the_order_of_its_classes(ws: Workspace) -> None:
    create(ws)
    assert codes(ws) == stored(ws) == {"cat": "1", "dog": "2", "bird": "3"}


def test_classes_come_and_go_and_the_others_keep_their_codes(ws: Workspace) -> None:
    create(ws)
    classes.set_classes(ws, "zoo", parse("eel,bird,cat"))
    assert codes(ws) == {"eel": "4", "bird": "3", "cat": "1"}
    classes.rename(ws, "zoo", "bird", "fowl")
    classes.set_active(ws, "zoo", "dog", active=True)
    assert codes(ws) == stored(ws) == {"eel": "4", "fowl": "3", "cat": "1", "dog": "2"}


def test_more_than_nine_classes_get_two_strokes_until_they_are_numbered_anew(ws: Workspace) -> None:
    create(ws)
    classes.set_classes(ws, "zoo", parse(",".join(f"c{n}" for n in range(10))))
    assert list(codes(ws).values()) == [str(n) for n in range(10, 20)]
    classes.set_active(ws, "zoo", "c0", active=False)
    assert codes(ws)["c1"] == "11"
    classes.renumber(ws, "zoo")
    assert codes(ws)["c1"] == stored(ws)["c1"] == "1"


def test_a_project_from_before_there_were_codes_has_them_and_keeps_them(ws: Workspace) -> None:
    seeded = seed(ws.db, 0)
    before = codes(ws, seeded.name)
    assert before == {"cat": "1", "dog": "2", "bird": "3"}
    classes.set_classes(ws, seeded.name, parse("bird,dog,newt"))
    assert codes(ws, seeded.name) == {"bird": "3", "dog": "2", "newt": "4"}
