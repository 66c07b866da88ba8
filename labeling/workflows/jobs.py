"""Jobs as people and programs see them: put in line, followed, cancelled."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from sqlalchemy.orm import Session

from db import jobs, projects
from db.schema import current_revision
from db.tables import Job, JobState
from labeling.errors import NotFoundError
from labeling.workflows.projects import find
from labeling.workflows.worker_lock import worker_is_alive
from labeling.workspace import Workspace

INTERACTIVE, NORMAL, BACKGROUND = 0, 5, 9
CONTINUING = "continuing"
"""The message of a job that was taken up again and has not moved since."""
FINISHED = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)

BREATH_SECONDS = 1.0
"""How long a job waits at a time for what it has given to a thread."""

Result = TypeVar("Result")
Steps = Generator[None, None, dict[str, Any]]
"""A job at work: it yields after every committed chunk of at most two seconds, and returns its
result. Started anew from the same job it goes on where the committed work ends."""


@dataclass(frozen=True)
class Task:
    """A job in the hands of the worker."""

    ws: Workspace
    job: Job

    def progress(
        self, session: Session, done: int, total: int | None = None, message: str = ""
    ) -> None:
        """Store how far the job is, in the transaction that stores the work itself."""
        values: dict[str, Any] = {"done": done, "message": message}
        if total is not None:
            values["total"] = total
            self._begin_pace(session)
        jobs.save(session, self.job.id, **values)

    def _begin_pace(self, session: Session) -> None:
        """Note where counting begins: what came before, such as loading a model, is no pace."""
        job = jobs.get(session, self.job.id)
        if job and not job.cursor:
            jobs.save(session, job.id, cursor={"seconds": job.seconds, "done": job.done})

    def tell(self, done: int, total: int | None = None, message: str = "") -> None:
        """Store how far the job is, by itself."""
        self.ws.db.write(lambda session: self.progress(session, done, total, message))

    def log(self, text: str, level: str = "info") -> None:
        """Add a line to the job's log."""
        self.ws.db.write(lambda session: jobs.log(session, self.job.id, text, level))


def to_end(steps: Generator[Any, None, Result]) -> Result:
    """Run steps to their end here, without a job; what they return."""
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return cast(Result, stop.value)


def beside(work: Callable[[], Result]) -> Generator[None, None, Result]:
    """Run what takes long, and needs no database, in a thread of its own; what it returns.

    Yields every second meanwhile, so that more urgent jobs have their turn. Whoever stops the job
    does not wait for the thread: what it finds is dropped.
    """
    pool = ThreadPoolExecutor(1, "prelabel-beside")
    try:
        future = pool.submit(work)
        while not wait((future,), BREATH_SECONDS).done:
            yield
        return future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def enqueue(
    ws: Workspace,
    kind: str,
    project_id: str | None,
    parameters: dict[str, Any] | None = None,
    *,
    user_id: str | None = None,
    priority: int = NORMAL,
) -> str:
    """Put a job in line; its id."""
    job = Job(
        kind=kind,
        project_id=project_id,
        user_id=user_id,
        parameters=parameters or {},
        priority=priority,
    )
    return ws.db.write(lambda session: jobs.add(session, job)).id


def enqueue_once(ws: Workspace, kind: str, project_id: str, priority: int = BACKGROUND) -> None:
    """Put a job in line unless one of its kind already waits for this project."""

    def work(session: Session) -> None:
        if not any(job.state == JobState.QUEUED for job in jobs.waiting(session, project_id, kind)):
            jobs.add(session, Job(kind=kind, project_id=project_id, priority=priority))

    ws.db.write(work)


def is_waiting(ws: Workspace, kind: str, project_id: str) -> bool:
    """Whether a job of one kind is queued or running for a project."""
    with ws.db.read() as session:
        return bool(jobs.waiting(session, project_id, kind))


def cancel(ws: Workspace, job_id: str) -> bool:
    """Ask for a job to be stopped; False when it is finished already."""
    return ws.db.write(lambda session: jobs.request_cancel(session, job_id))


def show(ws: Workspace, job_id: str) -> dict[str, Any]:
    """A job as JSON.

    Raises:
        NotFoundError: there is no such job.
    """
    with ws.db.read() as session:
        return as_dict(_found(session, job_id))


def project_name(ws: Workspace, job_id: str) -> str | None:
    """The name of the project that a job works for, None where it works for none.

    Raises:
        NotFoundError: there is no such job.
    """
    with ws.db.read() as session:
        job = _found(session, job_id)
        return projects.by_id(session, job.project_id).name if job.project_id else None


def recent(
    ws: Workspace, project_name: str | None = None, *, kind: str | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """The newest jobs as JSON, newest first, of one project or of all, of one kind or of all.

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project_id = find(session, project_name).id if project_name else None
        return [as_dict(job) for job in jobs.recent(session, project_id, kind, limit)]


def log_lines(ws: Workspace, job_id: str) -> list[dict[str, str]]:
    """The log of a job, oldest line first."""
    with ws.db.read() as session:
        return [
            {"at": event.created_at.isoformat(), "level": event.level, "text": event.text}
            for event in jobs.events(session, job_id)
        ]


def health(ws: Workspace) -> dict[str, Any]:
    """Whether the database answers, its schema, and whether a worker is alive."""
    alive = worker_is_alive(ws.settings)
    schema = current_revision(ws.db)
    return {"ok": True, "schema": schema, "worker": "alive" if alive else "absent"}


def _found(session: Session, job_id: str) -> Job:
    job = jobs.get(session, job_id)
    if job is None:
        raise NotFoundError(f"there is no job {job_id!r}", "See: prelabel jobs list")
    return job


def as_dict(job: Job) -> dict[str, Any]:
    """A job as JSON, with an estimate of the seconds left where one can be made."""
    return {
        "id": job.id,
        "kind": job.kind,
        "project_id": job.project_id,
        "state": job.state,
        "done": job.done,
        "total": job.total,
        "message": job.message,
        "seconds": round(job.seconds, 2),
        "eta_seconds": eta_seconds(job),
        "cancel_requested": job.cancel_requested,
        "error": job.error or None,
        "result": job.result or None,
        "created_at": job.created_at.isoformat(),
        "finished_at": job.finished_at.isoformat() if job.finished_at else None,
    }


def eta_seconds(job: Job) -> float | None:
    """Seconds of work left at the pace since counting began; None before there is a pace."""
    if job.state in FINISHED or not job.total or not job.cursor:
        return None
    seconds, done = job.seconds - job.cursor["seconds"], job.done - job.cursor["done"]
    if seconds <= 0 or done <= 0:
        return None
    return round(seconds * max(job.total - job.done, 0) / done, 1)
