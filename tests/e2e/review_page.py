"""What tests do at the review page, and what they find stored afterwards."""

import re
import time
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import select

from db.tables import Class, Decision, Head, Item, Run
from labeling.workspace import Workspace
from tests.app.seeding import seed
from tests.e2e.server import Server

IMAGE = "[data-testid=review-image]"
OUTBOX = "[data-testid=outbox]"
SAVED = re.compile(r"^0$")


def open_review(page: Page, server: Server, project: str = "zoo") -> None:
    page.goto(f"{server.url}/review?project={project}")
    page.wait_for_selector(IMAGE, timeout=60_000)


def sha_on_screen(page: Page) -> str:
    sha = page.locator(IMAGE).get_attribute("data-sha")
    assert sha
    return sha


def press_and_wait(page: Page, key: str) -> str:
    """Press a key that decides; the SHA-256 it was pressed for."""
    sha = sha_on_screen(page)
    page.keyboard.press(key)
    page.wait_for_function(
        "([q, old]) => document.querySelector(q)?.dataset.sha !== old", arg=[IMAGE, sha]
    )
    return sha


def all_saved(page: Page) -> None:
    expect(page.locator(OUTBOX)).to_have_attribute("data-pending", SAVED, timeout=60_000)


def stored(ws: Workspace) -> list[tuple[str, str, tuple[str, ...]]]:
    """(SHA-256, kind, labels) of every decision, in the server's order."""
    with ws.db.read() as session:
        names = dict(session.execute(select(Class.id, Class.name)).tuples().all())
        rows = session.execute(
            select(Item.sha256, Decision.kind, Decision.labels)
            .join(Item, Item.id == Decision.item_id)
            .order_by(Decision.seq)
        )
        return [(sha, kind, tuple(names[c] for c in labels)) for sha, kind, labels in rows]


def labels_now(ws: Workspace) -> dict[str, str]:
    """State of every picture, by its SHA-256."""
    with ws.db.read() as session:
        return dict(session.execute(select(Item.sha256, Item.state)).tuples().all())


def burst(page: Page, count: int) -> list[str]:
    """Press Enter ``count`` times, 20 a second, each for another picture; their SHA-256."""
    shown = []
    for _ in range(count):
        due = time.monotonic() + 0.05
        shown.append(press_and_wait(page, "Enter"))
        page.wait_for_timeout(max(0.0, (due - time.monotonic()) * 1000))
    return shown


def proposed_labels(page: Page) -> list[str]:
    """The proposals on screen, best first."""
    return page.get_by_test_id("proposal").evaluate_all(
        "all => all.map((one) => one.dataset.label)"
    )


def dispatch(page: Page, code: str, key: str, **more: bool) -> None:
    page.evaluate(
        "(init) => document.body.dispatchEvent(new KeyboardEvent('keydown', init))",
        {"code": code, "key": key, "bubbles": True, "composed": True, **more},
    )


def advise_grid(ws: Workspace, label: str | None, pictures: int, wrong: float) -> None:
    """Let the newest head have found that the grid pays more: a class, or sure ones at random."""

    def work(session) -> None:
        run = session.scalars(select(Run)).one()
        named = select(Class.id).where(Class.name == label)
        class_id = session.scalars(named).one() if label else None
        page = {"class_id": class_id, "pictures": pictures, "wrong": wrong}
        page |= {} if label else {"sure": 0.6}
        head = Head(project_id=run.project_id, model_id=run.model_id, kind="lda", weights=b"")
        head.sha256 = "0" * 64
        head.figures = {"views": {"run": run.id, "errors": wrong, "page": page}}
        session.add(head)

    ws.db.write(work)


def begin_advised(
    page: Page, server: Server, ws: Workspace, folder: Path, count: int = 30, **advice
) -> None:
    """Open the review of a new project of so many pictures, whose dogs the grid has to offer."""
    seed(ws, folder / "pictures", count)
    advise_grid(ws, **{"label": "dog", "pictures": 5, "wrong": 2.2} | advice)
    server.start()
    open_review(page, server)
