"""Accepting without looking in a real browser: wish, blind audit by keys, accept, take back."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from labeling.workflows import acceptance_told, projects
from labeling.workspace import Workspace
from tests.app.seeding import CLASSES, seed
from tests.e2e.review_page import all_saved, open_review, press_and_wait, sha_on_screen
from tests.e2e.server import Server, wait_for

ITEMS = 30
LONG_MS = 60_000
WORK = 60.0  # seconds


@pytest.fixture
def labels(workspace: Workspace, tmp_path: Path) -> dict[str, str]:
    """The code of the class that is proposed for each picture, by SHA-256; it is right."""
    shas = seed(workspace, tmp_path / "pictures", ITEMS)
    return {sha: str(number % len(CLASSES) + 1) for number, sha in enumerate(shas)}


def by_state(ws: Workspace) -> dict[str, int]:
    return projects.show(ws, "zoo")["by_state"]


def test_a_lead_wishes_people_decide_blind_and_the_rest_is_accepted(
    page: Page, server: Server, workspace: Workspace, labels: dict[str, str]
) -> None:
    server.start(worker=True)
    page.goto(f"{server.url}/accept?project=zoo")
    error = page.get_by_role("spinbutton", name="Error, at most (%)")
    error.wait_for(timeout=LONG_MS)
    error.fill("40")
    error.press("Tab")
    page.get_by_role("button", name="What does it cost?").click()
    page.get_by_role("button", name="Draw the audit: 15 pictures").click(timeout=LONG_MS)
    expect(page.get_by_text("0 of 15 pictures of the audit decided")).to_be_visible(timeout=LONG_MS)
    open_review(page, server)
    for number in range(15):
        code = labels[sha_on_screen(page)]
        expect(page.locator("[data-testid=blind]")).to_be_visible()
        if number < 14:
            press_and_wait(page, code)
        else:
            page.keyboard.press(code)
    all_saved(page)
    page.goto(f"{server.url}/accept?project=zoo")
    page.get_by_role("button", name="Accept 15 pictures").click(timeout=LONG_MS)
    wait_for(lambda: by_state(workspace) == {"verified": 15, "auto_accepted": 15}, WORK)
    page.get_by_role("button", name="Take back").click(timeout=LONG_MS)
    wait_for(lambda: by_state(workspace) == {"verified": 15, "proposed": 15}, WORK)
    expect(page.get_by_role("button", name="Take back")).to_have_count(0, timeout=LONG_MS)
    [told] = acceptance_told.all_of(workspace, "zoo")
    assert told["state"] == "withdrawn"
