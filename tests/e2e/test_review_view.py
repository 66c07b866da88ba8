"""How the picture is looked at: zoom, its lock, brightness, and fingers on a small screen."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from labeling.workspace import Workspace
from tests.app.seeding import seed
from tests.e2e.review_page import (
    IMAGE,
    all_saved,
    open_review,
    press_and_wait,
    sha_on_screen,
    stored,
)
from tests.e2e.server import Server

FINGER = 44  # px, the least that a finger hits
CONTRAST = Path(__file__).with_name("contrast.js").read_text()
WATCH_SKIP = """() => {
  window.heights = {}
  const top = (id) => document.querySelector(`[data-testid=${id}]`).getBoundingClientRect().top
  const look = () => {
    const said = document.querySelector(".pl-status").innerText
    heights[Math.round(top("skip") - top("review"))] = said
    requestAnimationFrame(look)
  }
  look()
}"""
"""Notes where the button stands in the page, frame by frame, and what the status line says."""
BUTTONS = ".pl-review button:visible, .pl-review .pl-tab:visible"


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    yield context.new_page()
    context.close()


def width(picture: Locator) -> float:
    box = picture.bounding_box()
    assert box
    return box["width"]


def swipe(page: Page, right: int) -> None:
    """Draw one finger over the picture, by ``right`` px, and lift it as it rests.

    A finger lifted in motion flings, and a tap in that moment only ends the fling.
    """
    session = page.context.new_cdp_session(page)
    for kind, x in (("Start", 190), ("Move", 190 + right // 2), ("Move", 190 + right), ("End", 0)):
        points = [] if kind == "End" else [{"x": x, "y": 320}]
        if kind == "End":
            page.wait_for_timeout(150)
        session.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})


def test_zoom_is_let_go_with_the_picture_unless_it_is_locked(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 8)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    server.start()
    open_review(page, server)
    level = page.get_by_test_id("zoom")
    fitted = width(page.locator(IMAGE))
    page.keyboard.press("+")
    expect(level).to_have_text("150 %")
    assert width(page.locator(IMAGE)) == pytest.approx(1.5 * fitted, rel=0.01)
    press_and_wait(page, "Enter")
    expect(level).to_have_text("100 %")
    page.locator(IMAGE).dblclick()
    expect(level).to_have_text("300 %")
    page.keyboard.press("l")
    expect(page.get_by_test_id("lock-zoom")).to_have_attribute("aria-pressed", "true")
    press_and_wait(page, "Enter")
    expect(level).to_have_text("300 %")
    page.locator(IMAGE).hover()
    page.mouse.wheel(0, 2_000)
    expect(level).to_have_text("100 %")
    assert not [url for url in asked if "/media/original/" in url]


def test_a_zoomed_picture_shows_all_its_pixels_and_moves(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 2, size=1400)
    server.start()
    open_review(page, server)
    page.keyboard.press("+")
    page.keyboard.press("+")
    expect(page.locator(".pl-original")).to_be_visible()
    before = page.locator(IMAGE).bounding_box()
    page.keyboard.press("Shift+ArrowRight")
    page.mouse.move(500, 400)
    page.mouse.down()
    page.mouse.move(460, 400)
    page.mouse.up()
    after = page.locator(IMAGE).bounding_box()
    assert before
    assert after
    assert after["x"] == pytest.approx(before["x"] - 120, abs=2)
    assert page.locator(".pl-original").bounding_box() == after
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("zoom")).to_have_text("100 %")
    press_and_wait(page, "Enter")
    expect(page.locator(".pl-original")).to_have_count(0)


def test_brightness_and_contrast_stay_until_reset(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 4)
    server.start()
    open_review(page, server)
    page.keyboard.press("b")
    expect(page.get_by_label("Brightness", exact=True)).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("light")).to_have_text("brightness 110 %, contrast 100 %")
    press_and_wait(page, "Enter")
    frame = page.locator(".pl-frame")
    expect(frame).to_have_css("filter", re.compile("brightness"))
    page.keyboard.press("b")
    page.get_by_role("button", name="Reset").click()
    expect(frame).to_have_css("filter", "none")


def test_a_phone_in_the_hand(
    phone: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 6)
    server.start()
    open_review(phone, server)
    boxes = phone.locator(BUTTONS).evaluate_all(
        "all => all.map((one) => [one.textContent, one.getBoundingClientRect().height])"
    )
    assert not [(text, height) for text, height in boxes if height < FINGER]
    overhang = phone.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overhang <= 0
    first = sha_on_screen(phone)
    phone.get_by_test_id("proposal").nth(1).tap()
    expect(phone.locator(IMAGE)).not_to_have_attribute("data-sha", first)
    swipe(phone, 150)
    expect(phone.locator(IMAGE)).to_have_attribute("data-sha", first)
    swipe(phone, -150)
    expect(phone.locator(IMAGE)).not_to_have_attribute("data-sha", first)
    phone.get_by_test_id("skip").tap()  # far below the picture
    skipped = sha_on_screen(phone)
    phone.get_by_test_id("skip-plain").tap()
    expect(phone.locator(IMAGE)).not_to_have_attribute("data-sha", skipped)
    expect(phone.get_by_test_id("reason")).to_be_in_viewport()
    assert phone.locator(IMAGE).evaluate("one => one.getBoundingClientRect().top") > 0
    all_saved(phone)
    given = [(sha, kind) for sha, kind, _ in stored(workspace)]
    assert given == [(first, "correct"), (skipped, "skip")]


def test_nothing_moves_under_the_finger(
    phone: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 6)
    server.start()
    open_review(phone, server)
    phone.evaluate(WATCH_SKIP)
    first = sha_on_screen(phone)
    phone.get_by_test_id("proposal").nth(1).tap()
    expect(phone.locator(IMAGE)).not_to_have_attribute("data-sha", first)
    all_saved(phone)
    swipe(phone, 150)
    expect(phone.locator(IMAGE)).to_have_attribute("data-sha", first)
    expect(phone.get_by_test_id("label-error")).to_be_visible(timeout=60_000)
    places = phone.evaluate("heights")
    assert len(places) == 1, places


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_has_the_contrast_of_aa(
    page: Page,
    server: Server,
    workspace: Workspace,
    tmp_path: Path,
    theme: Literal["light", "dark"],
) -> None:
    seed(workspace, tmp_path / "pictures", 6)
    server.start()
    page.emulate_media(color_scheme=theme)
    open_review(page, server)
    press_and_wait(page, "2")
    all_saved(page)
    root = page.get_by_test_id("review")
    for key in ("ArrowLeft", "b", "?", "Escape", "/", "Escape", "s", "Escape", "Shift+S"):
        page.keyboard.press(key)
        assert root.evaluate(CONTRAST) == [], key
