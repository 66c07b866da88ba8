"""The pages in a real browser, over the real server and the real worker."""

import csv
import io
import zipfile
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from db.tables import JobState
from labeling.class_names import parse
from labeling.workflows import accounts, jobs, projects, review
from labeling.workspace import Workspace
from tests.app.seeding import seed
from tests.e2e.server import Server

ADDRESSES = ("", "import", "classes", "prelabel", "review", "export", "jobs")
WORK_MS = 120_000
NOTE_PLACES = """() => {
  window.places = []
  const push = history.pushState
  history.pushState = function (state, title, place) {
    places.push(place)
    return push.call(this, state, title, place)
  }
}"""
"""Keeps every place that the page puts before the Back button."""
CONTRAST = Path(__file__).with_name("contrast.js").read_text()
ODD = ("*12*", ":100:", "$1^2$", "<b>3<b>", "[4](5)", "`6`")


@pytest.fixture
def asked(page: Page) -> list[str]:
    """Every address that the browser asks for."""
    found: list[str] = []
    page.on("request", lambda request: found.append(request.url))
    return found


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", name=text, exact=True)).to_be_visible(timeout=30_000)


def verify(ws: Workspace, project: str, count: int) -> dict[str, str]:
    """Confirm or correct the first pictures of the queue; label by SHA-256."""
    user = accounts.local_user(ws)
    queue = review.queue(ws, user, project, limit=count)
    names = [c["name"] for c in queue["classes"]]
    labels = {item["sha"]: names[n % len(names)] for n, item in enumerate(queue["items"])}
    given = [
        {"id": str(uuid4()), "item": i["item"], "kind": "correct", "labels": [labels[i["sha"]]]}
        for i in queue["items"]
    ]
    assert not review.decide(ws, user, project, given)["rejected"]
    return labels


def test_a_sample_goes_from_one_click_to_a_downloaded_export(
    page: Page, server: Server, workspace: Workspace
) -> None:
    server.start(worker=True)
    page.goto(server.url)
    heading(page, "Projects")
    page.locator(".st-key-add-digits").get_by_role("button", name="Add", exact=True).click()
    page.wait_for_url("**/prelabel?project=digits")
    page.get_by_text("903 pictures by the model").wait_for(timeout=WORK_MS)
    heading(page, "What to look at first")
    labels = verify(workspace, "digits", 7)
    page.get_by_role("link", name="Export", exact=True).click()
    page.wait_for_url("**/export?project=digits")
    page.get_by_role("button", name="Export 7 pictures").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download zip").click(timeout=WORK_MS)
    with zipfile.ZipFile(Path(download.value.path())) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".csv")]
        rows = list(csv.DictReader(io.StringIO(archive.read(name).decode())))
    assert {row["sha256"]: row["label"] for row in rows} == labels


def test_the_project_stays_in_the_address_from_page_to_page(
    page: Page, server: Server, workspace: Workspace
) -> None:
    for name in ("shelf", "yard"):
        projects.create(workspace, name, parse("cat,dog"))
    server.start()
    page.goto(f"{server.url}/classes?project=shelf")
    heading(page, "Classes & prompts")
    page.evaluate(NOTE_PLACES)
    page.get_by_role("link", name="Export", exact=True).click()
    page.wait_for_url("**/export?project=shelf")
    heading(page, "Export")
    assert page.evaluate("places") == ["/export?project=shelf"]
    page.reload()
    heading(page, "Export")
    choice = page.get_by_role("combobox", name="Project")
    choice.click()
    page.get_by_role("option", name="yard").click()
    page.wait_for_url("**/export?project=yard")
    page.get_by_role("link", name="Import", exact=True).click()
    page.wait_for_url("**/import?project=yard")
    heading(page, "Import")
    page.go_back()
    page.wait_for_url("**/export?project=yard")
    heading(page, "Export")


def test_names_are_shown_as_they_are(page: Page, server: Server, workspace: Workspace) -> None:
    projects.create(workspace, "odd", parse(",".join(ODD)))
    server.start()
    page.goto(f"{server.url}/classes?project=odd")
    heading(page, "Classes & prompts")
    warning = page.get_by_test_id("stAlert")
    expect(warning).to_contain_text("look like a code")
    said = (warning.text_content() or "").replace("\u2060", "")
    assert ", ".join(ODD) in said
    assert warning.locator("em, b b, a, img, code, .katex").count() == 0


def test_what_is_chosen_and_what_has_the_focus_is_seen_in_the_dark(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 3)
    page.emulate_media(color_scheme="dark")
    server.start()
    page.goto(f"{server.url}/team?project=zoo")
    heading(page, "Team")
    for chosen in (page.get_by_role("tab", selected=True), page.get_by_role("radio", checked=True)):
        expect(chosen).to_be_visible(timeout=30_000)
        assert chosen.evaluate(CONTRAST) == []
    page.get_by_role("link", name="Pictures", exact=True).focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Find", exact=True)).to_be_focused()
    expect(page.locator("a:focus-visible")).to_have_css("outline-style", "solid")


def test_no_page_asks_another_server_for_anything(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path, asked: list[str]
) -> None:
    seed(workspace, tmp_path / "pictures", 3)
    server.start()
    for address in ADDRESSES:
        page.goto(f"{server.url}/{address}?project=zoo")
        page.wait_for_selector("h1, [data-testid=review-image]", timeout=30_000)
        page.wait_for_timeout(500)
    own = (server.url, server.url.replace("http", "ws", 1), "data:", "blob:")
    assert [url for url in asked if not url.startswith(own)] == []


def test_a_job_is_watched_until_it_is_done(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 5, prelabeled=False)
    projects.create(workspace, "shelf", parse("cat,dog"))
    server.start(worker=True)
    page.goto(f"{server.url}/import?project=shelf")
    page.get_by_role("tab", name="From the server").click()
    page.get_by_placeholder("/data/shelf-cameras/2026-11").fill(str(tmp_path / "pictures"))
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_text("5 pictures have no proposal yet").wait_for(timeout=WORK_MS)
    assert jobs.recent(workspace, "shelf")[0]["state"] == JobState.DONE
