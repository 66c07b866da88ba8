"""Import: sources in, items out. Bytes go to the store first, rows follow in one transaction."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Generator, Sequence
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from db import images, jobs
from db.ids import new_id
from db.tables import ImportBatch, Job
from labeling.errors import InputError, SourceError
from labeling.images.entry import EntryOptions, Refusal
from labeling.images.files import entries
from labeling.importers.base import LabelRow
from labeling.workflows import draws, erased, ingest_labels
from labeling.workflows.duplicates import group_new
from labeling.workflows.ingest_files import CHUNK_SECONDS, Chunk, chunks
from labeling.workflows.ingest_rows import ChunkRows
from labeling.workflows.jobs import NORMAL, Steps, Task
from labeling.workflows.projects import find
from labeling.workspace import Workspace


@dataclass
class Counts:
    """What an import has done so far."""

    imported: int = 0
    duplicates: int = 0
    rejected: int = 0

    @property
    def seen(self) -> int:
        """Files dealt with."""
        return self.imported + self.duplicates + self.rejected


def enqueue(
    ws: Workspace,
    project_name: str,
    sources: Sequence[str],
    *,
    link: bool = False,
    labels: str | None = None,
    user_id: str | None = None,
    upload: Path | None = None,
    labels_upload: Path | None = None,
) -> str:
    """Put an import in line; the id of its job.

    Args:
        ws: the workspace.
        project_name: where the items go.
        sources: files, folders, archives or manifests (``labeling.images.files``).
        link: keep local files where they are instead of copying them into the store.
        labels: a file, folder or archive of labels (``labeling.importers``), kept as they came,
            never taken for verified.
        user_id: who imports.
        upload: the staging folder of an upload: names are given relative to it, and it goes away
            with the end of the import.
        labels_upload: a folder that holds a file of labels (``label_upload.kept``), instead of
            ``labels``; it goes away as well.

    Raises:
        NotFoundError: there is no such project.
        SourceError: a source does not exist.
        InputError: the labels are in no known format.
    """
    paths = [_absolute(source) for source in sources]
    if not paths:
        raise SourceError("no source was given", "Name a file, a folder, an archive or a manifest.")
    for source in paths:
        if "://" not in source and not Path(source).exists():
            raise SourceError(f"{source} does not exist", "Check the path.")
    if labels_upload:
        labels = str(next(labels_upload.iterdir()))
    elif labels:
        ingest_labels.check(labels)

    def work(session: Session) -> str:
        project = find(session, project_name)
        batch = ImportBatch(project_id=project.id, user_id=user_id, sources=paths, linked=link)
        batch.control_seed = secrets.randbits(draws.SEED_BITS)
        session.add(batch)
        session.flush()
        parameters = {
            "batch": batch.id,
            "labels": _absolute(labels) if labels else None,
            "upload": str(upload) if upload else None,
            "labels_upload": str(labels_upload) if labels_upload else None,
        }
        job = Job(
            kind="import",
            project_id=project.id,
            user_id=user_id,
            parameters=parameters,
            priority=NORMAL,
        )
        return jobs.add(session, job).id

    return ws.db.write(work)


def steps(task: Task) -> Steps:
    """Import a batch; already committed files are passed over, so that it can start anew."""
    ws, batch_id = task.ws, task.job.parameters["batch"]
    with ws.db.read() as session:
        batch = images.batch(session, batch_id)
        seen = images.seen_paths(session, batch_id)
        refused = erased.refused(session)
    counts = Counts(batch.imported, batch.duplicates, batch.rejected)
    given = task.job.parameters["labels"]
    labels = (yield from _labels(task, given)) if given else None
    task.tell(counts.seen, message="listing files")
    upload = task.job.parameters["upload"]
    options = EntryOptions(ws.limits, Path(upload) if upload else None)
    total = yield from _count(batch.sources, options)
    for chunk in chunks(ws, batch, options, seen, refused):
        _store(task, batch, chunk, counts, total)
        yield
    attached = {"labels": (yield from ingest_labels.attach(task, batch, *labels))} if labels else {}
    task.tell(counts.seen, message="looking for near-duplicates")
    yield from group_new(ws, batch.project_id, batch_id)
    return _finish(task, batch_id, counts) | attached


def _labels(task: Task, path: str) -> Generator[None, None, tuple[str, list[LabelRow]]]:
    """The labels that come with an import; errors name what was handed in as the person does.

    Raises:
        InputError: they are broken; says where.
    """
    folder = task.job.parameters.get("labels_upload")
    try:
        return (yield from ingest_labels.read_rows(path))
    except InputError as error:
        if not folder:
            raise
        raise InputError(ingest_labels.shortened(error.what, Path(folder)), error.fix) from None


def _count(sources: Sequence[str], options: EntryOptions) -> Generator[None, None, int]:
    """List the sources once, for the total; a packed archive may take minutes."""
    count, due = 0, time.monotonic() + CHUNK_SECONDS
    for _ in entries(sources, options):
        count += 1
        if time.monotonic() > due:
            yield
            due = time.monotonic() + CHUNK_SECONDS
    yield
    return count


def discard_upload(job: Job) -> None:
    """Remove what was staged for an import that has ended, however it ended."""
    for staged in ("upload", "labels_upload"):
        if folder := job.parameters.get(staged):
            shutil.rmtree(folder, ignore_errors=True)


def rejected_files(ws: Workspace, batch_id: str) -> list[dict[str, str]]:
    """The files that an import refused, with reason and detail."""
    with ws.db.read() as session:
        return [
            {"path": row.path, "reason": row.reason, "detail": row.detail}
            for row in images.rejected(session, batch_id)
        ]


def batches(ws: Workspace, project_name: str) -> list[dict[str, Any]]:
    """The imports of a project, newest first.

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        return [_as_dict(batch) for batch in images.batches(session, project.id)]


def _as_dict(batch: ImportBatch) -> dict[str, Any]:
    return {
        "id": batch.id,
        "sources": batch.sources,
        "linked": batch.linked,
        "imported": batch.imported,
        "duplicates": batch.duplicates,
        "rejected": batch.rejected,
        "seconds": round(batch.seconds, 2),
        "created_at": batch.created_at.isoformat(),
        "finished_at": batch.finished_at.isoformat() if batch.finished_at else None,
    }


def _absolute(source: str) -> str:
    return source if "://" in source else str(Path(source).expanduser().absolute())


def _store(task: Task, batch: ImportBatch, chunk: Chunk, counts: Counts, total: int) -> None:
    """Write a chunk and the import's counters in one transaction."""
    rows = ChunkRows(batch, task.ws.clock())
    for prepared in chunk.pictures:
        rows.add(prepared.entry, prepared.picture, prepared.mtime_ns)

    def work(session: Session) -> Counts:
        known = images.ids_by_sha(session, batch.project_id, rows.shas)
        images.add_images(session, rows.images)
        images.renew_links(session, rows.images)
        new = images.add_items(session, rows.items(known))
        images.add_sources(session, rows.sources(known))
        images.add_columns(session, rows.columns(known))
        images.add_rejected(session, [_refusal_row(batch.id, r) for r in chunk.refusals])
        after = Counts(
            counts.imported + new,
            counts.duplicates + len(chunk.pictures) - new,
            counts.rejected + len(chunk.refusals),
        )
        images.save_counts(session, batch.id, **asdict(after))
        task.progress(session, after.seen, total, f"{after.imported:,} imported")
        for line in ingest_labels.disagreements(images.labels_by_item(session, known.values())):
            jobs.log(session, task.job.id, line, "warning")
        return after

    after = task.ws.db.write(work)
    counts.imported, counts.duplicates, counts.rejected = astuple(after)


def _refusal_row(batch_id: str, refusal: Refusal) -> dict[str, Any]:
    return {
        "id": new_id(),
        "batch_id": batch_id,
        "path": refusal.path,
        "reason": refusal.reason.value,
        "detail": refusal.detail,
    }


def _finish(task: Task, batch_id: str, counts: Counts) -> dict[str, Any]:
    now = task.ws.clock()

    def work(session: Session) -> float:
        job = jobs.get(session, task.job.id)
        seconds = job.seconds if job else 0.0
        draws.draw_audit(session, images.batch(session, batch_id), now)
        images.save_counts(session, batch_id, finished_at=now, seconds=seconds)
        return seconds

    seconds = task.ws.db.write(work)
    return {"batch": batch_id, **asdict(counts), "seconds": round(seconds, 3)}
