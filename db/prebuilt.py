"""Parts of statements that are built once and run with each request.

SQLAlchemy writes an ``IN`` over a list of values out anew at each execution, which costs more than
such a statement takes in all.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, bindparam, literal
from sqlalchemy.sql.base import Executable

from db.engine import lookups

Statement = TypeVar("Statement", bound=Executable)

IDS = "ids"
"""The parameter of a `ByIds` that takes the ids; a statement has no other of this name."""


class ByIds(Generic[Statement]):
    """A statement about the rows with some ids: a single one is compared, several are listed.

    Args:
        column: the column of the ids.
        build: makes the statement, given its condition on them.
    """

    def __init__(self, column: Any, build: Callable[[ColumnElement[bool]], Statement]) -> None:
        self._one = build(column == bindparam(IDS))
        self._several = build(column.in_(bindparam(IDS, expanding=True)))

    def parts(self, ids: Iterable[str], **given: Any) -> Iterator[tuple[Statement, dict[str, Any]]]:
        """The statement and its parameters, ``given`` among them, for each part of the ids."""
        for part in lookups(ids):
            if len(part) == 1:
                yield self._one, given | {IDS: part[0]}
            else:
                yield self._several, given | {IDS: part}


def any_of(column: Any, values: Iterable[str]) -> ColumnElement[bool]:
    """Whether a column holds one of a few fixed values."""
    return column.in_([literal(value, column.type) for value in values])
