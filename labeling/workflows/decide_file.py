"""Decisions from a CSV: somebody's labels, handed in as a file."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path
from typing import Any

from db.tables import DecisionKind
from labeling.class_names import name_key
from labeling.errors import InputError
from labeling.workflows import given, review
from labeling.workflows.labels_file import LabelRow, read_rows
from labeling.workflows.projects import find
from labeling.workflows.truth import item_finder
from labeling.workspace import Workspace

BATCH = 200
NAMESPACE = uuid.UUID("0a4ad4e3-6f3c-5a4b-9a39-3b8f4a6f1c10")


def decide_from(
    ws: Workspace, user_id: str, project_name: str, path: Path, entered_by: str | None = None
) -> dict[str, Any]:
    """Store the decisions of a CSV (columns image and label) in the order of its rows.

    The same file handed in again changes nothing: the id of a decision is made of the file's
    content and the row's number. A cell ``none_of_these`` says that no class is shown; an empty
    cell is refused. A label that is no class is refused too, since it is most likely a typing
    error.

    Returns:
        stored, already_known, rejected (``[{"line", "image", "why"}]``).
    """
    rows = read_rows(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with ws.db.read() as session:
        project = find(session, project_name)
        finder = item_finder(session, project)
        names = set(given.meanings(session, project, project.revision).ids)
    good, rejected = [], []
    for row in rows:
        try:
            _require_labels(row, names)
            decision = _decision(row, finder.find(row.image))
        except InputError as error:
            rejected.append({"line": row.line, "image": row.image, "why": str(error)})
        else:
            name = f"{project.id}:{user_id}:{digest}:{row.line}"
            good.append(decision | {"id": str(uuid.uuid5(NAMESPACE, name))})
    stored = known = 0
    for start in range(0, len(good), BATCH):
        answer = review.decide(
            ws, user_id, project_name, good[start : start + BATCH], source="csv",
            entered_by=entered_by,
        )  # fmt: skip
        stored += len(answer["acknowledged"])
        known += len(answer["already_known"])
        rejected += [{"line": None, "image": r["id"], "why": r["why"]} for r in answer["rejected"]]
    return {"stored": stored, "already_known": known, "rejected": rejected}


def _require_labels(row: LabelRow, names: set[str]) -> None:
    if not row.label:
        raise InputError("the label is empty", "Write none_of_these where no class is shown.")
    unknown = [label for label in row.labels if name_key(label) not in names]
    if unknown:
        raise InputError(f"the project has no class {unknown[0]!r}", "Check the spelling.")


def _decision(row: LabelRow, item_id: str) -> dict[str, Any]:
    kind = DecisionKind.CORRECT if row.labels else DecisionKind.NONE_OF_THESE
    return {"item": item_id, "kind": kind, "labels": row.labels, "view": "import"}
