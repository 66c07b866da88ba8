"""People at the same queue at once: nobody gets what somebody else has, nothing stays behind."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, Page
from sqlalchemy import update

from db.tables import Lease
from labeling.workspace import Workspace
from tests.app.seeding import seed
from tests.e2e.conftest import FLAGS, chromium_path
from tests.e2e.people import context_of, kill, log_in_people
from tests.e2e.review_page import IMAGE, all_saved, burst, labels_now, open_review, stored
from tests.e2e.server import Server, wait_for

PEOPLE = 6
PICTURES = 150
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def test_no_picture_is_decided_twice_and_none_is_left_out(
    browser: Browser, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    order = seed(workspace, tmp_path / "pictures", PICTURES)
    contexts = [context_of(browser, server, token) for token in start(server, workspace, PEOPLE)]
    pages = [context.new_page() for context in contexts]
    for page in pages:
        page.goto(f"{server.url}/review?project=zoo")
    wait_for(lambda: a_key_each(pages) and all_verified(workspace), 180)
    for context in contexts:
        context.close()
    decisions = stored(workspace)
    assert Counter(sha for sha, _, _ in decisions) == Counter(order)
    assert {kind for _, kind, _ in decisions} == {"confirm"}


def test_what_a_killed_browser_held_comes_back_after_its_time(
    browser: Browser, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    order = seed(workspace, tmp_path / "pictures", 12)
    first_token, second_token = start(server, workspace, 2)
    doomed = browser.browser_type.launch(executable_path=chromium_path(), args=list(FLAGS))
    page = context_of(doomed, server, first_token).new_page()
    open_review(page, server)
    decided = burst(page, 3)
    all_saved(page)
    kill(doomed)
    context = context_of(browser, server, second_token)
    other = context.new_page()
    other.goto(f"{server.url}/review?project=zoo")
    other.get_by_text("3 of 12 pictures verified").wait_for(timeout=60_000)
    assert other.locator(IMAGE).count() == 0
    leases_run_out(workspace)
    other.wait_for_selector(IMAGE, timeout=60_000)
    decided += burst(other, 9)
    all_saved(other)
    context.close()
    assert [sha for sha, _, _ in stored(workspace)] == decided
    assert sorted(decided) == sorted(order)


def start(server: Server, ws: Workspace, count: int) -> list[str]:
    """Start the server for ``count`` people; their login tokens."""
    tokens = log_in_people(ws, count)
    server.start()
    return tokens


def a_key_each(pages: list[Page]) -> bool:
    """Everybody presses Enter once; where no picture is on screen it does nothing."""
    for page in pages:
        page.keyboard.press("Enter")
    return True


def all_verified(ws: Workspace) -> bool:
    return set(labels_now(ws).values()) == {"verified"}


def leases_run_out(ws: Workspace) -> None:
    """Let the time of every lease be over: the server's clock can't be moved."""
    ws.db.write(lambda session: session.execute(update(Lease).values(expires_at=LONG_AGO)))
