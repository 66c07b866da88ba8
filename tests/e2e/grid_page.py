"""What a person does and sees at the grid, and what the server has stored of it."""

from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from db.tables import Alike, Class, Decision, DuplicateGroup, Item, Project, Proposal
from labeling.workspace import Workspace
from tests.app.seeding import seed
from tests.e2e.server import Server

OUTBOX = "[data-testid=outbox]"
MARKED = "[data-testid=grid-item][data-marked]"
PAINTED = "document.querySelector('[data-testid=grid-board]')?.dataset.painted > 0"

Stored = tuple[str, str, tuple[str, ...], str]


def open_grid(page: Page, server: Server, label: str | None = "cat", project: str = "zoo") -> None:
    of_class = f"&label={label}" if label else ""
    page.goto(f"{server.url}/review?project={project}&view=grid{of_class}")
    painted(page)


def begin(
    page: Page, server: Server, ws: Workspace, folder: Path, count: int = 60, **given
) -> None:
    """Open the grid of a new project with so many pictures; ``given`` goes to ``seed``."""
    seed(ws, folder / "pictures", count, **given)
    server.start()
    open_grid(page, server)


def painted(page: Page) -> None:
    page.wait_for_function(PAINTED, timeout=60_000)


def tiles(page: Page) -> Locator:
    return page.get_by_test_id("grid-item")


def shas(page: Page, only: str = "[data-testid=grid-item]") -> list[str]:
    return page.locator(only).evaluate_all("all => all.map((one) => one.dataset.sha)")


def confirm(page: Page) -> list[str]:
    """Press Enter and wait for the next page; what was on the page before."""
    before = shas(page)
    page.keyboard.press("Enter")
    page.wait_for_function(
        "(old) => document.querySelector('[data-testid=grid-item]')?.dataset.sha !== old",
        arg=before[0],
    )
    return before


def all_saved(page: Page) -> None:
    expect(page.locator(OUTBOX)).to_have_attribute("data-pending", "0", timeout=60_000)


def drag(page: Page, first: Locator, last: Locator) -> None:
    """Draw a frame from within one tile to within another."""
    start, end = first.bounding_box(), last.bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + 10, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(end["x"] + 20, end["y"] + 20, steps=5)
    page.mouse.up()


def decisions(ws: Workspace) -> list[Decision]:
    """The whole log, in the server's order."""
    with ws.db.read() as session:
        return list(session.scalars(select(Decision).order_by(Decision.seq)))


def stored(ws: Workspace) -> list[Stored]:
    """(SHA-256, kind, labels, view) of every decision, in the server's order."""
    with ws.db.read() as session:
        names = dict(session.execute(select(Class.id, Class.name)).tuples().all())
        rows = session.execute(
            select(Item.sha256, Decision.kind, Decision.labels, Decision.view)
            .join(Item, Item.id == Decision.item_id)
            .order_by(Decision.seq)
        )
        return [(sha, kind, tuple(names[c] for c in ids), view) for sha, kind, ids, view in rows]


def states(ws: Workspace, of: Sequence[str]) -> set[str]:
    with ws.db.read() as session:
        return set(session.scalars(select(Item.state).where(Item.sha256.in_(of))))


def says(page: Page) -> list[str]:
    return tiles(page).evaluate_all("all => all.map((one) => one.dataset.says)")


def stack(ws: Workspace, labels: Sequence[str]) -> None:
    """Put items with these proposals, that are in no group yet, into one duplicate group."""

    def work(session) -> None:
        ids = dict(session.execute(select(Class.name, Class.id)).tuples().all())
        project = session.scalars(select(Project)).one()
        group = DuplicateGroup(project_id=project.id, method="written by a test")
        session.add(group)
        session.flush()
        for label in labels:
            free = (
                select(Item)
                .join(Proposal, Proposal.item_id == Item.id)
                .where(Proposal.class_id == ids[label], Item.duplicate_group_id.is_(None))
                .order_by(Item.id)
            )
            item = session.scalars(free).first()
            item.duplicate_group_id = group.id
            session.flush()

    ws.db.write(work)


def look_alike(ws: Workspace, labels: Sequence[str]) -> None:
    """Let items with these proposals look alike to the model, and stack such groups."""

    def work(session) -> None:
        ids = dict(session.execute(select(Class.name, Class.id)).tuples().all())
        project = session.scalars(select(Project)).one()
        project.review = {**project.review, "alike_stacks": True}
        group = DuplicateGroup(project_id=project.id, method="written by a test")
        session.add(group)
        session.flush()
        for label in labels:
            free = (
                select(Item.id)
                .join(Proposal, Proposal.item_id == Item.id)
                .outerjoin(Alike, Alike.item_id == Item.id)
                .where(Proposal.class_id == ids[label], Alike.group_id.is_(None))
                .order_by(Item.id)
            )
            session.merge(Alike(item_id=session.scalars(free).first(), group_id=group.id))
            session.flush()

    ws.db.write(work)


def score_by_rank(ws: Workspace) -> None:
    """Give the proposals of every class scores from 0.95 down to 0.05."""

    def work(session) -> None:
        rows = session.scalars(select(Proposal).order_by(Proposal.class_id, Proposal.item_id)).all()
        for at, row in enumerate(rows):
            row.score = round(0.95 - 0.1 * (at % 10), 2)

    ws.db.write(work)
