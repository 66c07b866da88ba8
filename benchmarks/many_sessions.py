"""Twenty people in twenty browser contexts on 2,000 pictures: none decided twice, none skipped.

``python -m benchmarks.many_sessions [--people 20] [--pictures N] [--out FOLDER] [--full]``

Everybody has an account, a context of their own and the review page; Enter is pressed for each of
them in turn until every picture is verified. Without ``--full``: 500 pictures. The baseline, in the
same run: one person alone at a tenth of the pictures.
"""

import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page
from sqlalchemy import func, select

from benchmarks.browser import chromium, served, workspace
from benchmarks.homes import workplace
from benchmarks.report import Figure, parser, publish
from db.tables import Decision, Item, ItemState
from labeling.workspace import Workspace
from tests.app.seeding import seed
from tests.e2e.people import context_of, log_in_people

PICTURES = {False: 500, True: 2_000}
ROUNDS_BETWEEN_LOOKS = 5
GIVE_UP_AFTER = 900.0  # s


@dataclass(frozen=True)
class Outcome:
    """Pictures by how often they were decided; decisions of the one who made fewest and most."""

    pictures: int
    once: int
    twice: int
    skipped: int
    fewest: int
    most: int
    seconds: float


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--people", type=int, default=20)
    made.add_argument("--pictures", type=int)
    arguments = made.parse_args()
    pictures = arguments.pictures or PICTURES[arguments.full]
    with workplace() as work, chromium() as browser:
        alone = at_work(browser, work / "alone", 1, pictures // 10)
        ours = at_work(browser, work / "together", arguments.people, pictures)
    name = f"{arguments.people} people"
    figures = [
        Figure(f"{name}: pictures decided once", ours.once, f">= {pictures}", ""),
        Figure("– decided twice", ours.twice, "<= 0", ""),
        Figure("– skipped", ours.skipped, "<= 0", ""),
        Figure("– fewest decisions of a person", ours.fewest, unit=""),
        Figure("– most decisions of a person", ours.most, unit=""),
        Figure(
            "decisions a second / one alone",
            (ours.pictures / ours.seconds) / (alone.pictures / alone.seconds),
        ),
    ]
    details = {"together": asdict(ours), "alone": asdict(alone)}
    publish("many_sessions", arguments.out, figures, details)


def at_work(browser: Browser, home: Path, people: int, pictures: int) -> Outcome:
    """Let people verify all pictures; what is stored then."""
    with workspace(home) as ws, ExitStack() as opened:
        seed(ws, home.parent / f"{home.name}-pictures", pictures)
        tokens = log_in_people(ws, people)
        server = opened.enter_context(served(home))
        contexts = [context_of(browser, server, token) for token in tokens]
        pages = [opened.enter_context(context).new_page() for context in contexts]
        for page in pages:
            page.goto(f"{server.url}/review?project=zoo")
        for page in pages:
            page.wait_for_selector("[data-testid=review]", timeout=120_000)
        started = time.monotonic()
        while waiting(ws) and time.monotonic() - started < GIVE_UP_AFTER:
            press(pages)
        return outcome(ws, time.monotonic() - started)


def press(pages: list[Page]) -> None:
    """Press Enter for everybody in turn, a few times; without a picture it does nothing."""
    for _ in range(ROUNDS_BETWEEN_LOOKS):
        for page in pages:
            page.keyboard.press("Enter")


def waiting(ws: Workspace) -> int:
    """How many pictures are not verified."""
    others = select(func.count()).select_from(Item).where(Item.state != ItemState.VERIFIED)
    with ws.db.read() as session:
        return session.scalars(others).one()


def outcome(ws: Workspace, seconds: float) -> Outcome:
    """What the log says."""
    with ws.db.read() as session:
        items = session.scalars(select(Item.id)).all()
        log = session.execute(select(Decision.item_id, Decision.user_id)).all()
    times = Counter(item for item, _ in log)
    persons = Counter(person for _, person in log).values()
    return Outcome(
        pictures=len(items),
        once=sum(times[item] == 1 for item in items),
        twice=sum(times[item] > 1 for item in items),
        skipped=sum(times[item] == 0 for item in items),
        fewest=min(persons, default=0),
        most=max(persons, default=0),
        seconds=round(seconds, 1),
    )


if __name__ == "__main__":
    main()
