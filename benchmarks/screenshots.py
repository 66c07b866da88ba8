"""Pictures of every view for ``docs/images``, in both themes, 1280 and 1920 px wide; review at 390.

``python -m benchmarks.screenshots [VIEW …] [--out docs/images]``

Sets up the sample in a home of its own, lets three made-up people work on it, and photographs the
pages as an admin sees them. Colours are reduced to 160, which keeps the files small.
"""

import argparse
import io
import os
import random
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page
from sqlalchemy import update

from app.routes.guard import SESSION_COOKIE
from benchmarks.browser import chromium, served, workspace
from benchmarks.sample_truth import NONE, read_truth
from db.ids import new_id
from db.tables import CvatLink, utc_now
from labeling.workflows import (
    accounts,
    cvat_push,
    demo,
    evaluation,
    learn,
    logins,
    people,
    projects,
    review,
    search,
    snapshots,
)
from labeling.workflows.work import run_to_end
from labeling.workspace import Workspace
from tests.cvat.server import running
from tests.cvat.state import TOKEN

PROJECT = "digits"
PHONE = 390
SIZES = ((1280, 800), (1920, 1080), (PHONE, 844))
THEMES = ("light", "dark")
COLOURS = 160
STILL = 3
"""Pictures half a second apart that have to be alike: charts and thumbnails come last."""
SECOND_LOOKS = 0.2
"""Share of the pictures that go to a second person: enough for the error of labels to be known."""
SOMETHING = "h1, [data-testid=review-image], [data-testid=grid-board][data-painted]"
VIEWS = {
    "projects": "/",
    "review": f"/review?project={PROJECT}",
    "grid": f"/review?project={PROJECT}&view=grid&label=7",
    "decisions": f"/decisions?project={PROJECT}",
    "second-look": f"/second-look?project={PROJECT}",
    "pictures": f"/pictures?project={PROJECT}",
    "find": f"/find?project={PROJECT}",
    "quality": f"/quality?project={PROJECT}",
    "accept": f"/accept?project={PROJECT}",
    "team": f"/team?project={PROJECT}",
    "team-assignments": f"/team?project={PROJECT}",
    "team-quality": f"/team?project={PROJECT}",
    "team-settings": f"/team?project={PROJECT}",
    "evaluate": f"/evaluate?project={PROJECT}",
    "classes": f"/classes?project={PROJECT}",
    "import": f"/import?project={PROJECT}",
    "prelabel": f"/prelabel?project={PROJECT}",
    "snapshots": f"/snapshots?project={PROJECT}",
    "export": f"/export?project={PROJECT}",
    "cvat": f"/cvat?project={PROJECT}",
    "people": "/people",
    "jobs": "/jobs",
}
TABS = {
    "team-assignments": "Assignments",
    "team-quality": "Quality",
    "team-settings": "Settings",
}
"""Views that are a tab of their page."""
ON_PHONE = ("review", "grid")

IDLE = """() =>
  document.querySelector("[data-testid=stApp]").dataset.testScriptState === "notRunning" &&
  !document.querySelector("[data-testid=stSkeleton], [data-stale=true]")"""
"""Streamlit has drawn all of the page."""
ELSEWHERE = """() => {
  for (const one of document.querySelectorAll("input[placeholder*='prelabel-views-']"))
    one.placeholder = one.placeholder.replace(/^.*prelabel-views-[^/]*\\/home/, "/srv/prelabel")
}"""
"""Names the home folder as on a server: nobody's own paths belong into the docs."""


def main() -> None:
    made = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("views", nargs="*", default=list(VIEWS), metavar="VIEW")
    made.add_argument("--out", type=Path, default=Path("docs/images"))
    arguments = made.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="prelabel-views-") as folder:
        home = Path(folder) / "home"
        with workspace(home) as ws:
            token = prepare(ws)
        with served(home, worker=True) as server, chromium() as browser:
            cookie = {"name": SESSION_COOKIE, "value": token, "url": server.url}
            for page, width, theme in pages(browser, cookie):
                for view in arguments.views:
                    if width == PHONE and view not in ON_PHONE:
                        continue
                    taken = photograph(page, server.url, view)
                    taken.save(arguments.out / f"{view}-{width}-{theme}.png", optimize=True)


def pages(browser: Browser, cookie: Any) -> Iterator[tuple[Page, int, str]]:
    """A page of each size and theme."""
    for width, height in SIZES:
        for theme in THEMES:
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme=theme,
                has_touch=width == PHONE,
            )
            context.add_cookies([cookie])
            yield context.new_page(), width, theme
            context.close()


def photograph(page: Page, url: str, view: str) -> Image.Image:
    """A view once nothing on it changes any more."""
    page.goto(url + VIEWS[view])
    page.wait_for_selector(SOMETHING, timeout=60_000)
    if view in TABS:
        page.get_by_role("tab", name=TABS[view]).click(timeout=60_000)
    if view == "review":
        pass_over_blind_ones(page)
    if view == "accept":
        page.get_by_role("button", name="What does it cost?").click(timeout=60_000)
    page.wait_for_timeout(3000)
    page.evaluate(ELSEWHERE)
    before, same = b"", 0
    for _ in range(40):
        page.wait_for_function(IDLE, timeout=60_000)
        page.wait_for_timeout(500)
        now = page.screenshot()
        same = same + 1 if now == before else 0
        before = now
        if same == STILL:
            break
    return Image.open(io.BytesIO(before)).convert("RGB").quantize(COLOURS)


def pass_over_blind_ones(page: Page) -> None:
    """Skip pictures whose proposal is hidden."""
    while page.get_by_test_id("blind").count():
        page.keyboard.press("s")
        page.keyboard.press("s")
        page.wait_for_timeout(1000)


def prepare(ws: Workspace) -> str:
    """The sample with some hours of three people's work; a login of the first of them."""
    ann = people.add(ws, "ann", "admin", password=secrets.token_urlsafe())
    for job in demo.add_sample(ws, PROJECT, ann["id"]):
        run_to_end(ws, job, lambda _job: None)
    projects.configure(ws, PROJECT, review={"overlap_share": SECOND_LOOKS})
    truth, chance, clock = read_truth(ws, PROJECT), random.Random(4), Clock(ws)
    for name in ("ann", "bob", "cid"):
        for _ in range(4):
            clock.now += timedelta(minutes=20)
            for item in offered(ws, name):
                clock.now += timedelta(seconds=chance.uniform(1, 6))
                decide(ws, name, item, truth.shows[item["sha"]], chance)
    for item in offered(ws, "ann"):
        if item["blind"]:
            decide(ws, "ann", item, truth.shows[item["sha"]], chance)
    ws.clock = utc_now
    snapshots.create(ws, ann["id"], PROJECT, "v1", note="The first day.")
    for name in ("ann", "bob"):
        for item in offered(ws, name):
            decide(ws, name, item, truth.shows[item["sha"]], chance)
    snapshots.create(ws, ann["id"], PROJECT, "v2")
    asked = evaluation.ask(ws, ann["id"], PROJECT, "audit", unseen=["8", "9"])
    run_to_end(ws, asked, lambda _job: None)
    for job in (
        learn.enqueue(ws, PROJECT, ann["id"]),
        search.enqueue(ws, PROJECT, search.HEAD, "5", user_id=ann["id"]),
    ):
        run_to_end(ws, job, lambda _job: None)
    push(ws, ann["id"])
    return logins.begin(ws, ann["id"])


def push(ws: Workspace, user_id: str) -> None:
    """What people have verified, sent to a made-up CVAT in tasks of 100."""
    os.environ["PRELABEL_CVAT_TOKEN"] = TOKEN
    with running() as server:
        job = cvat_push.enqueue(ws, PROJECT, server.url, job_size=100, user_id=user_id)
        run_to_end(ws, job, lambda _job: None)
    there = update(CvatLink).values(server="https://cvat.example.org")
    ws.db.write(lambda session: session.execute(there))


class Clock:
    """A workspace's clock that stands still between the steps of a made-up day."""

    def __init__(self, ws: Workspace) -> None:
        self.now = ws.clock() - timedelta(hours=6)
        ws.clock = lambda: self.now


def offered(ws: Workspace, name: str) -> Sequence[dict[str, Any]]:
    user = accounts.user(ws, name).id
    items: Sequence[dict[str, Any]] = review.queue(ws, user, PROJECT, 25, client=name)["items"]
    return items


def decide(
    ws: Workspace, name: str, item: dict[str, Any], shows: str, chance: random.Random
) -> None:
    """Answer what the picture shows; flag a few, err in a few."""
    kind, labels = "confirm" if shows == item["proposal"] else "correct", [shows]
    slip = chance.random()
    if slip < 0.03:
        kind, labels = "flag", []
    elif slip < 0.05:
        kind, labels = "correct", [str(chance.randrange(10))]
    elif shows == NONE:
        kind, labels = "none_of_these", []
    given = {"id": new_id(), "item": item["item"], "kind": kind, "labels": labels}
    given |= {"seconds": chance.uniform(0.6, 3), "reason": "blurred" if kind == "flag" else None}
    review.decide(ws, accounts.user(ws, name).id, PROJECT, [given])


if __name__ == "__main__":
    main()
