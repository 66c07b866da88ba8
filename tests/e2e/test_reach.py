"""What is pressed by finger or reached by Tab: large enough, and in the order that is seen."""

from pathlib import Path

from playwright.sync_api import Page, expect

from labeling.workspace import Workspace
from tests.app.seeding import seed
from tests.e2e.server import Server

SMALL = """() => [...document.querySelectorAll(
  ".pl-page :is(a[href], button, input, select), .st-key-project-table a, .pl-account")]
  .filter((one) => one.offsetParent)
  .map((one) => [one.textContent || one.dataset.testid, one.getBoundingClientRect()])
  .filter(([, { width, height }]) => width < 24 || height < 24)
  .map(([text]) => text)"""
FOCUSED = (
    "() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText"
)


def test_nothing_of_ours_is_too_small_to_press(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 12)
    server.start()
    for address, ready in (
        ("/", "[data-testid=stPageLink]"),
        ("/review?project=zoo", "[data-testid=review-image][data-sha]"),
        ("/review?project=zoo&view=grid", "[data-testid=grid-board][data-painted]"),
    ):
        page.goto(server.url + address)
        page.wait_for_selector(ready, timeout=60_000)
        assert page.evaluate(SMALL) == [], address


def test_tab_meets_the_choice_of_the_project_before_the_pages(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 2)
    server.start()
    page.goto(f"{server.url}/export?project=zoo")
    expect(page.get_by_test_id("stSidebar").get_by_label("Project")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("link", name="Import", exact=True)).to_be_visible()
    reached = []
    while not reached or "Import" not in reached[-1]:
        page.keyboard.press("Tab")
        reached.append(page.evaluate(FOCUSED))
        assert len(reached) < 12, reached
    assert any(one.startswith("Project") and one != "Projects" for one in reached), reached
