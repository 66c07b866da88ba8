"""Keys that come before the next picture is on screen."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from labeling.workspace import Workspace
from tests.app.seeding import seed
from tests.e2e.review_page import IMAGE, all_saved, open_review, sha_on_screen, stored
from tests.e2e.server import Server

STROKES = """(gaps) => {
  const stroke = () => document.body.dispatchEvent(
    new KeyboardEvent('keydown', { key: 'Enter', code: 'Enter', bubbles: true, composed: true }))
  stroke()
  for (const gap of gaps) {
    const until = performance.now() + gap
    while (performance.now() < until) {}
    stroke()
  }
}"""
"""Enter, and again after each gap in ms; the page is kept from painting in between."""

MEDIA = "**/media/screen/*"


@pytest.fixture
def order(server: Server, workspace: Workspace, tmp_path: Path) -> list[str]:
    """Ten pictures to review on a server that runs: their SHA-256, in order."""
    shas = seed(workspace, tmp_path / "pictures", 10)
    server.start()
    return shas


def test_keys_that_come_while_the_page_hangs_decide_the_pictures_that_follow(
    page: Page, server: Server, workspace: Workspace, order: list[str]
) -> None:
    open_review(page, server)
    page.wait_for_timeout(500)  # the pictures ahead are decoded by now
    page.evaluate(STROKES, [50, 50])
    expect(page.locator(IMAGE)).to_have_attribute("data-sha", order[3])
    all_saved(page)
    assert [(sha, kind) for sha, kind, _ in stored(workspace)] == [
        (sha, "confirm") for sha in order[:3]
    ]


def test_a_key_that_bounces_decides_once(
    page: Page, server: Server, workspace: Workspace, order: list[str]
) -> None:
    open_review(page, server)
    page.wait_for_timeout(500)
    page.evaluate(STROKES, [8])
    expect(page.locator(IMAGE)).to_have_attribute("data-sha", order[1])
    page.wait_for_timeout(300)
    all_saved(page)
    assert [sha for sha, _, _ in stored(workspace)] == order[:1]


def test_a_key_pressed_long_before_its_picture_decides_nothing(
    page: Page, server: Server, workspace: Workspace, order: list[str]
) -> None:
    held: list[Route] = []
    page.route(
        MEDIA,
        lambda route: held.append(route) if order[1] in route.request.url else route.continue_(),
    )
    open_review(page, server)
    assert sha_on_screen(page) == order[0]
    page.keyboard.press("Enter")
    page.wait_for_timeout(100)
    page.keyboard.press("Enter")
    page.wait_for_timeout(600)
    for route in held:
        route.continue_()
    expect(page.locator(IMAGE)).to_have_attribute("data-sha", order[1])
    page.wait_for_timeout(300)
    all_saved(page)
    assert [sha for sha, _, _ in stored(workspace)] == order[:1]


def test_looking_back_forgets_keys_that_wait(
    page: Page, server: Server, workspace: Workspace, order: list[str]
) -> None:
    page.route(MEDIA, lambda route: None if order[1] in route.request.url else route.continue_())
    open_review(page, server)
    page.keyboard.press("Enter")
    page.wait_for_timeout(100)
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(IMAGE)).to_have_attribute("data-sha", order[0])
    page.wait_for_timeout(300)
    all_saved(page)
    assert [sha for sha, _, _ in stored(workspace)] == order[:1]
