"""The labels that come with an import: kept with the pictures as they came, never verified."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from db import images, jobs, projects, sources
from db.engine import chunks
from db.tables import ImportBatch
from labeling.exporters.rows import DECIDED
from labeling.importers.archive import is_large_archive
from labeling.importers.base import LabelRow
from labeling.importers.matching import PictureFinder
from labeling.importers.registry import Labels, read_labels
from labeling.workflows import given
from labeling.workflows.jobs import Task, beside
from labeling.workflows.label_rows import (
    Refused,
    labels_in_words,
    sort_rows,
    unknown_in_words,
    unknown_labels,
)

PART = 200
"""Items that are labelled in one transaction."""
PATHS = 20_000
"""Paths that are looked at between two rests."""
LONGEST_NAME = 200
"""Characters of a column's name that can be searched for; its source keeps it whole."""
LOGGED, TOLD = 100, 1_000
"""Rows that are refused, at most, in the log of the import and in its result."""


def check(path: str | Path) -> None:
    """Look at a source of labels before anything is imported; large archives are left to the job.

    Raises:
        InputError: it is in no known format; of a file also, its beginning is broken.
    """
    if is_large_archive(Path(path).expanduser()):
        return
    labels = read_labels(path)
    if not labels.is_folder:
        next(labels.rows, None)


def shortened(message: str, folder: Path) -> str:
    """A message about a file that was handed in, without the folder where it is kept."""
    return message.replace(f"{folder}/", "")


def read_rows(path: str | Path) -> Generator[None, None, tuple[str, list[LabelRow]]]:
    """The format and all rows that say something, read in a thread beside.

    Raises:
        InputError: the source is broken; says where.
    """

    def work() -> tuple[str, list[LabelRow]]:
        labels: Labels = read_labels(path)
        said = [row for row in labels.rows if row.labels is not None or row.fault]
        return labels.format, said

    return (yield from beside(work))


def attach(
    task: Task, batch: ImportBatch, fmt: str, rows: list[LabelRow]
) -> Generator[None, None, dict[str, Any]]:
    """Keep the labels with the pictures of an import whose rows are all stored.

    A row that names no picture of the import, or several, is left out and told; a label that is no
    class is kept as it came and told. Done again it changes nothing. Yields after each part.

    Returns:
        format, attached (pictures), refused (rows), first_refused
        (``[{"line", "where", "image", "why"}]``), unknown_labels (rows by label that is no class).
    """
    ws = task.ws
    with ws.db.read() as session:
        project = projects.by_id(session, batch.project_id)
        class_ids = given.meanings(session, project, project.revision).ids
        found = yield from beside(lambda: PictureFinder(rows))
        for number, (item_id, path, sha256) in enumerate(
            sources.paths(session, project.id, batch.id), 1
        ):
            found.offer(item_id, path, sha256)
            if number % PATHS == 0:
                yield
    answer = yield from beside(lambda: sort_rows(rows, found, DECIDED, class_ids))
    for part in chunks(list(answer.taken.items()), PART):
        ws.db.write(partial(_store, task, batch.id, dict(part)))
        yield
    unknown = unknown_labels(answer.taken.values(), class_ids)
    _tell(task, answer.refused, unknown)
    return {
        "format": fmt,
        "attached": len(answer.taken),
        "refused": len(answer.refused),
        "first_refused": [one.told() for one in answer.refused[:TOLD]],
        "unknown_labels": unknown,
    }


def _store(task: Task, batch_id: str, taken: Mapping[str, LabelRow], session: Session) -> None:
    labels = {item_id: labels_in_words(row) for item_id, row in taken.items()}
    sources.add_labels(session, batch_id, labels)
    images.add_columns(session, [*_columns(taken)])
    for line in disagreements(images.labels_by_item(session, taken)):
        jobs.log(session, task.job.id, line, "warning")


def _columns(taken: Mapping[str, LabelRow]) -> Iterator[dict[str, str]]:
    """What rows say beside the label, as columns: their own, and where the label comes from."""
    for item_id, row in taken.items():
        about = {"state": row.state, **row.facts}
        named = {f"label.{name}": value for name, value in about.items()}
        for name, value in {**row.columns, "split": row.split, **named}.items():
            if value:
                yield {"item_id": item_id, "name": name[:LONGEST_NAME], "value": value}


def disagreements(labels: Mapping[str, list[tuple[str, str]]]) -> Iterator[str]:
    """A line for each item whose sources bear different labels.

    Args:
        labels: ``(path, label)`` of all labelled sources, by item id.
    """
    for found in labels.values():
        if len({label for _, label in found}) > 1:
            told = ", ".join(f"{label!r} ({path})" for path, label in found)
            yield f"sources of the same picture disagree on its label: {told}"


def _tell(task: Task, refused: list[Refused], unknown: Mapping[str, int]) -> None:
    lines = [f"label left out: {one.row.where}, {one.row.image!r}: {one.why}" for one in refused]
    more = len(lines) - LOGGED
    rest = [f"{more:,} more labels left out"] if more > 0 else []
    for line in (*lines[:LOGGED], *rest, *unknown_in_words(unknown)):
        task.log(line, "warning")
