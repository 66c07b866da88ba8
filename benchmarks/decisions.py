"""Fifty people deciding at once: one writer with group commit against a session a thread.

``python -m benchmarks.decisions [--people 50] [--out FOLDER] [--full]``

Every way runs the same code, `workflows.review.decide`, on a database of its own; only the door to
the database differs:

- ours: `Database.write`, one writer thread that commits what is waiting together
- immediate: an ORM session a thread, BEGIN IMMEDIATE, busy timeout of 30 s
- deferred (``--full``): the same with SQLite's usual BEGIN, tried again when the database is
  locked; how often that happened is reported

Two paces: people (a pause of 1 s on average before each decision) and burst (no pause at all; not
for deferred, which then hardly gets anywhere for locks). Figures are ratios of the median and of
the 95th percentile of the time until a decision is acknowledged.
"""

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from benchmarks.homes import CLASSES, PROJECT, fresh_home, project_id, workplace
from benchmarks.report import Figure, parser, publish
from benchmarks.rows import image_rows, item_rows, new_batch
from db import images
from db.engine import Database
from db.ids import new_id
from labeling.workflows import accounts, review
from labeling.workspace import Workspace

PER_PERSON = {False: 6, True: 20}
ROUNDS = {False: 3, True: 5}
PAUSE = {"people": 1.0, "burst": 0.0}


@dataclass(frozen=True)
class Round:
    """What one way did in one round: milliseconds until acknowledged, and locks met."""

    p50: float
    p95: float
    slowest: float
    locked: int


class OwnSessions(Database):
    """A database where each write has a session of its own.

    Args:
        url: as of `Database`.
        immediate: take the write lock at the beginning.
    """

    def __init__(self, url: str, *, immediate: bool) -> None:
        super().__init__(url)
        self.locked = 0
        self._own = self.engine.execution_options(prelabel_writes=immediate)

    def write(self, work: Callable[[Session], Any]) -> Any:
        """Run `work` in a transaction of its own, again if the database was locked."""
        while True:
            try:
                with Session(self._own, expire_on_commit=False) as session, session.begin():
                    return work(session)
            except OperationalError as error:
                if "locked" not in str(error):
                    raise
                self.locked += 1
                time.sleep(random.uniform(0.001, 0.01))


DOORS: dict[str, Callable[[str], Database]] = {
    "ours": Database,
    "immediate": partial(OwnSessions, immediate=True),
    "deferred": partial(OwnSessions, immediate=False),
}


WAYS = {
    False: {"people": ["ours", "immediate"], "burst": ["ours", "immediate"]},
    True: {"people": ["ours", "immediate", "deferred"], "burst": ["ours", "immediate"]},
}


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--people", type=int, default=50)
    arguments = made.parse_args()
    share = PER_PERSON[arguments.full]
    ways = WAYS[arguments.full]
    found: dict[str, list[Round]] = {f"{d}, {p}": [] for p in ways for d in ways[p]}
    with workplace() as work:
        for turn in range(ROUNDS[arguments.full]):
            for pace, pause in PAUSE.items():
                for door in ways[pace][:: 1 if turn % 2 == 0 else -1]:
                    with home_with_items(work, door, arguments.people * share) as (ws, items):
                        outcome = everybody(ws, items, arguments.people, pause)
                    found[f"{door}, {pace}"].append(outcome)
    details = {
        "people": arguments.people,
        "decisions_each": share,
        "rounds": {way: [vars(one) for one in rounds] for way, rounds in found.items()},
    }
    publish("decisions", arguments.out, figures(found, ways), details)


def figures(found: dict[str, list[Round]], ways: dict[str, list[str]]) -> list[Figure]:
    made = []
    for pace, doors in ways.items():
        ours = found[f"ours, {pace}"]
        for part in ("p50", "p95"):
            value = median(getattr(one, part) for one in ours)
            made.append(Figure(f"{pace}: ours, {part}", value, unit="ms"))
        for door in doors[1:]:
            for part in ("p50", "p95"):
                pairs = zip(found[f"{door}, {pace}"], ours, strict=True)
                value = median(getattr(b, part) / getattr(o, part) for b, o in pairs)
                made.append(Figure(f"{pace}: {door} session a thread / ours, {part}", value))
    return made


@contextmanager
def home_with_items(work: Path, door: str, count: int) -> Any:
    """A workspace behind a door, and the ids of items that wait in it."""
    with fresh_home(work) as ws:
        project = project_id(ws)
        pictures = image_rows(count)
        rows = item_rows(project, new_batch(ws, project), pictures)
        ws.db.write(lambda session: images.add_images(session, pictures))
        ws.db.write(lambda session: images.add_items(session, rows))
        behind = replace(ws, db=DOORS[door](ws.db.url))
        try:
            yield behind, [row["id"] for row in rows]
        finally:
            behind.close()


def everybody(ws: Workspace, items: list[str], people: int, pause: float) -> Round:
    """Let each person decide their own items, all at once."""
    names = [accounts.user(ws, f"person{number}").id for number in range(people)]
    with ThreadPoolExecutor(people) as pool:
        shares = [items[number::people] for number in range(people)]
        waits = list(pool.map(partial(one_person, ws, pause), names, shares))
    p50, p95, slowest = np.percentile(1000 * np.concatenate(waits), [50, 95, 100]).tolist()
    return Round(p50, p95, slowest, getattr(ws.db, "locked", 0))


def one_person(ws: Workspace, pause: float, user_id: str, items: list[str]) -> list[float]:
    """Decide items one after the other; seconds until each decision was acknowledged."""
    rng, waits = random.Random(user_id), []
    for item in items:
        time.sleep(rng.expovariate(1 / pause) if pause else 0)
        label = rng.choice(CLASSES.split(","))
        decision = {"id": new_id(), "item": item, "kind": "correct", "labels": [label]}
        started = time.perf_counter()
        answer = review.decide(ws, user_id, PROJECT, [decision])
        waits.append(time.perf_counter() - started)
        if answer["acknowledged"] != [decision["id"]]:
            raise SystemExit(f"a decision was not taken: {answer}")
    return waits


if __name__ == "__main__":
    main()
