"""The truth of a project from a file, for replays and evaluations."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.orm import Session

from db import projects
from db.tables import Project
from labeling.class_names import name_key
from labeling.errors import InputError
from labeling.importers.registry import read_labels
from labeling.workflows.label_rows import finder
from labeling.workflows.projects import VERIFIED


def read_truth(session: Session, project: Project, path: str | Path) -> dict[str, list[str]]:
    """The true class ids of items, by item id; an empty list is none of these.

    Args:
        session: an open session.
        project: the project.
        path: a file, folder or archive of labels (``labeling.importers``); an empty label or
            ``none_of_these`` means none. Of an export of Prelabel only what is verified counts.

    Raises:
        InputError: a row names an unknown picture or class, or contradicts another one.
    """
    by_name: dict[str, str] = {}
    for c in projects.classes(session, project.id, inactive=True):
        by_name |= {name_key(alias): c.id for alias in c.aliases} | {c.key: c.id}
    rows = [row for row in read_labels(path).rows if row.state in (None, *VERIFIED)]
    found = finder(session, project.id, rows)
    truth: dict[str, list[str]] = {}
    for row in rows:
        unknown = [label for label in row.labels or () if name_key(label) not in by_name]
        if unknown:
            raise InputError(
                f"{row.where}: the project has no class {unknown[0]!r}",
                "Write none_of_these for pictures of no class.",
            )
        try:
            item = found.find(row)
        except InputError as error:
            raise InputError(f"{row.where}: {error.what}", error.fix) from None
        labels = sorted(by_name[name_key(label)] for label in row.labels or ())
        if truth.setdefault(item, labels) != labels:
            raise InputError(f"{row.where} contradicts an earlier one about the same picture")
    if not truth:
        raise InputError(f"{path} has no labels", "Give one row a picture: image,label")
    return truth
