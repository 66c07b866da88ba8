"""A browser for the session, and for each test a server over a home folder of its own."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from labeling.settings import load_settings
from labeling.workspace import Workspace, open_workspace
from tests.e2e.server import Server

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--headless=new",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)


def chromium_path() -> str:
    """The Chromium to drive: PRELABEL_CHROMIUM, else the first one on the PATH."""
    found = os.environ.get("PRELABEL_CHROMIUM") or next(
        filter(None, map(shutil.which, NAMES)), None
    )
    assert found, "no Chromium: set PRELABEL_CHROMIUM or put one on the PATH"
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    faults: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    context.close()
    assert not faults, faults


@pytest.fixture
def workspace(home: Path) -> Iterator[Workspace]:
    """The server's own database, opened beside it to look at what it has stored."""
    workspace = open_workspace(load_settings(home=home))
    yield workspace
    workspace.close()


@pytest.fixture
def server(home: Path, tmp_path: Path, workspace: Workspace) -> Iterator[Server]:
    server = Server(home, tmp_path / "server.log")
    yield server
    server.kill()
