"""Inserting item rows: `db.images.add_items` against ORM objects and `add_all`, in the same run.

``python -m benchmarks.insert_rows [--rows N] [--out FOLDER] [--full]``

Ways, each into a fresh SQLite file with our settings (WAL, full sync, foreign keys on) and with
one commit at the end; the rows begin as dicts, their pictures are there already:

- ours: `add_items` inside `Database.write`; wanted: at least 10 × faster than add_all
- driver: the same rows by `executemany` of Python's sqlite3 alone, as tuples made beforehand:
  what SQLite takes for these rows, their indexes and foreign keys, with a statement a row
- add_all: one ORM object a row, `Session.add_all`, `commit`
- one by one: `Session.add` and `commit` for each row, for a hundredth of them
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from benchmarks.homes import fresh_home, project_id, workplace
from benchmarks.report import (
    Cost,
    Figure,
    Way,
    as_json,
    measured,
    parser,
    publish,
    ratio,
    take_turns,
)
from benchmarks.rows import image_rows, item_rows, new_batch
from db import images
from db import tables as t
from labeling.workspace import Workspace

ROWS = {False: 20_000, True: 100_000}
ROUNDS = {False: 3, True: 5}
SHARE_ONE_BY_ONE = 100

Rows = Sequence[dict[str, Any]]
Insert = Callable[[Workspace, Rows], Callable[[], object]]


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--rows", type=int, help="default: 20,000; 100,000 with --full")
    arguments = made.parse_args()
    count = arguments.rows or ROWS[arguments.full]
    with workplace() as work:
        ways: dict[str, Way] = {
            "ours": partial(timed, ours, work, count),
            "driver": partial(timed, driver, work, count),
            "add_all": partial(timed, add_all, work, count),
            "one by one": partial(timed, one_by_one, work, count),
        }
        costs = take_turns(ways, ROUNDS[arguments.full])
    figures = [
        Figure("ORM add_all / add_items", ratio(costs, "add_all", "ours"), ">= 10"),
        Figure("ORM add_all / add_items, CPU", ratio(costs, "add_all", "ours", "cpu")),
        Figure("add_items / bare driver, CPU", ratio(costs, "ours", "driver", "cpu")),
        Figure("ORM add_all / bare driver, CPU", ratio(costs, "add_all", "driver", "cpu")),
        Figure(
            "a commit a row / add_items, extrapolated",
            ratio(costs, "one by one", "ours") * SHARE_ONE_BY_ONE,
        ),
    ]
    details = {"rows": count, "seconds": as_json(costs)}
    publish("insert_rows", arguments.out, figures, details)


def timed(insert: Insert, work: Path, count: int) -> Cost:
    """Insert rows into a fresh database one way; only that counts."""
    with fresh_home(work) as ws:
        project = project_id(ws)
        pictures = image_rows(count)
        ws.db.write(lambda session: images.add_images(session, pictures))
        return measured(insert(ws, item_rows(project, new_batch(ws, project), pictures)))


def ours(ws: Workspace, rows: Rows) -> Callable[[], object]:
    return lambda: ws.db.write(lambda session: images.add_items(session, rows))


def driver(ws: Workspace, rows: Rows) -> Callable[[], object]:
    places = ", ".join("?" * len(rows[0]))
    statement = f"INSERT INTO item ({', '.join(rows[0])}) VALUES ({places}) ON CONFLICT DO NOTHING"
    tuples = [tuple(map(plain, row.values())) for row in rows]

    def run() -> None:
        connection = ws.db.engine.raw_connection()
        cursor = connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        cursor.executemany(statement, tuples)
        cursor.execute("COMMIT")
        connection.close()

    return run


def plain(value: Any) -> Any:
    """A value as the driver takes it and as the schema's types store it."""
    return value.strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(value, datetime) else value


def add_all(ws: Workspace, rows: Rows) -> Callable[[], object]:
    def run() -> None:
        with Session(ws.db.engine) as session:
            session.add_all([t.Item(**row) for row in rows])
            session.commit()

    return run


def one_by_one(ws: Workspace, rows: Rows) -> Callable[[], object]:
    def run() -> None:
        with Session(ws.db.engine) as session:
            for row in rows[: len(rows) // SHARE_ONE_BY_ONE]:
                session.add(t.Item(**row))
                session.commit()

    return run


if __name__ == "__main__":
    main()
