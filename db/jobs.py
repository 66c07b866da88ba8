"""Jobs and their logs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, select, update
from sqlalchemy.orm import Session

from db.tables import Job, JobEvent, JobState

WAITING = (JobState.QUEUED, JobState.RUNNING)


def add(session: Session, job: Job) -> Job:
    """Store a new job."""
    session.add(job)
    session.flush()
    return job


def get(session: Session, job_id: str) -> Job | None:
    """The job with this id, None where there is none."""
    return session.get(Job, job_id)


def next_id(session: Session) -> str | None:
    """The job to work on now: lowest priority number, then the one begun, then oldest.

    None: nothing to do. Without the middle rule a clock set back would let two jobs of a kind
    take turns.
    """
    begun_last = (Job.state != JobState.RUNNING).cast(Integer)
    order = (Job.priority, begun_last, Job.id)
    return session.scalar(select(Job.id).where(Job.state.in_(WAITING)).order_by(*order).limit(1))


def recent(session: Session, project_id: str | None, kind: str | None, limit: int) -> Sequence[Job]:
    """The newest jobs, newest first, of one project or of all, of one kind or of all."""
    query = select(Job).order_by(Job.id.desc()).limit(limit)
    if project_id:
        query = query.where(Job.project_id == project_id)
    if kind:
        query = query.where(Job.kind == kind)
    return session.scalars(query).all()


def newest_done(session: Session, project_id: str, kind: str) -> Job | None:
    """The newest job of a kind that did what it was for, None where none has."""
    query = select(Job).where(
        Job.project_id == project_id, Job.kind == kind, Job.state == JobState.DONE
    )
    return session.scalar(query.order_by(Job.id.desc()).limit(1))


def of_kind(session: Session, project_id: str, kind: str) -> Sequence[Job]:
    """Every job of one kind of a project, newest first."""
    query = select(Job).where(Job.project_id == project_id, Job.kind == kind)
    return session.scalars(query.order_by(Job.id.desc())).all()


def waiting(session: Session, project_id: str, kind: str) -> Sequence[Job]:
    """Jobs of one kind that are not finished."""
    query = select(Job).where(
        Job.project_id == project_id, Job.kind == kind, Job.state.in_(WAITING)
    )
    return session.scalars(query).all()


def save(session: Session, job_id: str, **values: Any) -> None:
    """Change columns of a job, in the transaction that stores the work they tell of."""
    session.execute(update(Job).where(Job.id == job_id).values(**values))


def request_cancel(session: Session, job_id: str) -> bool:
    """Ask for a job to be stopped; False when it is finished already."""
    asked = session.scalar(
        update(Job)
        .where(Job.id == job_id, Job.state.in_(WAITING))
        .values(cancel_requested=True)
        .returning(Job.id)
    )
    return asked is not None


def log(session: Session, job_id: str, text: str, level: str = "info") -> None:
    """Add a line to a job's log."""
    session.add(JobEvent(job_id=job_id, text=text, level=level))


def events(session: Session, job_id: str, limit: int = 500) -> Sequence[JobEvent]:
    """The newest lines of a job's log, oldest first."""
    query = (
        select(JobEvent).where(JobEvent.job_id == job_id).order_by(JobEvent.id.desc()).limit(limit)
    )
    return session.scalars(query).all()[::-1]


def finish(session: Session, job_id: str, state: JobState, when: datetime, **values: Any) -> None:
    """End a job in ``state``."""
    save(session, job_id, state=state, finished_at=when, **values)
