"""The truth of a project from a file, for replays and evaluations."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.orm import Session

from db import images, projects
from db.tables import Project
from labeling.class_names import name_key
from labeling.errors import InputError
from labeling.workflows.labels_file import ItemFinder, read_rows


def read_truth(session: Session, project: Project, path: str | Path) -> dict[str, list[str]]:
    """The true class ids of items, by item id; an empty list is none of these.

    Args:
        session: an open session.
        project: the project.
        path: a CSV with the columns image and label (several labels joined by ``|``; an empty
            label or ``none_of_these`` means none).

    Raises:
        InputError: a row names an unknown picture or class, or contradicts another one.
    """
    by_name: dict[str, str] = {}
    for c in projects.classes(session, project.id, inactive=True):
        by_name |= {name_key(alias): c.id for alias in c.aliases} | {c.key: c.id}
    finder = item_finder(session, project)
    truth: dict[str, list[str]] = {}
    for row in read_rows(path):
        unknown = [label for label in row.labels if name_key(label) not in by_name]
        if unknown:
            raise InputError(
                f"line {row.line} of {path}: the project has no class {unknown[0]!r}",
                "Write none_of_these for pictures of no class.",
            )
        try:
            item = finder.find(row.image)
        except InputError as error:
            raise InputError(f"line {row.line} of {path}: {error.what}", error.fix) from None
        labels = sorted(by_name[name_key(label)] for label in row.labels)
        if truth.setdefault(item, labels) != labels:
            raise InputError(
                f"line {row.line} of {path} contradicts an earlier line about the same picture"
            )
    if not truth:
        raise InputError(f"{path} has no rows", "Give one row a picture: image,label")
    return truth


def item_finder(session: Session, project: Project) -> ItemFinder:
    """Finds the items of a project by what files call them."""
    by_path = images.ids_by_path(session, project.id)
    return ItemFinder(images.all_by_sha(session, project.id), by_path)
