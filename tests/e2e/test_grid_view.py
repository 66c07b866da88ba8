"""The grid's page: its order, its dialogs, its tabs, a narrow screen, both themes."""

import re
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from labeling.workflows import accounts, guidelines
from labeling.workspace import Workspace
from tests.app.seeding import seed
from tests.e2e.grid_page import (
    MARKED,
    all_saved,
    begin,
    open_grid,
    painted,
    says,
    score_by_rank,
    shas,
    stack,
    stored,
    tiles,
)
from tests.e2e.server import Server
from tests.rows import NO_CHECKS

CONTRAST = Path(__file__).with_name("contrast.js").read_text()


def test_the_type_ahead_relabels_what_is_marked_else_shows_a_class(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    begin(page, server, workspace, tmp_path)
    here = shas(page)
    tiles(page).nth(1).click()
    page.keyboard.press("/")
    page.keyboard.type("ow")
    page.keyboard.press("Enter")
    all_saved(page)
    assert stored(workspace) == [(here[1], "correct", ("owl",), "grid")]
    page.keyboard.press("/")
    page.keyboard.type("fox")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("grid-title")).to_contain_text("fox")
    assert len(stored(workspace)) == 1


def test_the_views_are_one_click_apart(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 30)
    server.start()
    open_grid(page, server, label=None)
    page.get_by_test_id("view-single").click()
    page.wait_for_selector("[data-testid=review-image]", timeout=60_000)
    assert "project=zoo" in page.url
    assert "view=grid" not in page.url
    page.get_by_test_id("view-grid").click()
    painted(page)
    assert "view=grid" in page.url
    page.get_by_test_id("grid-class").nth(2).click()
    expect(page.get_by_test_id("grid-title")).to_contain_text("bird")
    page.wait_for_url(re.compile("label=bird"))
    page.go_back()
    page.wait_for_selector("[data-testid=review-image]", timeout=60_000)
    expect(page.get_by_test_id("grid")).to_have_count(0)
    page.go_forward()
    painted(page)
    expect(page.get_by_test_id("grid-title")).to_contain_text("bird")


def test_fingers_mark_and_confirm_on_a_narrow_screen(
    browser: Browser, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 60)
    server.start()
    narrow = {"width": 390, "height": 844}
    context = browser.new_context(viewport=narrow, has_touch=True, is_mobile=True)
    page = context.new_page()
    open_grid(page, server)
    here = shas(page)
    tiles(page).nth(1).tap()
    assert shas(page, MARKED) == [here[1]]
    for button in page.locator(".pl-actions button:visible").all():
        box = button.bounding_box()
        assert box
        assert box["height"] >= 44
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0
    page.get_by_test_id("grid-none").tap()
    page.get_by_test_id("grid-confirm").tap()
    all_saved(page)
    context.close()
    assert [row[1] for row in stored(workspace)] == ["none_of_these"] + ["confirm"] * 9


def test_enter_goes_on_with_the_class_that_has_most(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 14)
    server.start()
    open_grid(page, server, label=None)
    expect(page.get_by_test_id("grid-title")).to_contain_text("cat")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("grid-notice")).to_contain_text("No more pictures proposed as cat")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("grid-title")).to_contain_text("dog")
    all_saved(page)
    assert len(stored(workspace)) == 3


def test_dialogs_take_the_keys_and_own_keys_are_obeyed(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    begin(page, server, workspace, tmp_path)
    here = shas(page)
    dialog = page.get_by_role("dialog")
    lead = accounts.local_user(workspace)
    guidelines.save(workspace, lead, "zoo", "cat", instructions="Any cat.")
    page.keyboard.press("g")
    expect(dialog.get_by_role("button", name="cat")).to_have_css("display", "flex")
    page.keyboard.press("Escape")
    for key, title in (("g", "Guidelines"), ("?", "Keys")):
        page.keyboard.press(key)
        expect(dialog).to_have_attribute("aria-label", title)
        page.keyboard.press("Enter")  # confirms nothing
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
    page.keyboard.press("?")
    page.get_by_role("button", name="Change the key of None of these").click()
    page.keyboard.press("j")
    expect(page.get_by_test_id("keys-said")).to_contain_text("Kept")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("grid-none")).to_contain_text("J")
    tiles(page).nth(1).click()
    page.keyboard.press("n")
    page.keyboard.press("j")
    all_saved(page)
    assert stored(workspace) == [(here[1], "none_of_these", (), "grid")]


def test_a_page_that_was_hardly_looked_at_is_not_confirmed(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    page.clock.install()
    review = NO_CHECKS | {"shortest_seconds": 3.0}
    begin(page, server, workspace, tmp_path, review=review)
    here = shas(page)
    page.keyboard.press("Enter")
    expect(page.get_by_text("look at a page for at least 3 s")).to_be_visible()
    assert shas(page) == here
    tiles(page).nth(0).click()
    page.keyboard.press("n")
    page.clock.fast_forward(3_000)
    page.keyboard.press("Enter")
    all_saved(page)
    kinds = [kind for _, kind, _, _ in stored(workspace)]
    assert kinds == ["none_of_these", *["confirm"] * (len(here) - 1)]


def test_most_suspicious_first_turns_the_order(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 60)
    score_by_rank(workspace)
    server.start()
    open_grid(page, server)
    certain = says(page)
    page.get_by_role("button", name="Most suspicious first").click()
    expect(tiles(page).first).to_have_attribute("data-says", certain[-1])
    painted(page)
    assert says(page) == certain[::-1]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_can_be_read_in_both_themes(
    page: Page,
    server: Server,
    workspace: Workspace,
    tmp_path: Path,
    theme: Literal["light", "dark"],
) -> None:
    seed(workspace, tmp_path / "pictures", 60)
    stack(workspace, ["cat", "cat"])
    page.emulate_media(color_scheme=theme)
    server.start()
    open_grid(page, server)
    tiles(page).nth(1).click()
    page.keyboard.press("d")
    grid = page.get_by_test_id("grid")
    assert grid.evaluate(CONTRAST) == []
    page.keyboard.press("?")
    assert grid.evaluate(CONTRAST) == []
