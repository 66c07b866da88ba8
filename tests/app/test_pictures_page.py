"""Pictures, the page on which a guest may look; and long lists by pages."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox

from app import session
from app.views import decisions as decisions_page
from app.views import pictures as pictures_page
from db import images, projects
from db.ids import new_id
from labeling.workflows import accounts, guidelines, people, review
from labeling.workspace import Workspace
from tests.app.pages import open_at, press, texts
from tests.app.seeding import seed

pytestmark = pytest.mark.slow


@pytest.fixture
def items(workspace: Workspace, tmp_path: Path) -> list[str]:
    session.share(workspace)
    seed(workspace, tmp_path / "pictures", 3)
    with workspace.db.read() as db:
        project = projects.find(db, "zoo")
        assert project
        return sorted(images.all_by_sha(db, project.id).values())


def decide(ws: Workspace, item: str, *labels: str) -> None:
    act = {"id": new_id(), "item": item, "kind": "correct", "labels": list(labels)}
    assert review.decide(ws, accounts.local_user(ws), "zoo", [act])["acknowledged"]


def board(page: AppTest) -> str:
    return next(e.proto.body for e in page.get("html") if "prelabel-gallery" in e.proto.body)


def label_field(page: AppTest) -> Selectbox:
    [found] = [field for field in page.selectbox if field.label == "Label"]
    return found


def test_a_guest_sees_pictures_labels_and_guidelines_and_no_more(
    workspace: Workspace, items: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(workspace, items[0], "owl")
    lead = accounts.local_user(workspace)
    guidelines.save(workspace, lead, "zoo", "owl", instructions="Looks wise", dont=["a cat"])
    guest = people.add(workspace, "gus", "guest")["id"]
    monkeypatch.setattr(session, "user_id", lambda: guest)
    page = open_at("pictures", project="zoo")
    assert not page.exception
    assert board(page).count("<figure") == 3
    assert "<b>owl</b>verified" in board(page)
    assert "/item?" not in board(page)
    assert "Looks wise" in texts(page)
    label_field(page).select("owl").run()
    assert board(page).count("<figure") == 1
    label_field(page).select("cat").run()
    assert "No picture is found" in texts(page)


def test_a_reviewer_comes_from_a_picture_to_all_about_it(items: list[str]) -> None:
    assert f"/item?project=zoo&amp;item={items[0]}" in board(open_at("pictures", project="zoo"))


def test_a_guest_goes_from_projects_to_the_pictures(
    workspace: Workspace, items: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert items
    guest = people.add(workspace, "gus", "guest")["id"]
    monkeypatch.setattr(session, "user_id", lambda: guest)
    page = open_at("projects")
    assert [link.proto.page for link in page.get("page_link")] == ["pictures"]


@pytest.mark.parametrize(
    ("address", "view", "onward"),
    [
        ("pictures", pictures_page, "Next"),
        ("decisions", decisions_page, "Older"),
    ],
)
def test_a_list_that_became_shorter_turns_to_its_last_page(
    workspace: Workspace,
    items: list[str],
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    view: object,
    onward: str,
) -> None:
    for item in items:
        decide(workspace, item, "owl")
    monkeypatch.setattr(view, "_PAGE", 1)
    page = press(press(open_at(address, project="zoo"), onward), onward)
    assert "page 3 of 3" in texts(page)
    monkeypatch.setattr(view, "_PAGE", 2)
    page.run()
    assert not page.exception
    assert "page 2 of 2" in texts(page)
