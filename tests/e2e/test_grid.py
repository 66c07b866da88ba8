"""A person at the grid: marks the exceptions, confirms the rest, takes whole acts back."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from labeling.workspace import Workspace
from tests.app.seeding import seed
from tests.e2e.grid_page import (
    MARKED,
    OUTBOX,
    all_saved,
    begin,
    confirm,
    decisions,
    drag,
    look_alike,
    open_grid,
    painted,
    says,
    score_by_rank,
    shas,
    stack,
    states,
    stored,
    tiles,
)
from tests.e2e.server import Server, wait_for

FIGURES = re.compile(r"Expected error of the (\d+) selected: (.+?) %")


def test_marks_by_click_range_drag_and_keys(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    begin(page, server, workspace, tmp_path, 72)
    all_here = shas(page)
    assert len(all_here) == 12
    tiles(page).nth(1).click()
    assert shas(page, MARKED) == all_here[1:2]
    tiles(page).nth(4).click(modifiers=["Shift"])
    assert shas(page, MARKED) == all_here[1:5]
    tiles(page).nth(2).click()
    assert shas(page, MARKED) == [all_here[1], *all_here[3:5]]
    page.keyboard.press("Escape")
    expect(page.locator(MARKED)).to_have_count(0)
    drag(page, tiles(page).nth(0), tiles(page).nth(2))
    assert shas(page, MARKED) == all_here[:3]
    page.keyboard.press("Escape")
    tiles(page).nth(0).click()
    page.keyboard.press("Space")
    expect(page.locator(MARKED)).to_have_count(0)
    for key in ("ArrowRight", "x", "Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowLeft"):
        page.keyboard.press(key)
    assert shas(page, MARKED) == all_here[1:3]
    expect(page.get_by_test_id("grid-marked")).to_have_text("2 marked")
    page.keyboard.press("a")
    expect(page.locator(MARKED)).to_have_count(12)
    assert stored(workspace) == []


def test_exceptions_are_relabeled_and_the_rest_is_one_act(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    begin(page, server, workspace, tmp_path)
    here = shas(page)
    tiles(page).nth(0).click()
    tiles(page).nth(3).click()
    page.keyboard.press("2")
    expect(page.locator(MARKED)).to_have_count(0)
    expect(tiles(page).nth(3)).to_have_attribute("data-says", "→ dog")
    tiles(page).nth(5).click()
    page.keyboard.press("n")
    tiles(page).nth(6).click()
    expect(page.get_by_test_id("grid-confirm")).to_contain_text("Confirm 6 pictures as cat")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("grid-notice")).to_contain_text("1 picture that you left out waits")
    all_saved(page)
    rest = [sha for at, sha in enumerate(here) if at not in (0, 3, 5, 6)]
    assert stored(workspace) == [
        (here[0], "correct", ("dog",), "grid"),
        (here[3], "correct", ("dog",), "grid"),
        (here[5], "none_of_these", (), "grid"),
        *((sha, "confirm", ("cat",), "grid") for sha in rest),
    ]
    acts = [one.act_id for one in decisions(workspace)]
    assert [len(set(part)) for part in (acts[:2], acts[2:3], acts[3:], acts)] == [1, 1, 1, 3]
    assert states(workspace, [here[6]]) == {"proposed"}


def test_a_whole_act_is_undone_also_after_a_reload(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    begin(page, server, workspace, tmp_path, 180)
    page.get_by_test_id("grid-limit").select_option("24")
    expect(tiles(page)).to_have_count(24)
    painted(page)
    tiles(page).nth(2).click()
    page.keyboard.press("3")
    first = confirm(page)
    all_saved(page)
    page.keyboard.press("u")
    expect(tiles(page).first).to_have_attribute("data-sha", first[0])
    all_saved(page)
    assert states(workspace, first) == {"proposed", "verified"}  # the bird stays
    painted(page)
    confirm(page)
    all_saved(page)
    assert states(workspace, first) == {"verified"}
    page.reload()
    painted(page)
    expect(page.get_by_test_id("grid-undo")).to_be_enabled()
    page.keyboard.press("Control+z")
    expect(tiles(page)).to_have_count(23)
    all_saved(page)
    page.keyboard.press("u")
    wait_for(lambda: states(workspace, first) == {"proposed"}, 20)
    all_saved(page)
    undone = [one for one in decisions(workspace) if one.kind == "undo"]
    assert len({one.act_id for one in undone}) == 3
    expect(page.get_by_test_id("refused")).to_have_count(0)


def test_what_is_undone_after_a_reload_counts_as_waiting_again(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    begin(page, server, workspace, tmp_path)
    page.keyboard.press("Enter")
    all_saved(page)
    expect(page.get_by_test_id("progress")).to_contain_text("10 of 60")
    page.reload()
    expect(page.get_by_test_id("grid-title")).to_contain_text("0 waiting", timeout=60_000)
    expect(page.get_by_test_id("grid-undo")).to_be_enabled()
    page.keyboard.press("u")
    expect(tiles(page)).to_have_count(10)
    all_saved(page)
    expect(page.get_by_test_id("grid-title")).to_contain_text("10 waiting")
    expect(page.get_by_test_id("progress")).to_have_text("0 of 60 pictures verified")


def test_a_reload_in_the_middle_keeps_marks_and_repeats_nothing(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    begin(page, server, workspace, tmp_path)
    here = shas(page)
    tiles(page).nth(1).click()
    page.keyboard.press("2")
    all_saved(page)
    tiles(page).nth(4).click()
    page.reload()
    painted(page)
    assert shas(page) == [here[0], *here[2:]]
    assert shas(page, MARKED) == [here[4]]


def test_decided_offline_is_stored_once_the_server_is_back(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    begin(page, server, workspace, tmp_path, 180)
    page.get_by_test_id("grid-limit").select_option("24")
    expect(tiles(page)).to_have_count(24)
    painted(page)
    page.wait_for_timeout(500)  # the next page is fetched
    server.kill()
    decided = confirm(page)
    painted(page)
    tiles(page).first.click()
    page.keyboard.press("4")
    expect(page.locator(OUTBOX)).to_have_attribute("data-pending", "25")
    expect(page.locator(OUTBOX)).to_contain_text("25 kept on this machine")
    decided.append(shas(page)[0])
    page.wait_for_timeout(500)
    server.start()
    all_saved(page)
    assert [sha for sha, *_ in stored(workspace)] == decided
    assert states(workspace, decided) == {"verified"}


def test_a_stack_is_labeled_once_and_opened_with_a_key(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 60)
    stack(workspace, ["cat", "cat", "dog"])
    stack(workspace, ["cat", "cat"])
    server.start()
    open_grid(page, server)
    expect(tiles(page)).to_have_count(8)
    badges = page.locator(".pl-badge")
    assert badges.all_text_contents() == ["×3", "×2"]
    expect(page.get_by_role("checkbox", name="stack of 3 near-duplicates")).to_have_count(1)
    expect(tiles(page).get_by_role("button")).to_have_count(0)
    expect(page.get_by_test_id("grid-confirm")).to_contain_text(
        "Confirm 11 pictures as cat (3 by stack)"
    )
    tiles(page).nth(1).click()
    page.keyboard.press("Escape")
    page.keyboard.press("d")
    expect(tiles(page)).to_have_count(9)
    badges.filter(has_text="open").click()
    expect(tiles(page)).to_have_count(8)
    badges.filter(has_text="×2").click()
    expect(tiles(page)).to_have_count(9)
    tiles(page).nth(2).click()
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("grid-notice")).to_be_visible()
    all_saved(page)
    rows = stored(workspace)
    assert [row[1:] for row in rows].count(("confirm", ("cat",), "grid")) == 8
    assert [row[1:] for row in rows].count(("confirm", ("cat",), "group")) == 1
    assert [row[1:] for row in rows].count(("correct", ("cat",), "group")) == 1
    assert [row[1:] for row in rows].count(("correct", ("bird",), "grid")) == 1
    assert len(rows) == 11


def open_alike(page: Page, server: Server, workspace: Workspace, folder: Path) -> None:
    """Open a grid in which the first of eight tiles stacks three pictures that look alike."""
    seed(workspace, folder / "pictures", 60)
    look_alike(workspace, ["cat", "cat", "cat"])
    server.start()
    open_grid(page, server)
    expect(tiles(page)).to_have_count(8)


def test_one_decision_serves_what_looks_alike_once_it_was_looked_at(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    open_alike(page, server, workspace, tmp_path)
    badge = page.locator(".pl-badge")
    assert badge.all_text_contents() == ["≈3"]
    button = page.get_by_test_id("grid-confirm")
    expect(button).to_contain_text("Confirm 8 pictures as cat")
    first = page.get_by_role("checkbox", name="3 that look alike; 2 wait until it was opened")
    first.click()
    page.keyboard.press("d")
    expect(tiles(page)).to_have_count(10)
    page.keyboard.press("d")
    expect(tiles(page)).to_have_count(8)
    assert badge.all_text_contents() == ["≈3 ✓"]
    page.keyboard.press("3")
    all_saved(page)
    rows = [row[1:] for row in stored(workspace)]
    assert rows == [("correct", ("bird",), view) for view in ("grid", "group", "group")]
    page.keyboard.press("u")
    all_saved(page)
    assert [row[1] for row in stored(workspace)][3:] == ["undo"] * 3
    expect(button).to_contain_text("Confirm 10 pictures as cat (2 by stack)")


def test_what_looks_alike_and_was_not_opened_waits_for_a_later_page(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    open_alike(page, server, workspace, tmp_path)
    page.keyboard.press("Enter")
    expect(page.locator(".pl-toast")).to_contain_text("2 in unopened stacks left for later")
    all_saved(page)
    assert [row[1:] for row in stored(workspace)] == [("confirm", ("cat",), "grid")] * 8
    expect(tiles(page)).to_have_count(1)
    assert page.locator(".pl-badge").all_text_contents() == ["≈2"]


def test_the_threshold_leaves_out_what_is_below(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 60)
    score_by_rank(workspace)
    server.start()
    open_grid(page, server)
    expect(page.get_by_test_id("grid-figures")).to_contain_text("not measured blind yet")
    slider = page.get_by_test_id("grid-threshold")
    slider.fill("55")
    here = shas(page)
    scores = [float(text.split()[0]) for text in says(page) if "out" not in text]
    assert len(scores) == 5
    assert all(score >= 0.55 for score in scores)
    found = FIGURES.search(page.get_by_test_id("grid-figures").text_content() or "")
    assert found
    assert found.groups() == (
        "5",
        f"{100 * sum(1 - score for score in scores) / len(scores):.0f}",
    )
    slider.press("ArrowRight")  # the slider keeps its own keys
    slider.press("ArrowLeft")
    page.keyboard.press("Enter")
    all_saved(page)
    assert [row[0] for row in stored(workspace)] == here[:5]


@pytest.mark.parametrize(
    ("key", "kind", "word"), [("s", "skip", "↷ skipped"), ("f", "flag", "⚑ flagged")]
)
def test_marked_pictures_are_skipped_or_flagged(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path, key: str, kind: str, word: str
) -> None:
    begin(page, server, workspace, tmp_path)
    here = shas(page)
    page.keyboard.press(key)  # nothing is marked: nothing happens
    tiles(page).nth(2).click()
    page.keyboard.press(key)
    page.keyboard.press(key if kind == "skip" else "Enter")
    expect(tiles(page).nth(2)).to_have_attribute("data-says", word)
    all_saved(page)
    assert [row[:2] for row in stored(workspace)] == [(here[2], kind)]


def test_sets_of_labels_are_confirmed_whole(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 60, mode="multi")
    server.start()
    open_grid(page, server, "cat|dog")
    here = shas(page)
    expect(page.get_by_test_id("grid-title")).to_contain_text("cat, dog")
    tiles(page).nth(0).click()
    page.keyboard.press("3")  # a bird as well
    page.keyboard.press("1")  # and no cat
    expect(tiles(page).nth(0)).to_have_attribute("data-says", "✕ → dog, bird")
    page.keyboard.press("Enter")
    all_saved(page)
    rows = stored(workspace)
    assert [row[:2] for row in rows[:2]] == [(here[0], "correct")] * 2
    assert set(rows[1][2]) == {"dog", "bird"}
    assert {row[1] for row in rows[2:]} == {"confirm"}
    assert all(set(row[2]) == {"cat", "dog"} for row in rows[2:])
    assert len(rows) == 11


def test_an_act_on_another_class_is_undone_on_a_page_of_its_own(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    begin(page, server, workspace, tmp_path)
    here = shas(page)
    page.keyboard.press("Enter")
    notice = page.get_by_test_id("grid-notice")
    expect(notice).to_contain_text("No more pictures proposed as cat")
    page.get_by_test_id("grid-elsewhere").click()
    expect(page.get_by_test_id("grid-title")).to_contain_text("dog")
    painted(page)
    page.keyboard.press("Shift+Enter")
    expect(notice).to_contain_text("10 pictures that you left out")
    page.keyboard.press("u")
    expect(page.get_by_test_id("grid-title")).to_contain_text("cat")
    expect(tiles(page)).to_have_count(10)
    painted(page)
    assert shas(page) == here
    page.keyboard.press("Shift+Enter")
    expect(notice).to_contain_text("10 pictures that you left out")
    all_saved(page)
    assert states(workspace, here) == {"proposed"}
