"""The page Evaluate in a real browser: a truth file goes in, plots and JSON come out."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from db.tables import JobState
from labeling.class_names import parse
from labeling.workflows import ingest, jobs, prelabel, projects
from labeling.workspace import Workspace
from tests.e2e.server import Server, wait_for
from tests.workflow.helpers import pictures

COUNT = 12
WORK = 120.0  # seconds
LONG_MS = 120_000


@pytest.fixture
def truth(server: Server, workspace: Workspace, tmp_path: Path) -> Path:
    """A truth file of a project that the worker has pre-labeled; its server runs."""
    found = pictures(tmp_path / "in", COUNT)
    projects.create(workspace, "zoo", parse("red,green,blue"))
    server.start(worker=True)
    for enqueue in (
        lambda: ingest.enqueue(workspace, "zoo", [str(tmp_path / "in")]),
        lambda: prelabel.enqueue(workspace, "zoo"),
    ):
        job = enqueue()
        wait_for(lambda job=job: jobs.show(workspace, job)["state"] == JobState.DONE, WORK)
    path = tmp_path / "gold.csv"
    names = ("red", "green", "blue")
    rows = [f"{one},{names[n % 3]}" for n, one in enumerate(found)]
    path.write_text("\n".join(["image,label", *rows]))
    return path


def test_a_truth_file_goes_in_and_plots_and_json_come_out(
    page: Page, server: Server, truth: Path, tmp_path: Path
) -> None:
    page.goto(f"{server.url}/evaluate?project=zoo")
    expect(page.get_by_text("Nothing is evaluated yet")).to_be_visible(timeout=LONG_MS)
    page.get_by_text("A truth file", exact=True).click()
    page.locator("input[type=file]").set_input_files(truth)
    button = page.get_by_role("button", name="Evaluate", exact=True)
    expect(button).to_be_enabled(timeout=LONG_MS)
    button.click()
    expect(page.get_by_role("heading", name="Confusion matrix")).to_be_visible(timeout=LONG_MS)
    expect(page.get_by_role("combobox", name="Evaluation")).to_have_value(re.compile("gold.csv"))
    expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(4, timeout=LONG_MS)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download JSON").click()
    found = json.loads(Path(download.value.path()).read_text())
    assert found["n"] == sum(map(sum, found["confusion"]["counts"])) == COUNT
    assert found["truth"]["file"] == "gold.csv"
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("image,label\nnowhere.png,red\n")
    page.get_by_role("button", name="Remove gold.csv").click()
    expect(button).to_be_disabled(timeout=LONG_MS)
    page.locator("input[type=file]").set_input_files(wrong)
    expect(button).to_be_enabled(timeout=LONG_MS)
    button.click()
    expect(page.get_by_text("line 2 of wrong.csv")).to_be_visible(timeout=LONG_MS)
    expect(page.get_by_role("heading", name="Confusion matrix")).to_be_visible()
