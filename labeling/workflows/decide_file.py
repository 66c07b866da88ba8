"""Decisions from a file: somebody's labels, handed in as any format that exports have."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from db.tables import DecisionKind
from labeling.class_names import name_key
from labeling.importers.base import LabelRow
from labeling.importers.registry import read_labels
from labeling.workflows import given, review
from labeling.workflows.label_rows import Refused, finder, sort_rows, unknown_labels
from labeling.workflows.projects import VERIFIED, find
from labeling.workspace import Workspace

BATCH = 200
NAMESPACE = uuid.UUID("0a4ad4e3-6f3c-5a4b-9a39-3b8f4a6f1c10")


def decide_from(
    ws: Workspace, user_id: str, project_name: str, path: Path, entered_by: str | None = None
) -> dict[str, Any]:
    """Store the decisions of a file, folder or archive in the order of its rows.

    The same file handed in again changes nothing: the id of a decision is made of the file's
    content and the row's number. ``none_of_these`` says that no class is shown. Refused are rows
    without a label, of a picture that is not there or of a name that several bear, that contradict
    each other, whose label is no class (most likely a typing error), and rows of an export whose
    item nobody had verified.

    Returns:
        format, stored, already_known, rejected (``[{"line", "where", "image", "why"}]``),
        unknown_labels (rows by label that is no class).

    Raises:
        InputError: the file is in no known format, or broken; says where.
        NotFoundError: there is no such project.
    """
    labels = read_labels(path)
    rows = list(labels.rows)
    digest = _digest(path, rows)
    with ws.db.read() as session:
        project = find(session, project_name)
        class_ids = given.meanings(session, project, project.revision).ids
        found = sort_rows(rows, finder(session, project.id, rows), set(VERIFIED), class_ids)
    good, refused = [], list(found.refused)
    for item_id, row in found.taken.items():
        if why := _unknown(row, class_ids):
            refused.append(Refused(row, why))
        else:
            name = f"{project.id}:{user_id}:{digest}:{row.number}"
            good.append(_decision(row, item_id) | {"id": str(uuid.uuid5(NAMESPACE, name))})
    rejected = [one.told() for one in sorted(refused, key=lambda one: one.row.number)]
    stored, known = 0, found.repeated
    for start in range(0, len(good), BATCH):
        answer = review.decide(
            ws, user_id, project_name, good[start : start + BATCH], source=f"file:{labels.format}",
            entered_by=entered_by,
        )  # fmt: skip
        stored += len(answer["acknowledged"])
        known += len(answer["already_known"])
        rows_by_id = {one["id"]: one["row"] for one in good[start : start + BATCH]}
        rejected += [Refused(rows_by_id[r["id"]], r["why"]).told() for r in answer["rejected"]]
    return {
        "format": labels.format,
        "stored": stored,
        "already_known": known,
        "rejected": rejected,
        "unknown_labels": unknown_labels(rows, class_ids),
    }


def _digest(path: Path, rows: Sequence[LabelRow]) -> str:
    """What tells one source from another: a file's bytes, or what is said in a folder."""
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    told = [(row.number, row.image, row.sha256, row.labels) for row in rows]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _unknown(row: LabelRow, class_ids: Mapping[str, str]) -> str | None:
    unknown = [label for label in row.labels or () if name_key(label) not in class_ids]
    if not unknown:
        return None
    return f"the project has no class {unknown[0]!r}. Check the spelling, or add the class."


def _decision(row: LabelRow, item_id: str) -> dict[str, Any]:
    kind = DecisionKind.CORRECT if row.labels else DecisionKind.NONE_OF_THESE
    labels = list(row.labels or ())
    return {"item": item_id, "kind": kind, "labels": labels, "view": "import", "row": row}
