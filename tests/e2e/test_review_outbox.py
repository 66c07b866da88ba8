"""Whatever breaks, every decision is stored once and in order."""

import time
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from labeling.workspace import Workspace
from tests.app.seeding import seed
from tests.e2e.review_page import (
    IMAGE,
    OUTBOX,
    all_saved,
    burst,
    open_review,
    press_and_wait,
    sha_on_screen,
    stored,
)
from tests.e2e.server import Server


def test_a_burst_of_presses_is_stored_once_and_in_order(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    order = seed(workspace, tmp_path / "pictures", 200)
    server.start()
    open_review(page, server)
    due = time.monotonic()
    while page.locator(IMAGE).count():
        page.keyboard.press("Enter")
        due = max(due + 0.05, time.monotonic())
        page.wait_for_timeout((due - time.monotonic()) * 1000)
    all_saved(page)
    assert [sha for sha, _, _ in stored(workspace)] == order


def test_a_killed_server_loses_and_doubles_nothing(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 120)
    server.start()
    open_review(page, server)
    shown = burst(page, 10)
    server.kill()
    shown += burst(page, 6)
    expect(page.locator(OUTBOX)).to_contain_text("kept on this machine")
    page.wait_for_timeout(500)
    server.start()
    all_saved(page)
    shown += burst(page, 10)
    all_saved(page)
    assert [sha for sha, _, _ in stored(workspace)] == shown


def test_decisions_made_offline_survive_a_closed_tab(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 40)
    server.start()
    open_review(page, server)
    page.route("**/api/decisions", lambda route: route.abort())
    shown = burst(page, 5)
    expect(page.locator(OUTBOX)).to_have_attribute("data-pending", "5")
    second = page.context.new_page()
    page.close()
    open_review(second, server)
    assert sha_on_screen(second) not in shown
    all_saved(second)
    assert [sha for sha, _, _ in stored(workspace)] == shown


def test_two_tabs_never_collide(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 60)
    server.start()
    second = page.context.new_page()
    for tab in (page, second):
        open_review(tab, server)
        tab.route("**/api/decisions", lambda route: route.abort())
    shown = [burst(tab, 5) for tab in (page, second)]
    for tab in (page, second):
        expect(tab.locator(OUTBOX)).to_have_attribute("data-pending", "5")
        tab.unroute("**/api/decisions")
    for tab in (page, second):
        all_saved(tab)
    rows = [sha for sha, _, _ in stored(workspace)]
    assert sorted(rows) == sorted(shown[0] + shown[1])
    assert [sha for sha in rows if sha in shown[0]] == shown[0]
    assert [sha for sha in rows if sha in shown[1]] == shown[1]


def test_a_refused_decision_is_shown_until_it_is_dealt_with(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 6)
    server.start()
    open_review(page, server)
    page.route("**/api/decisions", send_spoilt)
    press_and_wait(page, "Enter")
    expect(page.get_by_test_id("refused")).to_have_text("1 decision refused")
    page.unroute("**/api/decisions")
    page.reload()
    page.wait_for_selector(IMAGE, timeout=60_000)
    page.get_by_test_id("refused").click()
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_test_id("refused")).to_have_count(0)
    all_saved(page)
    assert [kind for _, kind, _ in stored(workspace)] == ["confirm"]


def send_spoilt(route: Route) -> None:
    """Let decisions reach the server in a form that it refuses one by one."""
    body = route.request.post_data or ""
    route.continue_(post_data=body.replace('"view":"single"', '"view":"no such view"'))
