"""240 thumbnails on screen: our grid against pages of ``st.image``; clicks and keys in the grid.

``python -m benchmarks.grid_page [--out FOLDER] [--full]``

Three pages on the same server code, in the same browser, over the same thumbnails, in turns, each
in a browser context of its own, so that nothing is cached:

- ours: the grid component, 240 thumbnails, opened from the single view
- images: 240 times ``st.image`` (``benchmarks/image_list_page.py``)
- at once: one ``st.image`` of a list of 240

Measured inside the page (``watch_grid.js``): milliseconds to the frame with the last picture, from
the click that asks for the list (the plain script reads its pictures before it draws the first,
the component after it is mounted), and from the mount of the component or of the first
``st.image``; then, in the grid with its 240 thumbnails, from a click or key to the frame with the
mark.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Page

from benchmarks.browser import chromium, notes, percentiles, served, watched, workspace
from benchmarks.homes import workplace
from benchmarks.report import Figure, parser, publish
from benchmarks.views import draw_scenes
from tests.app.seeding import CLASSES, seed

MANY = 240
PLAIN = Path(__file__).with_name("image_list_page.py")
REVIEW = "/review?project=zoo"
OPEN = "[data-testid=view-grid], [data-testid=stButton] button"
CHOICES = json.dumps(json.dumps({"order": "certain", "limit": MANY, "size": "s"}))
WATCH = "\n".join(
    [
        f"globalThis.many = {MANY}",
        f"localStorage.setItem('prelabel/grid', {CHOICES})",
        Path(__file__).with_name("watch_grid.js").read_text("utf-8"),
    ]
)
SIZE = (400, 300)
ROUNDS = {False: 5, True: 15}
ASKED = 100

Addresses = dict[str, str]
Noted = dict[str, list[dict[str, float]]]


def main() -> None:
    arguments = parser(__doc__).parse_args()
    with workplace() as work, chromium() as browser:
        drawn = draw_scenes(work / "drawn", MANY * len(CLASSES) + 120, SIZE)
        home = work / "home"
        with workspace(home) as ws:
            seed(ws, work, len(list(drawn.iterdir())), drawn=drawn)
        with served(home) as server, served(home, PLAIN) as plain:
            addresses = {
                "ours": f"{server.url}{REVIEW}",
                "images": f"{plain.url}/?many={MANY}",
                "at once": f"{plain.url}/?many={MANY}&at_once=1",
            }
            noted = in_turns(browser, addresses, ROUNDS[arguments.full])
            answers = answered(browser, addresses["ours"])
    figures = [*painting(noted), *answering(answers)]
    publish("grid_page", arguments.out, figures, {"pages": noted, "answers": answers})


def in_turns(browser: Browser, addresses: Addresses, rounds: int) -> Noted:
    """Open every page ``rounds`` times, after once for nothing; what each noted."""
    for address in addresses.values():
        opened(browser, address)
    noted: Noted = {name: [] for name in addresses}
    for turn in range(rounds):
        for name in list(addresses) if turn % 2 == 0 else reversed(list(addresses)):
            noted[name].append(opened(browser, addresses[name]))
    return noted


def opened(browser: Browser, address: str) -> dict[str, float]:
    """Open a page until its pictures are painted; the milliseconds that took."""
    with with_list(browser, address) as page:
        found = notes(page)
    return {name: ms for name, ms in found.items() if name != "answered"}


@contextmanager
def with_list(browser: Browser, address: str) -> Iterator[Page]:
    """A page on which the list was asked for and is painted."""
    with watched(browser, address, WATCH) as page:
        page.wait_for_selector(OPEN, timeout=60_000)
        page.wait_for_timeout(2000)
        page.click(OPEN)
        page.wait_for_function("() => benchmark.painted()", timeout=60_000)
        yield page


def answered(browser: Browser, address: str) -> dict[str, list[float]]:
    """Mark and unmark tiles by clicks and by keys; milliseconds until each was on screen."""
    with with_list(browser, address) as page:
        page.wait_for_timeout(1500)
        tiles = page.get_by_test_id("grid-item")
        for number in range(ASKED):
            tile = tiles.nth(number * 7 % MANY)
            ask(page, tile.click)
        for number in range(ASKED):
            page.keyboard.press("ArrowDown" if number % 5 == 0 else "ArrowRight")
            ask(page, lambda: page.keyboard.press("x"))
        found: list[dict[str, Any]] = notes(page)["answered"]
    return {
        kind: [float(one["ms"]) for one in found if one["type"] == kind]
        for kind in ("click", "keydown")
    }


def ask(page: Page, act: Callable[[], None]) -> None:
    """Click or press, and wait for the answer."""
    before = page.evaluate("() => benchmark.answers()")
    act()
    page.wait_for_function("n => benchmark.answers() > n", arg=before, timeout=15_000)
    page.wait_for_timeout(30)


def painting(noted: Noted) -> list[Figure]:
    """Figures of the time until 240 thumbnails are painted."""

    def of(name: str, what: str) -> list[float]:
        return [one[what] for one in noted[name]]

    def against(name: str, what: str) -> float:
        return median(b / o for b, o in zip(of(name, what), of("ours", what), strict=True))

    mount, whole = "mount_to_painted", "click_to_painted"
    return [
        Figure("ours: mount to 240 painted, median", median(of("ours", mount)), "<= 1200", "ms"),
        Figure("ours: mount to 240 painted, slowest", max(of("ours", mount)), unit="ms"),
        Figure("240 st.image / ours, from the mount", against("images", mount)),
        Figure("one st.image of 240 / ours, from the mount", against("at once", mount)),
        Figure("ours: click to 240 painted, median", median(of("ours", whole)), unit="ms"),
        Figure("240 st.image / ours, from the click", against("images", whole), ">= 3"),
        Figure("one st.image of 240 / ours, from the click", against("at once", whole)),
    ]


def answering(answers: dict[str, list[float]]) -> list[Figure]:
    """Figures of the time until a mark is on screen."""
    made = []
    for kind, name in (("click", "click"), ("keydown", "key")):
        p50, p95 = percentiles(answers[kind])
        made += [
            Figure(f"grid: {name} to mark painted, p50", p50, unit="ms"),
            Figure(f"grid: {name} to mark painted, p95", p95, "<= 60", "ms"),
        ]
    return made


if __name__ == "__main__":
    main()
