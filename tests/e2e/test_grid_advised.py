"""Pages of the grid that the single view advises: opened by a click, they give way again."""

from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import select

from db.tables import Decision
from labeling.workspace import Workspace
from tests.app.seeding import seed
from tests.e2e.grid_page import all_saved, painted, says, score_by_rank, shas, stored, tiles
from tests.e2e.review_page import IMAGE, begin_advised, open_review
from tests.e2e.server import Server


def open_advised(page: Page, banner: str) -> None:
    page.get_by_test_id(banner).get_by_role("link").click()
    painted(page)


def policies(workspace: Workspace) -> set[str | None]:
    with workspace.db.read() as session:
        return set(session.scalars(select(Decision.policy)))


def take_back(page: Page, title: str, count: int) -> None:
    """Undo the last act in the grid: its page is there again."""
    page.get_by_test_id("view-grid").click()
    painted(page)
    expect(page.get_by_test_id("grid-undo")).to_be_enabled()
    page.keyboard.press("u")
    expect(page.get_by_test_id("grid-title")).to_have_text(title)
    expect(tiles(page)).to_have_count(count)


def confirm_and_return(page: Page) -> None:
    page.keyboard.press("Enter")
    page.wait_for_selector(IMAGE, timeout=60_000)
    all_saved(page)


def test_work_begins_with_the_surest_of_each_class_each_confirmed_as_its_own(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 60)
    score_by_rank(workspace)
    server.start()
    open_review(page, server)
    glance = page.get_by_test_id("surest-first")
    expect(glance).to_contain_text("one page of the 30 surest pictures")
    expect(glance.locator("img")).to_have_count(6)
    expect(glance.locator("small")).to_have_text(["cat", "dog", "bird", "fish", "fox", "owl"])
    open_advised(page, "surest-first")
    expect(page.get_by_test_id("grid-title")).to_have_text("Surest of each class")
    labels, pictures = says(page), shas(page)
    assert labels == sorted(labels, key=["cat", "dog", "bird", "fish", "fox", "owl"].index)
    assert len(set(labels)) == 6
    tiles(page).first.click()
    page.keyboard.press("/")
    page.keyboard.type("owl")
    page.keyboard.press("Enter")
    confirm_and_return(page)
    expect(page.locator(".pl-toast")).to_contain_text(
        "29 pictures confirmed as proposed. Undo it in the grid"
    )
    expect(glance).to_have_count(0)
    wanted = [(pictures[0], "correct", ("owl",), "grid")]
    wanted += [
        (sha, "confirm", (label,), "grid")
        for sha, label in zip(pictures[1:], labels[1:], strict=True)
    ]
    assert stored(workspace) == wanted

    take_back(page, "Surest of each class", 29)
    assert sorted(shas(page)) == sorted(pictures[1:])
    all_saved(page)
    assert [kind for _, kind, _, _ in stored(workspace)[30:]] == ["undo"] * 29


def test_an_advised_page_gives_way_to_the_single_view_and_another_one_stays(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    begin_advised(page, server, workspace, tmp_path)
    open_advised(page, "grid-pays")
    page.keyboard.press("Shift+Enter")
    page.wait_for_selector(IMAGE, timeout=60_000)
    assert stored(workspace) == []
    open_advised(page, "grid-pays")
    confirm_and_return(page)
    assert [(kind, labels) for _, kind, labels, _ in stored(workspace)] == [
        ("confirm", ("dog",))
    ] * 5

    page.get_by_test_id("view-grid").click()
    painted(page)
    page.keyboard.press("Enter")
    all_saved(page)
    expect(page.get_by_test_id("grid-notice")).to_contain_text("No more pictures proposed as cat")
    assert len(stored(workspace)) == 10


def test_sure_pictures_at_random_are_advised_and_stay_together_when_taken_back(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    begin_advised(page, server, workspace, tmp_path, count=60, label=None, pictures=24, wrong=1.6)
    score_by_rank(workspace)
    expect(page.get_by_test_id("grid-pays")).to_contain_text(
        "Grid pays more now: 24 sure pictures at random; the model expects about 2 wrong."
    )
    open_advised(page, "grid-pays")
    expect(page.get_by_test_id("grid-title")).to_have_text("Sure ones at random")
    expect(page.get_by_test_id("grid-at-random")).to_have_attribute("aria-current", "true")
    expect(tiles(page)).to_have_count(24)
    labels, pictures = says(page), shas(page)
    assert labels == sorted(labels, key=["cat", "dog", "bird", "fish", "fox", "owl"].index)
    confirm_and_return(page)
    assert [(kind, answer) for _, kind, answer, _ in stored(workspace)] == [
        ("confirm", (label,)) for label in labels
    ]
    assert policies(workspace) == {"sure_at_random"}

    page.reload()
    take_back(page, "Sure ones at random", 24)
    all_saved(page)
    painted(page)
    page.keyboard.press("Enter")
    all_saved(page)
    assert sorted(sha for sha, kind, _, _ in stored(workspace)[48:]) == sorted(pictures)
    assert policies(workspace) - {None} == {"sure_at_random"}


def test_a_class_chosen_instead_of_the_advised_page_keeps_the_grid(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    begin_advised(page, server, workspace, tmp_path, pictures=100)
    open_advised(page, "grid-pays")
    expect(page.get_by_test_id("grid-limit")).to_have_value("100")
    page.get_by_test_id("grid-class").nth(2).click()
    expect(page.get_by_test_id("grid-limit")).to_have_value("60")
    expect(page.get_by_test_id("grid-board")).to_have_attribute(
        "aria-label", "Pictures proposed as bird"
    )
    painted(page)
    page.get_by_test_id("grid-confirm").click()
    expect(page.get_by_test_id("grid-notice")).to_contain_text("No more pictures proposed as bird")
    page.get_by_test_id("grid-surest").click()
    expect(page.get_by_test_id("grid-title")).to_have_text("Surest of each class")
