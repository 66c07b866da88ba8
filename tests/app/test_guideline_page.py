"""Guidelines and codes on the page of the classes."""

from pathlib import Path

import pytest

from app import session
from app.parts.code_sheet import as_html
from db import images
from db.ids import new_id
from labeling.class_names import parse
from labeling.workflows import accounts, class_moves, classes, guidelines, projects, review
from labeling.workspace import Workspace
from tests.app.pages import open_at, press, texts
from tests.app.seeding import seed

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def verified(workspace: Workspace, tmp_path: Path) -> list[str]:
    """Items of a project; the first two are verified, as cat and as dog."""
    session.share(workspace)
    seed(workspace, tmp_path / "pictures", 3, prelabeled=False)
    with workspace.db.read() as db:
        items = sorted(images.all_by_sha(db, projects.find(db, "zoo").id).values())
    acts = [
        {"id": new_id(), "item": item, "kind": "correct", "labels": [label]}
        for item, label in zip(items, ("cat", "dog"), strict=False)
    ]
    lead = accounts.local_user(workspace)
    assert not review.decide(workspace, lead, "zoo", acts)["rejected"]
    return items


def cat(workspace: Workspace) -> dict:
    return guidelines.show(workspace, "zoo")["classes"][0]


def test_a_guideline_is_written_and_kept_as_a_version(workspace: Workspace) -> None:
    page = open_at("classes", project="zoo")
    assert not page.exception
    key = f"guideline-{cat(workspace)['id']}-0"
    page.text_area(key=f"{key}-instructions").input("Any cat.")
    page.text_area(key=f"{key}-do").input("kittens\n\n big cats ").run()
    page = press(page, "Save guideline")
    assert not page.exception
    assert (cat(workspace)["instructions"], cat(workspace)["do"]) == (
        "Any cat.",
        ["kittens", "big cats"],
    )
    page = open_at("classes", project="zoo")
    assert "**1** (" in texts(page)
    assert "+ do: big cats" in page.code[-1].value


def test_examples_are_chosen_from_verified_pictures(
    workspace: Workspace, verified: list[str]
) -> None:
    page = open_at("classes", project="zoo")
    page.toggle[0].set_value(True).run()
    assert [box.label for box in page.checkbox if "pick" in box.key] == ["1"]
    [box] = [box for box in page.checkbox if verified[0] in box.key]
    box.check().run()
    page = press(page, "Add 1 picture")
    [note] = [field for field in page.text_input if verified[0] in field.key]
    note.input("seen from the side").run()
    press(page, "Save guideline")
    [example] = cat(workspace)["examples"]
    assert (example["item"], example["good"], example["note"]) == (
        verified[0],
        True,
        "seen from the side",
    )


def test_codes_stand_on_the_page_and_can_be_numbered_anew(workspace: Workspace) -> None:
    classes.set_classes(workspace, "zoo", parse("fox,cat"))
    page = open_at("classes", project="zoo")
    [sheet] = [frame.value for frame in page.dataframe if list(frame.value) == ["Code", "Class"]]
    assert list(zip(sheet["Code"], sheet["Class"], strict=True)) == [("1", "cat"), ("5", "fox")]
    press(page, "Give new codes")
    found = {c["name"]: c["code"] for c in projects.show(workspace, "zoo")["classes"]}
    assert (found["fox"], found["cat"], found["dog"]) == ("1", "2", None)


def test_the_sheet_shows_names_as_they_are() -> None:
    rows = [{"code": "1a", "name": "<b>cat</b>"}, {"code": None, "name": "dog"}]
    sheet = as_html("zoo & co", rows)
    assert "<kbd>1a</kbd>&lt;b&gt;cat&lt;/b&gt;" in sheet
    assert "Codes of zoo &amp; co" in sheet


def test_what_was_said_of_a_merged_class_is_taken_over_by_a_button(workspace: Workspace) -> None:
    lead = accounts.local_user(workspace)
    guidelines.save(workspace, lead, "zoo", "dog", instructions="Any dog.")
    class_moves.merge(workspace, "zoo", ["dog"], "cat")
    page = open_at("classes", project="zoo")
    assert "wait to be taken over by **cat**" in texts(page)
    assert [one.label for one in page.expander if "Former" in one.label] == [
        "Former guideline of dog"
    ]
    page = press(page, "Take it over")
    assert not page.exception
    assert cat(workspace)["instructions"] == "Any dog."
    left = [one.label for one in open_at("classes", project="zoo").expander]
    assert not [label for label in left if "Former" in label]
