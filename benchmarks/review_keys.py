"""Key to next picture, and key to stored decision: our review page against a plain one.

``python -m benchmarks.review_keys [--keys 200] [--out FOLDER] [--full]``

Both pages run on the same server code, in the same browser, over pictures of their own, in turns:

- ours: the review component
- plain: ``st.button(shortcut=…)`` in a fragment with ``st.image`` (``benchmarks/button_page.py``)

Measured, inside the page: milliseconds from the key to the frame with the next picture (pictures
of 1280 × 960, and originals of 4000 × 3000), and to the answer that the decision is committed,
alone and with five browsers at work: at four keys a second each, more than anybody decides, and at
as many as the machine takes; then 20 keys a second, and how many decisions are stored.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page
from sqlalchemy import select

from app.server import MAIN
from benchmarks.browser import chromium, notes, percentiles, served, watched, workspace
from benchmarks.homes import workplace
from benchmarks.report import Figure, parser, publish
from benchmarks.views import CAMERA, SCREEN, draw_views
from db.tables import Decision, Item
from tests.app.seeding import seed

PLAIN = Path(__file__).with_name("button_page.py")
REVIEW = "/review?project=zoo"
EVERY = 0.05  # s between two keys that are held
AT_WORK = 0.25  # s between two keys of each of five people


@dataclass(frozen=True)
class Stage:
    """A home with pictures to review, and the order in which they come."""

    home: Path
    order: list[str]


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--keys", type=int, default=200)
    arguments = made.parse_args()
    large = arguments.keys if arguments.full else 30
    details: dict[str, Any] = {"keys": arguments.keys}
    with workplace() as work, chromium() as browser:
        small = draw_views(work / "small", max(arguments.keys, 500) + 60, SCREEN)
        figures = paint_and_save(browser, work, small, arguments.keys, details)
        figures += with_five(browser, work, small, arguments.keys // 5, details)
        figures += held(browser, work, small, 500, details)
        camera = draw_views(work / "camera", large + 40, CAMERA)
        figures += originals(browser, work, camera, large, details)
    publish("review_keys", arguments.out, figures, details)


def stage(home: Path, drawn: Path) -> Stage:
    """A project over all pictures of ``drawn``, without blind items: both pages show the same."""
    count = len(list(drawn.iterdir()))
    with workspace(home) as ws:
        order = seed(ws, home, count, drawn=drawn)
    return Stage(home, order)


def paint_and_save(
    browser: Browser, work: Path, drawn: Path, keys: int, details: dict[str, Any]
) -> list[Figure]:
    """Both pages, one key after the other, each as soon as its picture is on screen."""
    ours = typed(browser, stage(work / "ours", drawn), keys)
    plain = typed(browser, stage(work / "plain", drawn), keys, PLAIN)
    details |= {"ours": ours, "plain": plain}
    return [
        Figure("ours: key to next picture, p50", ours["painted"][0], unit="ms"),
        Figure("ours: key to next picture, p95", ours["painted"][1], "<= 50", "ms"),
        Figure("plain / ours, p50", plain["painted"][0] / ours["painted"][0], ">= 3"),
        Figure("plain / ours, p95", plain["painted"][1] / ours["painted"][1]),
        Figure("ours: key to committed, p95", ours["saved"][1], unit="ms"),
    ]


def typed(browser: Browser, on: Stage, keys: int, main: Path | None = None) -> dict[str, Any]:
    """Press ``keys`` keys; p50 and p95 of painted and saved, in ms."""
    with opened(browser, on, main) as page:
        press(page, keys)
        page.wait_for_timeout(1500)
        found = notes(page)
    return {name: percentiles(times) for name, times in found.items() if times}


@contextmanager
def opened(browser: Browser, on: Stage, main: Path | None) -> Iterator[Page]:
    """Our review page, or the page of the script ``main``, with its first picture on screen."""
    with served(on.home, main or MAIN) as server:
        address = server.url if main else f"{server.url}{REVIEW}"
        with watched(browser, address) as page:
            page.wait_for_function("() => benchmark.shown()", timeout=60_000)
            page.wait_for_timeout(1500)
            yield page


def press(page: Page, keys: int) -> None:
    """Press Enter ``keys`` times, each when the next picture is on screen."""
    for _ in range(keys):
        before = page.evaluate("() => benchmark.shown()")
        page.keyboard.press("Enter")
        page.wait_for_function("old => benchmark.shown() !== old", arg=before, timeout=15_000)
        page.wait_for_timeout(60)


def with_five(
    browser: Browser, work: Path, drawn: Path, keys: int, details: dict[str, Any]
) -> list[Figure]:
    """Five browsers on one server, their keys in turn: at work, and without a pause."""
    at_work = saved_by_five(browser, stage(work / "five", drawn), keys, AT_WORK)
    without = saved_by_five(browser, stage(work / "five-fast", drawn), keys, 0)
    details["five browsers"] = {"saved": at_work, "without a pause": without}
    return [
        Figure("five browsers: key to committed, p95", at_work[1], "<= 150", "ms"),
        Figure("– as many keys as the machine takes, p95", without[1], unit="ms"),
    ]


def saved_by_five(browser: Browser, on: Stage, keys: int, pause: float) -> tuple[float, float]:
    """Let five browsers press ``keys`` keys each, ``pause`` s apart; p50 and p95 in ms."""
    with served(on.home) as server, ExitStack() as open_pages:
        address = f"{server.url}{REVIEW}"
        pages = [open_pages.enter_context(watched(browser, address)) for _ in range(5)]
        for page in pages:
            page.wait_for_function("() => benchmark.shown()", timeout=60_000)
        due = time.monotonic()
        for _ in range(keys):
            for page in pages:
                page.keyboard.press("Enter")
                due = max(due + pause / len(pages), time.monotonic())
                page.wait_for_timeout(max(0, due - time.monotonic()) * 1000)
        pages[0].wait_for_timeout(2000)
        found = [notes(page) for page in pages]
    return percentiles([ms for one in found for ms in one["saved"]])


def held(
    browser: Browser, work: Path, drawn: Path, keys: int, details: dict[str, Any]
) -> list[Figure]:
    """20 keys a second on both pages; what is stored, in which order."""
    ours = burst(browser, stage(work / "held", drawn), keys)
    plain = burst(browser, stage(work / "held-plain", drawn), keys, PLAIN)
    details["held"] = {"ours": ours, "plain": plain}
    return [
        Figure(f"{keys} keys at 20 a second: stored by ours", ours["stored"], f">= {keys}", ""),
        Figure("– in order and none twice (1: yes)", float(ours["in_order"]), ">= 1", ""),
        Figure("– stored by the plain page", plain["stored"], unit=""),
    ]


def burst(browser: Browser, on: Stage, keys: int, main: Path | None = None) -> dict[str, Any]:
    with opened(browser, on, main) as page:
        due = time.monotonic()
        for _ in range(keys):
            page.keyboard.press("Enter")
            due = max(due + EVERY, time.monotonic())
            page.wait_for_timeout(max(0, due - time.monotonic()) * 1000)
        page.wait_for_timeout(4000)
    with workspace(on.home) as ws, ws.db.read() as session:
        rows = session.execute(
            select(Item.sha256).join(Decision, Decision.item_id == Item.id).order_by(Decision.seq)
        )
        shas = list(rows.scalars())
    return {
        "stored": len(shas),
        "in_order": shas == on.order[: len(shas)] and len(shas) == len(set(shas)),
    }


def originals(
    browser: Browser, work: Path, drawn: Path, keys: int, details: dict[str, Any]
) -> list[Figure]:
    """Pictures of 4000 × 3000 as they come from a camera."""
    found = typed(browser, stage(work / "camera-home", drawn), keys)
    details["originals"] = found
    return [Figure("originals of 4000 × 3000: p95", found["painted"][1], "<= 120", "ms")]


if __name__ == "__main__":
    main()
