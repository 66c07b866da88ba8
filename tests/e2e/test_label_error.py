"""The error of verified labels beside the counts of both views of review."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from labeling.workspace import Workspace
from tests.app.seeding import seed
from tests.e2e.server import Server


@pytest.mark.parametrize("view", ["single", "grid"])
def test_a_press_tells_how_the_error_is_known(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path, view: str
) -> None:
    seed(workspace, tmp_path / "pictures", 6)
    server.start()
    page.goto(f"{server.url}/review?project=zoo&view={view}")
    error = page.get_by_test_id("label-error")
    expect(error).to_have_text("Error: unknown", timeout=60_000)
    error.click()
    dialog = page.get_by_role("dialog", name="Error of verified labels")
    expect(dialog).to_contain_text("unknown until 20 second looks, none so far")
    expect(dialog).to_contain_text("only one may decide here")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
