"""A person at the review page: every key that was taken is stored once."""

from pathlib import Path

from playwright.sync_api import Page, Route, expect

from labeling.workspace import Workspace
from tests.app.seeding import CLASSES, seed
from tests.e2e.review_page import (
    IMAGE,
    OUTBOX,
    all_saved,
    labels_now,
    open_review,
    press_and_wait,
    proposed_labels,
    sha_on_screen,
    stored,
)
from tests.e2e.server import Server


def test_thirty_pictures_by_keyboard_with_a_reload(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 40)
    server.start()
    open_review(page, server)
    expected: list[tuple[str, str, tuple[str, ...]]] = []
    for number in range(30):
        if number == 15:
            page.reload()
            page.wait_for_selector(IMAGE, timeout=60_000)
        top = page.locator(IMAGE).get_attribute("data-proposal") or ""
        second = CLASSES[(CLASSES.index(top) + 1) % len(CLASSES)]
        key, kind, labels = [
            ("Enter", "confirm", (top,)),
            ("2", "correct", (second,)),
            ("n", "none_of_these", ()),
        ][number % 3]
        expected.append((press_and_wait(page, key), kind, labels))
    all_saved(page)
    assert stored(workspace) == expected
    expect(page.get_by_test_id("progress")).to_have_text("30 of 40 pictures verified")


def test_undo_after_a_reload_brings_the_picture_back(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 10)
    server.start()
    open_review(page, server)
    press_and_wait(page, "Enter")
    last = press_and_wait(page, "Enter")
    all_saved(page)
    page.reload()
    page.wait_for_selector(IMAGE, timeout=60_000)
    expect(page.get_by_test_id("decision-state")).to_have_count(2)
    page.keyboard.press("u")
    expect(page.locator(IMAGE)).to_have_attribute("data-sha", last)
    all_saved(page)
    assert [kind for _, kind, _ in stored(workspace)] == ["confirm", "confirm", "undo"]
    assert labels_now(workspace)[last] == "proposed"
    press_and_wait(page, "3")
    all_saved(page)
    assert stored(workspace)[-1][:2] == (last, "correct")


def test_looking_back_and_changing_an_answer(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 10)
    server.start()
    open_review(page, server)
    first, second = press_and_wait(page, "Enter"), press_and_wait(page, "Enter")
    present = sha_on_screen(page)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(IMAGE)).to_have_attribute("data-sha", first)
    page.keyboard.press("n")
    expect(page.locator(IMAGE)).to_have_attribute("data-sha", second)
    page.keyboard.press("Escape")
    expect(page.locator(IMAGE)).to_have_attribute("data-sha", present)
    all_saved(page)
    assert stored(workspace)[-1] == (first, "none_of_these", ())
    assert len(labels_now(workspace)) - list(labels_now(workspace).values()).count("proposed") == 2


def test_a_click_counts_although_the_page_is_redrawn_under_the_mouse(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 6)
    server.start()
    open_review(page, server)
    page.route("**/api/decisions", lambda route: route.abort())
    press_and_wait(page, "Enter")
    sha, second = sha_on_screen(page), proposed_labels(page)[1]
    page.get_by_test_id("proposal").nth(1).hover()
    page.mouse.down()
    page.wait_for_timeout(2_500)  # several attempts to send, each of them drawn
    page.mouse.up()
    expect(page.locator(OUTBOX)).to_have_attribute("data-pending", "2")
    page.unroute("**/api/decisions")
    all_saved(page)
    assert stored(workspace)[-1] == (sha, "correct", (second,))


def test_enter_accepts_that_none_of_these_is_proposed(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 3, abstain=True)
    server.start()
    open_review(page, server)
    expect(page.locator(IMAGE)).to_have_attribute("data-proposal", "none_of_these")
    rows = page.get_by_role("group", name="Proposals").get_by_role("button")
    expect(rows.first).to_have_attribute("data-testid", "none-proposal")
    expect(rows.first).to_contain_text("0.90")
    expect(page.get_by_test_id("accept")).to_contain_text("Accept: none of these")
    sha = press_and_wait(page, "Enter")
    all_saved(page)
    assert stored(workspace) == [(sha, "none_of_these", ())]
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_test_id("none-proposal")).to_contain_text("your answer")


def test_several_labels_a_picture(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 6, mode="multi")
    server.start()
    open_review(page, server)
    labels = page.get_by_test_id("proposal").evaluate_all(
        "all => all.map((one) => one.dataset.label)"
    )
    expect(page.locator("[data-testid=proposal][data-marked]")).to_have_count(2)
    page.keyboard.press("2")
    page.keyboard.press("4")
    press_and_wait(page, "Enter")
    press_and_wait(page, "Enter")
    all_saved(page)
    (_, kind, chosen), (_, next_kind, next_chosen) = stored(workspace)
    assert (kind, sorted(chosen)) == ("correct", sorted([labels[0], labels[3]]))
    assert (next_kind, len(next_chosen)) == ("confirm", 2)


def test_states_without_a_picture(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "none", 0, name="empty")
    seed(workspace, tmp_path / "raw", 3, name="raw", prelabeled=False)
    seed(workspace, tmp_path / "pictures", 1)
    server.start()
    for project, text, link in (
        ("empty", "no pictures yet", "Import pictures"),
        ("raw", "No proposals yet", "Pre-label"),
        ("nowhere", "no project 'nowhere'", "Projects"),
    ):
        page.goto(f"{server.url}/review?project={project}")
        review = page.get_by_test_id("review")
        expect(review).to_contain_text(text, timeout=60_000)
        expect(review.get_by_role("link", name=link)).to_be_visible()
    expect(page.get_by_test_id("outbox")).to_be_hidden()
    review.get_by_role("link", name="Projects").click()
    expect(page.get_by_role("heading", name="Projects")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Page not found")).to_have_count(0)
    open_review(page, server)
    page.keyboard.press("Enter")
    verified = page.get_by_test_id("review")
    expect(verified).to_contain_text("Every picture is verified", timeout=30_000)
    expect(page.get_by_test_id("review").get_by_role("link", name="Export")).to_be_visible()


def test_counts_of_an_answer_that_was_under_way_do_not_replace_newer_ones(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 60)
    server.start()
    open_review(page, server)
    held: list[Route] = []
    page.route("**/api/queue*", lambda route: held.append(route))
    while not held:
        press_and_wait(page, "Enter")
    answer = held[0].fetch()
    told = len(stored(workspace))
    press_and_wait(page, "Enter")
    all_saved(page)
    held[0].fulfill(response=answer)
    page.unroute("**/api/queue*")
    page.wait_for_timeout(500)
    assert len(stored(workspace)) > told
    expected = f"{len(stored(workspace))} of 60 pictures verified"
    expect(page.get_by_test_id("progress")).to_have_text(expected)


def test_what_a_reviewer_still_has_to_settle_is_not_called_verified(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 2)
    server.start()
    open_review(page, server)
    page.keyboard.press("f")
    press_and_wait(page, "Enter")
    page.keyboard.press("Enter")
    review = page.get_by_test_id("review")
    expect(review).to_contain_text("Nothing is left to decide", timeout=30_000)
    expect(review).to_contain_text("1 picture waits for a reviewer")
    expect(review.get_by_role("link", name="Second look")).to_be_visible()
