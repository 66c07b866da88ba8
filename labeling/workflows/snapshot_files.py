"""The files of a snapshot: written once, compared with what the database says.

The label file (``labels.jsonl``) and the manifest lie in the home folder under ``snapshots/ID``;
the manifest's own SHA-256 stands in the database.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from db import images, snapshots
from db.tables import Image, Project, Snapshot, SnapshotItem
from labeling.errors import InputError, NotFoundError, PrelabelError
from labeling.images.fingerprint import sha256
from labeling.workflows import erased
from labeling.workflows.jobs import to_end
from labeling.workflows.pictures import original
from labeling.workflows.projects import find
from labeling.workspace import Workspace

LABELS, MANIFEST = "labels.jsonl", "manifest.json"
PART = 100
"""Pictures between two moments at which a check can be cancelled."""
KEPT = ("sha256", "labels", "state", "split")
"""Fields of a line that stand in the database too."""


def store(
    ws: Workspace,
    snapshot: Snapshot,
    rows: Sequence[dict[str, Any]],
    manifest: dict[str, Any],
) -> None:
    """Write a snapshot's files, then its rows; no file is left where the rows can't be stored.

    Raises:
        InputError: somebody has taken its name meanwhile.
    """
    folder = folder_of(ws, snapshot.id)
    shutil.rmtree(folder, ignore_errors=True)  # of an attempt that was killed
    folder.mkdir(parents=True)
    data = _as_bytes(manifest)
    (folder / LABELS).write_bytes(label_file(rows))
    (folder / MANIFEST).write_bytes(data)
    snapshot.manifest, snapshot.manifest_sha256 = manifest, sha256(data)
    kept = [{key: row[key] for key in KEPT} for row in rows]

    def work(session: Session) -> None:
        if snapshots.named(session, snapshot.project_id, snapshot.name):
            raise InputError(f"the project has a snapshot {snapshot.name!r} already")
        snapshots.add(session, snapshot, kept)

    try:
        ws.db.write(work)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def verify(ws: Workspace, project_name: str, name: str) -> dict[str, Any]:
    """Check that a snapshot is what was signed off: manifest, label file, database and pictures.

    Returns:
        snapshot, pictures (in it), ok, faults: a list of ``{"file", "what"}``, and erased: a list
        of ``{"sha256", "what"}``, of pictures that were erased since, which is no fault.

    Raises:
        NotFoundError: there is no such project or snapshot.
    """
    return to_end(verifying(ws, project_name, name))


def verifying(
    ws: Workspace, project_name: str, name: str
) -> Generator[tuple[int, int], None, dict[str, Any]]:
    """Check a snapshot step by step; what ``verify`` returns and raises.

    Yields:
        how many pictures are read, and how many there are.
    """
    with ws.db.read() as session:
        snapshot = found(session, find(session, project_name), name)
        stored = snapshots.items(session, snapshot.id)
        pictures = images.by_shas(session, [item.sha256 for item in stored])
        gone = erased.told(session, [item.sha256 for item in stored])
    faults = _faults_of_files(ws, snapshot, stored)
    shas = snapshot.manifest["pictures"]
    for number, sha in enumerate(shas):
        if number % PART == 0:
            yield number, len(shas)
        if sha in gone:
            continue
        image = pictures.get(sha)
        fault = "is gone" if image is None else _fault_of_picture(ws, image)
        if fault:
            faults.append({"file": sha, "what": f"the picture {fault}"})
    checked = {"snapshot": name, "pictures": len(stored), "ok": not faults, "faults": faults}
    return checked | {"erased": [{"sha256": sha, "what": gone[sha]} for sha in sorted(gone)]}


def require_untouched(ws: Workspace, snapshot: Snapshot, stored: Sequence[SnapshotItem]) -> None:
    """Refuse a snapshot whose files or rows are not what was signed off.

    Raises:
        InputError: names the first file.
    """
    faults = _faults_of_files(ws, snapshot, stored)
    if faults:
        raise InputError(
            f"the snapshot {snapshot.name!r} is not as it was signed off: {faults[0]['file']} "
            f"{faults[0]['what']}",
            "Restore the home folder from a backup, or take a new snapshot.",
        )


def found(session: Session, project: Project, name: str) -> Snapshot:
    """The snapshot of this name.

    Raises:
        NotFoundError: there is none.
    """
    snapshot = snapshots.named(session, project.id, name)
    if snapshot is None:
        raise NotFoundError(
            f"the project has no snapshot {name!r}", f"See: prelabel snapshot {project.name} list"
        )
    return snapshot


def opened(ws: Workspace, session: Session, project: Project, name: str) -> Snapshot:
    """The snapshot of this name, when it is as it was signed off.

    Raises:
        InputError: it is not; names the file.
        NotFoundError: there is none.
    """
    snapshot = found(session, project, name)
    require_untouched(ws, snapshot, snapshots.items(session, snapshot.id))
    return snapshot


def class_names(snapshot: Snapshot) -> dict[str, str]:
    """The names that the classes had then, by id."""
    return {row["id"]: row["name"] for row in snapshot.manifest["classes"]}


def folder_of(ws: Workspace, snapshot_id: str) -> Path:
    """Where the files of a snapshot lie."""
    return ws.settings.root / "snapshots" / snapshot_id


def label_file(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The content of the label file: a JSON object a line."""
    lines = [json.dumps(row, ensure_ascii=False, sort_keys=True) for row in rows]
    return ("\n".join(lines) + "\n").encode()


def _as_bytes(manifest: Mapping[str, Any]) -> bytes:
    return (json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _faults_of_files(
    ws: Workspace, snapshot: Snapshot, stored: Sequence[SnapshotItem]
) -> list[dict[str, str]]:
    folder, faults = folder_of(ws, snapshot.id), []
    wanted = {MANIFEST: snapshot.manifest_sha256, LABELS: snapshot.manifest["labels_sha256"]}
    for file, digest in wanted.items():
        path = folder / file
        if not path.is_file():
            faults.append({"file": str(path), "what": "is gone"})
        elif sha256(path.read_bytes()) != digest:
            faults.append({"file": str(path), "what": "was changed"})
    if sha256(_as_bytes(snapshot.manifest)) != snapshot.manifest_sha256:
        faults.append({"file": "the manifest in the database", "what": "was changed"})
    if not faults and _differ(folder / LABELS, stored):
        faults.append({"file": "the items in the database", "what": "were changed"})
    return faults


def _differ(labels: Path, stored: Sequence[SnapshotItem]) -> bool:
    rows = map(json.loads, labels.read_text("utf-8").splitlines())
    written = [(r["sha256"], r["labels"], r["state"], r["split"]) for r in rows]
    return written != [(i.sha256, i.labels, i.state, i.split) for i in stored]


def _fault_of_picture(ws: Workspace, image: Image) -> str | None:
    try:
        data = original(ws, image, rehash=True)
    except (OSError, PrelabelError) as error:
        return f"can't be read: {error}"
    return None if sha256(data) == image.sha256 else "was changed"
