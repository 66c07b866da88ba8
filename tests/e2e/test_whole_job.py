"""The whole job: a sample in, 30 pictures by keyboard with a reload in the middle, a CSV out."""

import csv
import io
import zipfile
from pathlib import Path

from playwright.sync_api import Page

from labeling.samples.catalogue import load
from labeling.workflows.demo import add_sample
from labeling.workflows.work import run_to_end
from labeling.workspace import Workspace
from tests.e2e.review_page import IMAGE, all_saved, open_review, sha_on_screen
from tests.e2e.server import Server

WORK_MS = 120_000
PICTURES = 30


def decide(page: Page, label: str) -> str:
    """Give the picture on screen a label, with the fewest keys; its SHA-256."""
    sha = sha_on_screen(page)
    ranked = page.get_by_test_id("proposal").evaluate_all("rows => rows.map(r => r.dataset.label)")
    if page.locator(IMAGE).get_attribute("data-proposal") == label:
        page.keyboard.press("Enter")
    elif label == "none_of_these":
        page.keyboard.press("n")
    elif label in ranked:
        page.keyboard.press(str(ranked.index(label) + 1))
    else:
        page.keyboard.press("/")
        page.keyboard.type(label)
        page.keyboard.press("Enter")
    page.wait_for_function(
        "([q, old]) => document.querySelector(q)?.dataset.sha !== old", arg=[IMAGE, sha]
    )
    return sha


def exported(page: Page, server: Server) -> list[dict[str, str]]:
    """The rows of a CSV export, made and downloaded on the page Export."""
    page.goto(f"{server.url}/export?project=digits")
    page.get_by_role("button", name=f"Export {PICTURES} pictures").click(timeout=WORK_MS)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download zip").click(timeout=WORK_MS)
    with zipfile.ZipFile(Path(download.value.path())) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".csv")]
        return list(csv.DictReader(io.StringIO(archive.read(name).decode())))


def test_the_export_holds_exactly_what_a_person_decided(
    page: Page, server: Server, workspace: Workspace
) -> None:
    for job in add_sample(workspace, "digits"):
        run_to_end(workspace, job, lambda _job: None)
    answers = ["none_of_these", *[entry["name"] for entry in load("digits").classes]]
    server.start(worker=True)
    open_review(page, server, "digits")
    decided = {}
    for number in range(PICTURES):
        if number == PICTURES // 2:
            page.reload()
            page.wait_for_selector(IMAGE, timeout=60_000)
        label = answers[number % len(answers)]
        decided[decide(page, label)] = label
    all_saved(page)
    rows = exported(page, server)
    assert len(decided) == len(rows) == PICTURES
    assert {row["sha256"]: row["label"] for row in rows} == decided
    assert {row["state"] for row in rows} == {"verified"}
