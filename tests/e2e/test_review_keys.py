"""Keys at the review page: of every layout, of one's own, and what is no key."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from labeling.class_names import parse
from labeling.workflows import classes
from labeling.workspace import Workspace
from tests.app.seeding import CLASSES, NO_CHECKS, seed
from tests.e2e.review_page import (
    IMAGE,
    all_saved,
    dispatch,
    open_review,
    press_and_wait,
    proposed_labels,
    sha_on_screen,
    stored,
)
from tests.e2e.server import Server, wait_for


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


def test_codes_of_two_strokes(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 6, review=NO_CHECKS | {"digits": "code"})
    more = ("gnu", "hen", "ibis", "jay", "kiwi")
    classes.set_classes(workspace, "zoo", parse(",".join(CLASSES + more)))
    server.start()
    open_review(page, server)
    first = sha_on_screen(page)
    pending = page.get_by_test_id("pending-code")
    page.keyboard.press("1")
    expect(pending).to_contain_text("jay")
    page.keyboard.press("Escape")
    expect(pending).to_be_hidden()
    page.keyboard.press("2")
    page.keyboard.press("x")
    expect(page.get_by_test_id("review")).to_contain_text("No class has the code 2x")
    assert sha_on_screen(page) == first
    page.keyboard.press("1")
    press_and_wait(page, "1")
    press_and_wait(page, "0")
    page.keyboard.press(".")
    expect(page.get_by_test_id("review")).to_contain_text("by rank")
    second = proposed_labels(page)[1]
    press_and_wait(page, "2")
    all_saved(page)
    assert [labels for _, _, labels in stored(workspace)] == [("dog",), (), (second,)]


def test_keys_of_ones_own(page: Page, server: Server, workspace: Workspace, tmp_path: Path) -> None:
    seed(workspace, tmp_path / "pictures", 8)
    server.start()
    open_review(page, server)
    said = page.get_by_test_id("keys-said")
    expect(
        page.get_by_role("button", name=re.compile(r"^cat .*score 0\.\d\d ?, key 1$"))
    ).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("rowheader", name="Shift+S", exact=True)).to_be_visible()
    page.get_by_role("button", name="Change the key of Skip", exact=True).click()
    page.keyboard.press("x")
    expect(said).to_contain_text("X is the key of “Mark” in the other view")
    page.get_by_role("button", name="Change the key of Skip", exact=True).click()
    page.keyboard.press("o")
    expect(said).to_contain_text("Kept")
    page.get_by_role("button", name="Change the key of Flag", exact=True).click()
    page.keyboard.press("o")
    expect(said).to_contain_text("O is the key of “Skip”")
    page.get_by_role("button", name="Change the key of Flag", exact=True).click()
    page.keyboard.press("4")
    expect(said).to_contain_text("The digits 1 to 9 choose classes")
    page.get_by_role("button", name="Give a class a key").click()
    page.keyboard.type("owl")
    page.keyboard.press("Enter")
    page.keyboard.press("k")
    expect(said).to_contain_text("Kept")
    page.keyboard.press("Escape")
    before = sha_on_screen(page)
    page.keyboard.press("s")
    page.wait_for_timeout(200)
    assert sha_on_screen(page) == before
    page.keyboard.press("o")
    press_and_wait(page, "o")
    page.reload()
    page.wait_for_selector(IMAGE, timeout=60_000)
    expect(page.get_by_test_id("skip")).to_contain_text("O")
    press_and_wait(page, "k")
    all_saved(page)
    (_, kind, _), (_, _, labels) = stored(workspace)
    assert (kind, labels) == ("skip", ("owl",))


def test_single_letters_can_be_switched_off(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 8)
    server.start()
    open_review(page, server)
    page.keyboard.press("?")
    page.get_by_label("No single letters and signs").check()
    expect(page.get_by_test_id("keys-said")).to_contain_text("Kept")
    page.keyboard.press("Escape")
    before = sha_on_screen(page)
    for off in ("n", "s", "/", "?", "u"):
        page.keyboard.press(off)
    page.wait_for_timeout(200)
    assert sha_on_screen(page) == before
    expect(page.get_by_role("dialog")).to_have_count(0)
    press_and_wait(page, "2")
    page.get_by_test_id("skip").click()
    page.keyboard.press("s")
    page.keyboard.press("4")
    page.keyboard.press("Control+z")
    expect(page.get_by_test_id("decision-state")).to_have_count(1)
    page.get_by_test_id("help").click()
    page.get_by_label("All keys work").check()
    expect(page.get_by_test_id("keys-said")).to_contain_text("Kept")
    page.keyboard.press("Escape")
    press_and_wait(page, "n")
    all_saved(page)
    kinds = [kind for _, kind, _ in stored(workspace)]
    assert kinds == ["correct", "skip", "undo", "none_of_these"]
