"""The job of an acceptance: it brings frame, audit and log to what the acceptance's state says."""

from __future__ import annotations

from sqlalchemy.orm import Session

from db import acceptances, jobs
from db.acceptances import ACCEPTED, PLANNED, WITHDRAWN
from db.tables import Acceptance, Job
from labeling.workflows import acceptance_frame, acceptance_log
from labeling.workflows.jobs import NORMAL, Steps, Task

KIND = "accept"


def enqueue(session: Session, acceptance: Acceptance, user_id: str) -> str:
    """Put the job in line, in the transaction that changes the state; its id."""
    job = Job(
        kind=KIND, project_id=acceptance.project_id, user_id=user_id,
        parameters={"acceptance": acceptance.id}, priority=NORMAL,
    )  # fmt: skip
    return jobs.add(session, job).id


def steps(task: Task) -> Steps:
    """Bring frame, audit and log of an acceptance to what its state says."""
    acceptance_id = task.job.parameters["acceptance"]
    with task.ws.db.read() as session:
        acceptance = acceptances.get(session, acceptance_id)
    if acceptance is None:
        return {}
    if acceptance.state == PLANNED:
        return (yield from acceptance_frame.steps(task, acceptance_id))
    if acceptance.state == ACCEPTED:
        return (yield from acceptance_log.accept_steps(task, acceptance_id))
    if acceptance.state == WITHDRAWN:
        return (yield from acceptance_log.withdraw_steps(task, acceptance_id))
    return {}
