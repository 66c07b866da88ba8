"""Second look in a real browser: one key settles a picture, and typing settles none."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from db import images, projects
from db.ids import new_id
from labeling.workflows import accounts, item_log, review
from labeling.workspace import Workspace
from tests.app.seeding import seed
from tests.e2e.server import Server, wait_for

LONG_MS = 30_000


@pytest.fixture
def items(workspace: Workspace, tmp_path: Path) -> list[str]:
    """Three flagged items, labelled dog before that, oldest flag first."""
    seed(workspace, tmp_path / "pictures", 3)

    def work(db) -> list[str]:
        project = projects.find(db, "zoo")
        project.review = {"audit_share": 0, "overlap_share": 0, "probe_share": 0}
        return sorted(images.all_by_sha(db, project.id).values())

    found = workspace.db.write(work)
    ann = accounts.user(workspace, "ann").id
    for item in found:
        acts = [{"kind": "correct", "labels": ["dog"]}, {"kind": "flag", "reason": "not sure"}]
        given = [{"id": new_id(), "item": item, **act} for act in acts]
        assert not review.decide(workspace, ann, "zoo", given)["rejected"]
    return found


def held(ws: Workspace, item: str) -> tuple[str, list[str] | None]:
    log = item_log.show(ws, accounts.local_user(ws), "zoo", item)
    return log["state"], log["labels"]


def expect_drawn(page: Page, item: str) -> None:
    """The last line of the page is of this item: its keys are the ones that count."""
    link = page.get_by_role("link", name="Everything about this picture")
    expect(link).to_have_attribute("href", f"item?project=zoo&item={item}", timeout=LONG_MS)


def test_keys_settle_pictures_one_after_the_other(
    page: Page, server: Server, workspace: Workspace, items: list[str]
) -> None:
    server.start()
    page.goto(f"{server.url}/second-look?project=zoo")
    expect(page.get_by_text("1 of 3 pictures")).to_be_visible(timeout=LONG_MS)
    kinds = page.get_by_role("button", name="Conflict with CVAT")
    assert kinds.evaluate("one => one.getBoundingClientRect().right <= innerWidth")
    picture = page.locator("img.prelabel-screen")
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") == 28

    comment = page.get_by_label("with the comment")
    comment.click()
    page.keyboard.type("a 0 1 b")
    comment.blur()
    expect(page.get_by_role("button", name="Send back")).to_be_enabled(timeout=LONG_MS)
    assert [held(workspace, item)[0] for item in items] == ["flagged"] * 3

    page.keyboard.press("b")
    expect(page.get_by_text("1 of 2 pictures")).to_be_visible(timeout=LONG_MS)
    expect_drawn(page, items[1])
    wait_for(lambda: held(workspace, items[0])[1] is None, 10)
    page.keyboard.press("a")
    expect(page.get_by_text("1 of 1 picture", exact=True)).to_be_visible(timeout=LONG_MS)
    expect_drawn(page, items[2])
    assert held(workspace, items[1]) == ("reviewed", ["dog"])
    page.keyboard.press("0")
    expect(page.get_by_text("Nothing waits for a second look")).to_be_visible(timeout=LONG_MS)
    assert held(workspace, items[2]) == ("reviewed", [])
