"""A person at the review page: every key that was taken is stored once, whatever breaks."""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select

from db.tables import Class, Decision, Item
from labeling.workspace import Workspace
from tests.app.seeding import CLASSES, seed
from tests.e2e.server import Server, wait_for

IMAGE = "[data-testid=review-image]"
OUTBOX = "[data-testid=outbox]"
SAVED = re.compile(r"^0$")


def open_review(page: Page, server: Server, project: str = "zoo") -> None:
    page.goto(f"{server.url}/review?project={project}")
    page.wait_for_selector(IMAGE, timeout=60_000)


def sha_on_screen(page: Page) -> str:
    sha = page.locator(IMAGE).get_attribute("data-sha")
    assert sha
    return sha


def press_and_wait(page: Page, key: str) -> str:
    """Press a key that decides; the SHA-256 it was pressed for."""
    sha = sha_on_screen(page)
    page.keyboard.press(key)
    page.wait_for_function(
        "([q, old]) => document.querySelector(q)?.dataset.sha !== old", arg=[IMAGE, sha]
    )
    return sha


def all_saved(page: Page) -> None:
    expect(page.locator(OUTBOX)).to_have_attribute("data-pending", SAVED, timeout=60_000)


def stored(ws: Workspace) -> list[tuple[str, str, tuple[str, ...]]]:
    """(SHA-256, kind, labels) of every decision, in the server's order."""
    with ws.db.read() as session:
        names = dict(session.execute(select(Class.id, Class.name)).tuples().all())
        rows = session.execute(
            select(Item.sha256, Decision.kind, Decision.labels)
            .join(Item, Item.id == Decision.item_id)
            .order_by(Decision.seq)
        )
        return [(sha, kind, tuple(names[c] for c in labels)) for sha, kind, labels in rows]


def labels_now(ws: Workspace) -> dict[str, str]:
    """State of every picture, by its SHA-256."""
    with ws.db.read() as session:
        return dict(session.execute(select(Item.sha256, Item.state)).tuples().all())


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


def test_type_ahead_and_what_is_no_key_of_ours(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 10)
    server.start()
    open_review(page, server)
    before = sha_on_screen(page)
    for ignored in ("x", "Control+Enter", "Alt+1", "9", "r", "c"):
        page.keyboard.press(ignored)
    assert sha_on_screen(page) == before
    page.keyboard.press("/")
    page.keyboard.type("fo")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "([q, old]) => document.querySelector(q).dataset.sha !== old", arg=[IMAGE, before]
    )
    page.wait_for_timeout(300)  # an Enter that went through would accept the next one by now
    all_saved(page)
    assert stored(workspace) == [(before, "correct", ("fox",))] or stored(workspace) == [
        (before, "confirm", ("fox",))
    ]


@pytest.mark.parametrize(
    ("code", "key", "rank"),
    [
        ("Digit2", "é", 2),
        ("Numpad1", "End", 1),
        ("Numpad3", "PageDown", 3),
        ("NumpadEnter", "Enter", 1),
    ],
)
def test_keys_of_other_layouts(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path, code: str, key: str, rank: int
) -> None:
    seed(workspace, tmp_path / "pictures", 4)
    server.start()
    open_review(page, server)
    labels = page.get_by_test_id("proposal").evaluate_all(
        "all => all.map((one) => one.dataset.label)"
    )
    dispatch(page, code, key, repeat=True)
    dispatch(page, code, key, isComposing=True)
    dispatch(page, code, key)
    wait_for(lambda: stored(workspace), 20)
    all_saved(page)
    assert [chosen for _, _, chosen in stored(workspace)] == [(labels[rank - 1],)]


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
    expect(page.get_by_test_id("review")).to_contain_text("Every picture is verified")
    expect(page.get_by_test_id("review").get_by_role("link", name="Export")).to_be_visible()


def burst(page: Page, count: int) -> list[str]:
    """Press Enter ``count`` times, 20 a second, each for another picture; their SHA-256."""
    shown = []
    for _ in range(count):
        due = time.monotonic() + 0.05
        shown.append(press_and_wait(page, "Enter"))
        page.wait_for_timeout(max(0.0, (due - time.monotonic()) * 1000))
    return shown


def proposed_labels(page: Page) -> list[str]:
    """The proposals on screen, best first."""
    return page.get_by_test_id("proposal").evaluate_all(
        "all => all.map((one) => one.dataset.label)"
    )


def dispatch(page: Page, code: str, key: str, **more: bool) -> None:
    page.evaluate(
        "(init) => document.body.dispatchEvent(new KeyboardEvent('keydown', init))",
        {"code": code, "key": key, "bubbles": True, "composed": True, **more},
    )


def send_spoilt(route: Route) -> None:
    """Let decisions reach the server in a form that it refuses one by one."""
    body = route.request.post_data or ""
    route.continue_(post_data=body.replace('"view":"single"', '"view":"no such view"'))
