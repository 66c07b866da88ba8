"""What of an erased picture lies in files: its bytes, its vectors, heads that hold these, staging.

Each function may be called again after any failure.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from db import cvat_ledger, heads, jobs
from db.erasures import Vector
from db.tables import JobState
from labeling.errors import ExportError
from labeling.exporters.staging import MANIFEST, remove_abandoned
from labeling.images.blobs import KINDS
from labeling.images.fingerprint import sha256
from labeling.workspace import Workspace


def remove(ws: Workspace, sha: str, left: Mapping[str, Any]) -> None:
    """Remove what is left of an erased picture (``ErasedPicture.left``) from files.

    Vectors go last of their kind: while one stands, the heads that hold it can be told.
    """
    for kind in KINDS:
        ws.blobs.remove(kind, sha)
    for values in left.get("vectors", ()):
        _blank(ws, Vector(*values))
    for project_id in left.get("projects", ()):
        _clear_staging(ws, project_id)


def exports_with(session: Session, project_ids: Sequence[str], sha: str) -> list[str]:
    """The folders of finished exports of projects that hold a copy of a picture."""
    found = []
    for folder in _export_folders(session, project_ids, finished=True):
        manifest = Path(folder) / MANIFEST
        if manifest.is_file() and any(one["sha256"] == sha for one in _files(manifest)):
            found.append(folder)
    return found


def _files(manifest: Path) -> list[dict[str, Any]]:
    try:
        files = json.loads(manifest.read_text("utf-8")).get("files", [])
    except (OSError, ValueError, AttributeError):
        return []
    return [one for one in files if isinstance(one, dict) and "sha256" in one]


def _blank(ws: Workspace, vector: Vector) -> None:
    """Zero a row of an embedding file, and the same vector in the heads of its model."""
    rows = ws.stored_embeddings(vector.model_id, vector.dim)
    if vector.row >= rows:
        return
    row = np.array([vector.row])
    with ws.embeddings(vector.model_id, vector.dim, rows, writer=True) as store:
        values = store.read(row)[0]
        if not values.any():
            return
        _clean_heads(ws, vector.model_id, values)
        store.blank(row)


def _clean_heads(ws: Workspace, model_id: str, vector: NDArray[np.float32]) -> None:
    from labeling.heads.storage import forget

    with ws.db.read() as session:
        ids = heads.of_model(session, model_id)
    for head_id in ids:
        with ws.db.read() as session:
            weights = heads.get(session, head_id).weights
        cleaned = forget(weights, vector)
        if cleaned is not None:
            digest = sha256(cleaned)
            ws.db.write(partial(heads.replace_weights, head_id, cleaned, digest))


def _clear_staging(ws: Workspace, project_id: str) -> None:
    """Remove what killed exports and pushes of a project left behind."""
    with ws.db.read() as session:
        outs = _export_folders(session, [project_id], finished=False)
        links = [link.id for link in cvat_ledger.links(session, project_id)]
    for out in outs:
        try:
            remove_abandoned(Path(out))
        except (ExportError, OSError):
            continue  # a place that is no more, or not ours to write
    for link_id in links:
        shutil.rmtree(ws.settings.root / "cvat" / link_id, ignore_errors=True)


def _export_folders(session: Session, project_ids: Sequence[str], *, finished: bool) -> list[str]:
    """Where exports of projects were written to, or were to be; each once."""
    found = (
        job.parameters["out"]
        for project_id in project_ids
        for job in jobs.of_kind(session, project_id, "export")
        if not finished or job.state == JobState.DONE
    )
    return list(dict.fromkeys(found))
