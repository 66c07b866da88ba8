"""Rows of a file of labels beside the items of a project: which they mean, and what is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from db import sources
from labeling.class_names import name_key
from labeling.errors import InputError
from labeling.importers.base import LabelRow
from labeling.importers.matching import PictureFinder

UNDECIDED = "its state is {}: nobody has looked at it"
UNKNOWN_KEPT, UNKNOWN_TOLD = 1_000, 20
"""Labels that are no class: kept with their counts, and told one by one."""
MISSING_CLASS = (
    "Add the class or an alias (page Classes, or prelabel classes NAME set …), or write another "
    "class in the file."
)


@dataclass(frozen=True)
class Refused:
    """A row that is not taken, and why."""

    row: LabelRow
    why: str

    def told(self) -> dict[str, Any]:
        """The same for JSON."""
        where, image = self.row.where, self.row.image
        return {"line": self.row.number, "where": where, "image": image, "why": self.why}


@dataclass
class Sorted:
    """Rows by what becomes of them.

    Attributes:
        taken: the row of each item, by item id, in the order of the rows.
        repeated: rows that say once more what is taken.
        refused: rows that are not taken.
    """

    taken: dict[str, LabelRow] = field(default_factory=dict)
    repeated: int = 0
    refused: list[Refused] = field(default_factory=list)


def finder(session: Session, project_id: str, rows: Iterable[LabelRow]) -> PictureFinder:
    """Finds the items of a project that rows mean."""
    found = PictureFinder(rows)
    for item_id, path, sha256 in sources.paths(session, project_id):
        found.offer(item_id, path, sha256)
    return found


def sort_rows(
    rows: Sequence[LabelRow], found: PictureFinder, states: Set[str], class_ids: Mapping[str, str]
) -> Sorted:
    """Sort the rows that have labels.

    Rows that contradict each other on a picture are all refused.

    Args:
        rows: of one source.
        found: knows the items that they may mean.
        states: those in which an exported label is taken; files of others tell none.
        class_ids: classes by name or alias as ``name_key`` gives it.
    """
    answer = Sorted()
    by_item: dict[str, list[LabelRow]] = {}
    for row in rows:
        try:
            by_item.setdefault(_item(row, found, states), []).append(row)
        except InputError as error:
            answer.refused.append(Refused(row, str(error)))
    for item_id, same in by_item.items():
        if len({_meant(row, class_ids) for row in same}) > 1:
            told = " against ".join(f"{labels_in_words(row)} ({row.where})" for row in same)
            why = f"rows contradict each other on this picture: {told}"
            answer.refused += [Refused(row, why) for row in same]
        else:
            answer.taken[item_id] = same[0]
            answer.repeated += len(same) - 1
    answer.refused.sort(key=lambda one: one.row.number)
    return answer


def _meant(row: LabelRow, class_ids: Mapping[str, str]) -> frozenset[str]:
    """What the labels of a row mean, under whatever names."""
    keys = map(name_key, row.labels or ())
    return frozenset(class_ids.get(key, key) for key in keys)


def _item(row: LabelRow, found: PictureFinder, states: Set[str]) -> str:
    if row.state is not None and row.state not in states:
        raise InputError(UNDECIDED.format(row.state), "Verify it where it comes from.")
    if row.labels is None and not row.fault:
        raise InputError("the label is empty", "Write none_of_these where no class is shown.")
    return found.find(row)


def unknown_labels(rows: Iterable[LabelRow], class_ids: Mapping[str, str]) -> dict[str, int]:
    """Labels that are no class, with the number of rows that bear them; the most frequent first.

    At most ``UNKNOWN_KEPT`` of them: a column of captions has as many as rows.

    Args:
        rows: any.
        class_ids: classes by name or alias as ``name_key`` gives it.
    """
    labels = (label for row in rows for label in row.labels or ())
    return dict(
        Counter(one for one in labels if name_key(one) not in class_ids).most_common(UNKNOWN_KEPT)
    )


def unknown_in_words(unknown: Mapping[str, int]) -> list[str]:
    """A line for each of the first labels that are no class, and what to do."""
    if not unknown:
        return []
    lines = [
        f"{label!r} is no class of the project ({count:,} {'row' if count == 1 else 'rows'})."
        for label, count in list(unknown.items())[:UNKNOWN_TOLD]
    ]
    more = len(unknown) - UNKNOWN_TOLD
    rest = [f"{more:,} more labels are no class of the project."] if more > 0 else []
    return [*lines, *rest, MISSING_CLASS]


def labels_in_words(row: LabelRow) -> str:
    """The labels of a row joined by |, or none_of_these."""
    return "|".join(row.labels or ()) or "none_of_these"
