"""Many rows into one table in a few statements.

SQLAlchemy's ``executemany`` looks up and converts each parameter of each row, and SQLite starts
the statement anew for each row. On SQLite, rows therefore go in groups of `GROUP_SIZES`; a column
that holds one and the same object in all rows (the project, the batch, the time of a chunk) is
converted once and bound once a group. Values pass through the same type processors as in the
ordinary way, which PostgreSQL takes: its driver sends rows as a pipeline.
"""

from collections.abc import Iterator, Sequence
from itertools import repeat
from operator import is_, itemgetter
from typing import Any

import numpy as np
from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Rows = Sequence[dict[str, Any]]
Parameters = tuple[Any, ...]

GROUP_SIZES = (200, 20, 1)
"""Rows in one statement, greedily; so few sizes that the driver keeps all statements prepared."""
COUNTING = {"preserve_rowcount": True}


def bulk_insert(
    connection: Connection, table: Table, rows: Rows, *, skip_known: bool, by: str | None = None
) -> int:
    """Insert ``rows`` in the transaction of ``connection``; how many went in.

    Args:
        connection: to SQLite or PostgreSQL.
        table: where the rows go.
        rows: values by column name, at least one row, the same columns in all.
        skip_known: pass over rows whose primary or unique key is there already.
        by: column of ASCII texts by whose beginnings rows are ordered on SQLite, where they have
            different ones: keys that begin with it are then filled page by page, not all over the
            place.

    Raises:
        IntegrityError: a row breaks a constraint; with ``skip_known``, one that is not a key.
        ValueError: a type refuses a value (SQLite; PostgreSQL raises it inside StatementError).
    """
    if connection.dialect.name == "sqlite" and not _needs_defaults(table, rows):
        return _insert_groups(connection, table, rows, skip_known, by)
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table)
    if skip_known:
        statement = statement.on_conflict_do_nothing()
    return connection.execute(statement, list(rows), execution_options=COUNTING).rowcount


def _needs_defaults(table: Table, rows: Rows) -> bool:
    return any(c.default is not None and c.name not in rows[0] for c in table.columns)


def _insert_groups(
    connection: Connection, table: Table, rows: Rows, skip_known: bool, by: str | None
) -> int:
    quote = connection.dialect.identifier_preparer.quote
    shared: dict[str, Any] = {}
    own: dict[str, list[Any]] = {}
    for name in rows[0]:
        values = list(map(itemgetter(name), rows))
        kind = table.columns[name].type.dialect_impl(connection.dialect)
        convert = kind.bind_processor(connection.dialect)
        if own and all(map(is_, values, repeat(values[0]))):
            shared[name] = convert(values[0]) if convert else values[0]
        else:
            own[name] = list(map(convert, values)) if convert else values
    if by in own and len(rows) > 1:
        in_order = itemgetter(*_order(own[by]))
        own = {name: list(in_order(values)) for name, values in own.items()}
    target = f"INSERT INTO {quote(table.name)} ({', '.join(map(quote, [*own, *shared]))})"
    ending = "ON CONFLICT DO NOTHING" if skip_known else ""
    inserted = 0
    for size, groups in _groups(list(own.values()), list(shared.values())):
        statement = f"{target} VALUES {_records(size, len(own), len(shared))} {ending}"
        done = connection.exec_driver_sql(statement, groups, execution_options=COUNTING)
        inserted += done.rowcount
    return inserted


def _order(texts: list[str]) -> list[int]:
    """Places of texts by their first four characters, among the same ones the first first."""
    keys = np.array(texts, dtype="S4").view(">u4").astype(np.uint64) << np.uint64(32)
    keys += np.arange(len(texts), dtype=np.uint64)
    keys.sort()
    order: list[int] = keys.astype(np.uint32).tolist()
    return order


def _records(size: int, own: int, shared: int) -> str:
    """``size`` records of numbered parameters: the own ones of all rows, then the shared ones."""
    last = [f"?{size * own + place}" for place in range(1, shared + 1)]
    firsts = ([f"?{row * own + place}" for place in range(1, own + 1)] for row in range(size))
    return ", ".join(f"({', '.join(first + last)})" for first in firsts)


def _groups(own: list[list[Any]], shared: list[Any]) -> Iterator[tuple[int, list[Parameters]]]:
    """The parameters of the statements that take all rows, by the number of rows in each."""
    width, count = len(own), len(own[0])
    flat: list[Any] = [None] * (width * count)
    for position, values in enumerate(own):
        flat[position::width] = values
    start = 0
    for size in GROUP_SIZES:
        end = count - (count - start) % size
        places = range(start * width, end * width, size * width)
        if places:
            yield size, [(*flat[place : place + size * width], *shared) for place in places]
        start = end
