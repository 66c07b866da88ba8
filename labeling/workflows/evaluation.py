"""Evaluations as jobs: the truth that is chosen, the figures, and what they do not say."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from db import batches, images, learning, projects
from db.ids import new_id
from db.tables import Job, Project
from labeling.errors import InputError, PrelabelError
from labeling.roles import Role
from labeling.workflows import accounts
from labeling.workflows.jobs import Steps, Task, beside
from labeling.workflows.jobs import enqueue as put_in_line
from labeling.workflows.projects import find, shown_run
from labeling.workflows.truth import read_truth
from labeling.workspace import Workspace

KIND = "evaluate"


class Truth(StrEnum):
    """What proposals are compared with."""

    AUDIT = "audit"
    VERIFIED = "verified"
    FILE = "file"


NOTES = {
    Truth.AUDIT: (
        "Blind audits of the imports: drawn at random before anybody saw them, answered with the "
        "proposal hidden, and never learned from. The figures hold for the imports that they were "
        "drawn from, as far as people are right."
    ),
    Truth.VERIFIED: (
        "All verified labels: not drawn at random. The policy asks for hard pictures first, which "
        "makes proposals look worse than they are; people saw the proposal, and the head has "
        "learned from these labels, which makes them look better. Good to see what is confused "
        "with what, not to tell how right the dataset is."
    ),
    Truth.FILE: (
        "A truth file: the figures hold for pictures like those that it names. Where the head has "
        "learned from some of them, it looks better than it is."
    ),
}
UNEQUAL = (
    " Imports were audited with different chances, {shares}: those with the larger one weigh more "
    "here than in the dataset."
)


@dataclass(frozen=True)
class TruthFile:
    """A file of labels as it was uploaded: its name, and its bytes."""

    name: str
    data: bytes


def sizes(ws: Workspace, project_name: str) -> dict[str, int]:
    """How many labels each truth of a project itself has now, by name.

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project_id = find(session, project_name).id
        return {
            Truth.AUDIT: len(learning.audit_answers(session, project_id)),
            Truth.VERIFIED: len(learning.verified(session, project_id)),
        }


def ask(
    ws: Workspace,
    user_id: str,
    project_name: str,
    truth: str,
    unseen: Sequence[str] = (),
    file: TruthFile | None = None,
) -> str:
    """Put an evaluation in line for a reviewer; the id of its job.

    Args:
        ws: the workspace.
        user_id: who asks.
        project_name: the project.
        truth: audit, verified or file.
        unseen: classes that the head was not trained on, by name (single-label projects).
        file: the truth file, where that is the truth.

    Raises:
        ForbiddenError: the person is no reviewer here.
        InputError: the project was never pre-labeled, or a file is lacking.
        NotFoundError: there is no such project.
    """
    accounts.require(ws, user_id, Role.REVIEWER, project_name)
    kind = Truth(truth)
    if kind == Truth.FILE and file is None:
        raise InputError("there is no truth file", "Choose a CSV with the columns image and label.")
    with ws.db.read() as session:
        project = find(session, project_name)
        shown_run(session, project)
    given: dict[str, Any] = {"truth": kind.value, "unseen": list(unseen)}
    if file is not None and kind == Truth.FILE:
        given |= {"file": file.name, "upload": str(_keep(ws, file))}
    return put_in_line(ws, KIND, project.id, given, user_id=user_id)


def discard_upload(job: Job) -> None:
    """Remove the truth file of an evaluation that has ended, however it ended."""
    if job.kind == KIND and (upload := job.parameters.get("upload")):
        shutil.rmtree(Path(upload).parent, ignore_errors=True)


def steps(task: Task) -> Steps:
    """Compare the shown proposals with the chosen truth.

    Returns what ``evaluate.against`` returns, and truth: kind, labels (how many), file (its name,
    or None), note (what the figures hold for), unseen (the names that were given).
    """
    ws, given = task.ws, task.job.parameters
    kind = Truth(given["truth"])
    task.tell(0, message="reading the truth")
    with ws.db.read() as session:
        project = projects.by_id(session, task.job.project_id or "")
        truth = _read(session, project, kind, given)
        note = NOTES[kind] + (_unequal(session, project.id) if kind == Truth.AUDIT else "")
    yield
    task.tell(0, message=f"comparing {len(truth):,} pictures")
    found = yield from beside(lambda: _against(ws, project, truth, given["unseen"]))
    told = {"kind": kind.value, "labels": len(truth), "file": given.get("file"), "note": note}
    return found | {"truth": told | {"unseen": given["unseen"]}}


def _against(
    ws: Workspace, project: Project, truth: Mapping[str, Sequence[str]], unseen: Sequence[str]
) -> dict[str, Any]:
    from labeling.workflows import evaluate

    found = evaluate.against(ws, project, truth, unseen)
    if not found["n"]:
        raise InputError(
            f"none of the {len(truth):,} pictures of the truth has a proposal",
            "Pre-label the project, then evaluate again.",
        )
    return found


def _read(
    session: Session, project: Project, kind: Truth, given: Mapping[str, Any]
) -> dict[str, list[str]]:
    if kind == Truth.FILE:
        return _read_file(session, project, given)
    if kind == Truth.AUDIT:
        labels = {one.item_id: one.labels for one in learning.audit_answers(session, project.id)}
    else:
        labels = {one.item_id: one.labels for one in learning.verified(session, project.id)}
    if not labels:
        what = "blind audit is answered" if kind == Truth.AUDIT else "label is verified"
        raise InputError(f"no {what} yet", "Decide some pictures on the page Review first.")
    return labels


def _read_file(
    session: Session, project: Project, given: Mapping[str, Any]
) -> dict[str, list[str]]:
    """The truth of an uploaded file; its errors name it as the person does."""
    try:
        return read_truth(session, project, given["upload"])
    except PrelabelError as error:
        raise InputError(error.what.replace(given["upload"], given["file"]), error.fix) from None


def _unequal(session: Session, project_id: str) -> str:
    """A sentence where imports that were audited had different chances; else nothing."""
    audited = batches.audits(session, project_id)
    rows = [b for b in images.batches(session, project_id) if b.id in audited]
    shares = sorted({b.audit_share for b in rows if b.audit_share})
    if len(shares) < 2:
        return ""
    return UNEQUAL.format(shares=", ".join(f"{share:.3g}" for share in shares))


def _keep(ws: Workspace, file: TruthFile) -> Path:
    """Write an uploaded truth file where the worker finds it, under its own name for errors."""
    folder = ws.settings.root / "uploads" / f"truth-{new_id()}"
    folder.mkdir(parents=True)
    path = folder / (Path(file.name).name or "truth.csv")
    path.write_bytes(file.data)
    return path
