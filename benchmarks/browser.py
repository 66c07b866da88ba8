"""A real browser on a real server: what benchmarks of pages share.

Times are taken inside the page, from the event of the key to the frame that shows the next picture
and to the answer of the server that the decision is committed, so that the driver of the browser
adds nothing to them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from app.server import MAIN
from labeling.settings import Settings
from labeling.workspace import Workspace, open_workspace
from tests.e2e.conftest import FLAGS, chromium_path
from tests.e2e.server import Server

WATCH = (Path(__file__).parent / "watch.js").read_text("utf-8")
VIEWPORT = {"width": 1280, "height": 800}


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def workspace(home: Path) -> Iterator[Workspace]:
    """The database of a home folder, opened beside the server."""
    ws = open_workspace(Settings(home=home))
    try:
        yield ws
    finally:
        ws.close()


@contextmanager
def served(home: Path, main: Path = MAIN, *, worker: bool = False) -> Iterator[Server]:
    """A server over ``home``; ``main`` is the Streamlit script."""
    server = Server(home, home.parent / f"{home.name}.log", main)
    server.start(worker=worker)
    try:
        yield server
    finally:
        server.kill()


@contextmanager
def watched(browser: Browser, address: str, script: str = WATCH) -> Iterator[Page]:
    """A page on which ``script`` takes notes; ``watch.js``: of keys, painted pictures and
    acknowledged decisions."""
    context: BrowserContext = browser.new_context(viewport=VIEWPORT)
    context.add_init_script(script)
    page = context.new_page()
    page.goto(address)
    try:
        yield page
    finally:
        context.close()


def notes(page: Page) -> dict[str, Any]:
    """What was noted so far, in milliseconds: ``painted`` and ``saved``, a number for each key."""
    return dict(page.evaluate("() => globalThis.benchmark.notes()"))


def percentiles(milliseconds: list[float]) -> tuple[float, float]:
    """Median and 95th percentile."""
    if not milliseconds:
        raise SystemExit("nothing was measured: the page did not answer")
    p50, p95 = np.percentile(milliseconds, [50, 95]).tolist()
    return p50, p95
