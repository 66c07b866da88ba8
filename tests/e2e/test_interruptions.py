"""Everything that can break in the middle of a person's work, in one go: nothing is lost, nothing
is stored twice, and the order is the one in which the pictures were on screen."""

from pathlib import Path

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from labeling.workspace import Workspace
from tests.app.seeding import seed
from tests.e2e.review_page import (
    IMAGE,
    OUTBOX,
    all_saved,
    burst,
    open_review,
    sha_on_screen,
    stored,
)
from tests.e2e.server import Server

KEYS, OUTAGE_MS = 500, 60_000


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_reload_closed_tab_lost_network_and_killed_server(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", KEYS + 40)
    server.start()
    open_review(page, server)
    fifth = KEYS // 5
    shown = burst(page, fifth)
    page.reload()
    page.wait_for_selector(IMAGE, timeout=60_000)
    shown += burst(page, fifth)
    page = instead_of(page)
    open_review(page, server)
    shown += burst(page, fifth)
    page.context.set_offline(True)
    shown += until_stuck(page)
    page.wait_for_timeout(OUTAGE_MS)
    page.context.set_offline(False)
    shown += next_picture(page, shown[-1], fifth // 2)
    server.kill()
    shown += until_stuck(page)
    server.start()
    shown += next_picture(page, shown[-1], KEYS - len(shown))
    all_saved(page)
    assert len(set(shown)) == len(shown) == KEYS
    assert [sha for sha, _, _ in stored(workspace)] == shown


def test_a_late_answer_brings_back_nothing_that_was_decided_meanwhile(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 60)
    server.start()
    open_review(page, server)
    late: list[tuple[Route, APIResponse]] = []
    page.route("**/api/queue?*", lambda route: late.append((route, route.fetch())), times=1)
    shown = burst(page, 14)
    all_saved(page)
    [(route, answer)] = late
    route.fulfill(response=answer)
    shown += burst(page, 20)
    all_saved(page)
    assert len(set(shown)) == len(shown)
    assert [sha for sha, _, _ in stored(workspace)] == shown


def instead_of(page: Page) -> Page:
    """Close a tab and open another one in the same browser."""
    opened = page.context.new_page()
    page.close()
    return opened


def until_stuck(page: Page) -> list[str]:
    """Go on without a server until the pictures fetched ahead are used up; what was decided.

    Keys that are pressed then, with no new picture on screen, decide nothing.
    """
    shown = []
    for _ in range(40):
        shown.append(sha_on_screen(page))
        page.keyboard.press("Enter")
        page.wait_for_timeout(100)
    decided = list(dict.fromkeys(shown))
    assert len(decided) < len(shown)
    expect(page.locator(OUTBOX)).to_contain_text("kept on this machine")
    return decided


def next_picture(page: Page, last: str, keys: int) -> list[str]:
    """Wait until a picture comes after the last one, and decide ``keys`` of them."""
    expect(page.locator(IMAGE)).not_to_have_attribute("data-sha", last, timeout=60_000)
    return burst(page, keys)
