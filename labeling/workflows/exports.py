"""Exports: labels out, in the formats of ``labeling.exporters``; verified ones unless asked."""

from __future__ import annotations

import secrets
import zipfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from db import decisions, images, jobs, projects, proposals, users
from db.tables import Decision, Image, Item, ItemState, Project, Proposal
from labeling.errors import InputError, NotFoundError
from labeling.exporters.base import ExportOptions, Written
from labeling.exporters.registry import exporter
from labeling.exporters.rows import NONE_OF_THESE, ExportRow, safe_name, safe_part
from labeling.exporters.staging import MANIFEST
from labeling.images.fingerprint import sha256
from labeling.workflows import erased, snapshot_rows
from labeling.workflows.jobs import Steps, Task
from labeling.workflows.jobs import enqueue as put_in_line
from labeling.workflows.pictures import local_file, reader
from labeling.workflows.projects import VERIFIED, find
from labeling.workflows.snapshot_files import class_names, found, opened
from labeling.workspace import Workspace

PART = 100
"""Items between two moments at which an export can be cancelled."""
OPTION_VALUES = {
    "pictures": ("copy", "hardlink", "symlink"),
    "several_labels": ("refuse", "each"),
    "missing": ("refuse", "skip"),
}


def enqueue(
    ws: Workspace,
    project_name: str,
    fmt: str,
    out: Path | None = None,
    *,
    states: Sequence[str] = VERIFIED,
    options: Mapping[str, str] | None = None,
    snapshot: str | None = None,
    user_id: str | None = None,
) -> str:
    """Put an export in line; the id of its job.

    Args:
        ws: the workspace.
        project_name: the project.
        fmt: a format by name (``labeling.exporters.registry``).
        out: the folder to write; None: a new one under the exports of the home folder.
        states: item states that leave.
        options: fields of ``ExportOptions`` (pictures, several_labels, missing).
        snapshot: export this snapshot as it was signed off, whatever has been decided since.
        user_id: who asks.

    Raises:
        InputError: format, state or option is not known, or the snapshot was tampered with.
        NotFoundError: there is no such project or snapshot.
    """
    exporter(fmt)
    known = [state.value for state in ItemState]
    wrong = [state for state in states if state not in known]
    if wrong or not states:
        raise InputError(
            f"the state {''.join(wrong[:1])!r} is not known", f"Known: {', '.join(known)}."
        )
    for key, value in (options or {}).items():
        if value not in OPTION_VALUES.get(key, ()):
            raise InputError(f"{key}={value!r} can't be used", f"Known: {OPTION_VALUES}.")
    with ws.db.read() as session:
        project = find(session, project_name)
        if snapshot is not None:
            opened(ws, session, project, snapshot)
    if out is None:
        stamp = ws.clock().strftime("%Y%m%d-%H%M%S-%f")[:-3]
        out = ws.settings.exports_dir / f"{safe_part(project.name)}-{fmt}-{stamp}"
    parameters = {
        "format": fmt,
        "out": str(Path(out).expanduser().absolute()),
        "states": list(states),
        "options": dict(options or {}),
        "snapshot": snapshot,
    }
    return put_in_line(ws, "export", project.id, parameters, user_id=user_id)


def steps(task: Task) -> Steps:
    """Write an export; the folder appears only when it is complete."""
    given = task.job.parameters
    with task.ws.db.read() as session:
        left_out = _erased(session, task)
        written = yield from _write(task, session)
    for path in written.missing:
        task.log(f"left out, its file is gone or has changed: {path}", "warning")
    for sha, what in left_out.items():
        task.log(f"left out, {sha[:12]} was {what}", "warning")
    return {
        "items": written.items,
        "files": list(written.files),
        "out": given["out"],
        "format": given["format"],
        "missing": list(written.missing),
        "erased": sorted(left_out),
        "manifest_sha256": written.manifest_sha256,
    }


def _erased(session: Session, task: Task) -> dict[str, str]:
    """The pictures of the snapshot that is exported that were erased since."""
    name = task.job.parameters.get("snapshot")
    if name is None:
        return {}
    project = projects.by_id(session, task.job.project_id or "")
    return erased.told(session, found(session, project, name).manifest["pictures"])


def _write(task: Task, session: Session) -> Generator[None, None, Written]:
    """Write all of it from the one view of ``session``: people may decide meanwhile, and a state
    read before and labels read after a decision would make a label that nobody gave."""
    ws, given = task.ws, task.job.parameters
    project = projects.by_id(session, task.job.project_id or "")
    leaving = _leaving(ws, session, project, given)
    task.tell(0, leaving.total, "writing")
    yield
    options = ExportOptions(filters=leaving.filters, **given["options"])
    with exporter(given["format"])(leaving.classes, Path(given["out"]), options) as export:
        for done, row in enumerate(leaving.rows, 1):
            export.add(row)
            if done % PART == 0:
                task.tell(done, leaving.total, "writing")
                yield
        written = export.finish()
    task.tell(leaving.total, leaving.total, "written")
    return written


@dataclass(frozen=True)
class _Leaving:
    """What an export writes: its rows one by one, how many, class names, what selected them."""

    rows: Iterator[ExportRow]
    total: int
    classes: list[str]
    filters: dict[str, Any]


def _leaving(
    ws: Workspace, session: Session, project: Project, given: Mapping[str, Any]
) -> _Leaving:
    name = given.get("snapshot")
    if name is not None:
        snapshot = opened(ws, session, project, name)
        gone = erased.told(session, snapshot.manifest["pictures"])
        told = {"snapshot": name, "snapshot_manifest_sha256": snapshot.manifest_sha256}
        if gone:
            told["erased"] = sorted(gone)
        return _Leaving(
            snapshot_rows.of_snapshot(ws, session, project, snapshot),
            snapshot.manifest["items"] - len(gone),
            list(class_names(snapshot).values()),
            {"project": project.name, **told},
        )
    facts = _facts(session, project)
    return _Leaving(
        _rows(ws, session, project, facts, given["states"]),
        images.count_in_states(session, project.id, given["states"]),
        list(facts.classes.values()),
        {"project": project.name, "states": given["states"]},
    )


def zip_of(ws: Workspace, job_id: str) -> Path:
    """A finished export as one zip file, under the exports of the home folder.

    Raises:
        NotFoundError: there is no such export, or its folder is gone or holds a later export.
    """
    with ws.db.read() as session:
        job = jobs.get(session, job_id)
    folder = Path(job.result["out"]) if job and job.kind == "export" and job.result else None
    if job is None or folder is None or not _holds(folder, job.result["manifest_sha256"]):
        raise NotFoundError("this export is not there (any more)", "Export again.")
    mark = job.result["manifest_sha256"][:12]
    target = ws.settings.exports_dir / f"{folder.name}-{mark}.zip"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.part-{secrets.token_hex(6)}")
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    archive.write(path, path.relative_to(folder))
        part.replace(target)
    return target


def _holds(folder: Path, manifest_sha256: str) -> bool:
    """Whether a folder holds the export with this manifest, and not one written there later."""
    manifest = folder / MANIFEST
    return manifest.is_file() and sha256(manifest.read_bytes()) == manifest_sha256


@dataclass(frozen=True)
class _Facts:
    """What every row needs: names by id, and the model that proposed."""

    classes: Mapping[str, str]
    users: Mapping[str, str]
    labels: Mapping[str, list[str]]
    model: str | None


def _facts(session: Session, project: Project) -> _Facts:
    names = projects.class_names(session, project.id)
    model = None
    if project.run_id:
        run = proposals.run(session, project.run_id)
        model = proposals.model(session, run.model_id).name
    labels = decisions.labels(session, project.id)
    return _Facts(names, users.names(session), labels, model)


def _rows(
    ws: Workspace, session: Session, project: Project, facts: _Facts, states: Sequence[str]
) -> Iterator[ExportRow]:
    for part in images.in_states(session, project.id, states, PART):
        ids = [item.id for item, _ in part]
        sources = images.sources_of(session, ids)
        columns = images.columns_of(session, ids)
        made = decisions.by_ids(session, [i.decision_id for i, _ in part if i.decision_id])
        run = project.run_id
        proposed = proposals.of_items(session, run, ids) if run else {}
        for item, image in part:
            yield _row(
                ws,
                facts,
                item,
                image,
                file_name=safe_name(sources[item.id][0], image.sha256, image.format),
                sources=sources[item.id],
                columns=columns.get(item.id, {}),
                decision=made.get(item.decision_id or ""),
                proposal=proposed.get(item.id),
            )


def _row(
    ws: Workspace,
    facts: _Facts,
    item: Item,
    image: Image,
    *,
    file_name: str,
    sources: Sequence[str],
    columns: Mapping[str, str],
    decision: Decision | None,
    proposal: Proposal | None,
) -> ExportRow:
    return ExportRow(
        sha256=image.sha256,
        file_name=file_name,
        sources=sources,
        labels=sorted(facts.classes[c] for c in facts.labels.get(item.id, ())),
        state=item.state,
        proposal_label=_proposed_label(facts, proposal),
        score=_proposed_score(proposal),
        model=facts.model if proposal else None,
        user=facts.users[decision.user_id] if decision else None,
        decided_at=decision.created_at.isoformat() if decision else None,
        view=decision.view if decision else None,
        width=image.width,
        height=image.height,
        format=image.format,
        columns=columns,
        read=reader(ws, image),
        local=local_file(ws, image),
    )


def _proposed_label(facts: _Facts, proposal: Proposal | None) -> str | None:
    if proposal is None:
        return None
    return facts.classes[proposal.class_id] if proposal.class_id else NONE_OF_THESE


def _proposed_score(proposal: Proposal | None) -> float | None:
    if proposal is None:
        return None
    return proposal.score if proposal.class_id else proposal.none_score
