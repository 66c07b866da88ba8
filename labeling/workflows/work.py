"""Running jobs: one chunk at a time, the most urgent job first, one worker a home."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import DBAPIError

from db import jobs
from db.engine import is_passing
from db.ids import new_id
from db.tables import Job, JobState
from labeling.errors import BusyError, PrelabelError
from labeling.workflows import (
    acceptance_job,
    crowdlab,
    cvat_pull,
    cvat_push,
    drift,
    duplicates,
    erasure,
    evaluation,
    exports,
    ingest,
    learn,
    prelabel,
    rank,
    reclass,
    relabel,
    search,
    simulate,
    snapshot_jobs,
    suspects,
)
from labeling.workflows.jobs import CONTINUING, FINISHED, Steps, Task, as_dict
from labeling.workflows.worker_lock import worker_lock
from labeling.workspace import Workspace

logger = logging.getLogger(__name__)

Handler = Callable[[Task], Steps]
OnProgress = Callable[[dict[str, Any]], None]
HANDLERS: dict[str, Handler] = {
    "import": ingest.steps,
    "group": duplicates.steps,
    "prelabel": prelabel.steps,
    "encode_texts": prelabel.encode_text_steps,
    "rank": rank.steps,
    acceptance_job.KIND: acceptance_job.steps,
    "learn": learn.steps,
    evaluation.KIND: evaluation.steps,
    drift.KIND: drift.steps,
    reclass.JOB: reclass.steps,
    "export": exports.steps,
    erasure.KIND: erasure.steps,
    cvat_push.KIND: cvat_push.steps,
    cvat_pull.KIND: cvat_pull.steps,
    "simulate": simulate.steps,
    suspects.KIND: suspects.steps,
    relabel.KIND: relabel.steps,
    crowdlab.KIND: crowdlab.steps,
    **dict.fromkeys(snapshot_jobs.KINDS, snapshot_jobs.steps),
    search.KIND: search.steps,
}
ALONE = frozenset({erasure.KIND})
"""Kinds before which all work that has begun lets go of what it holds, and then begins anew from
what it has committed, as after an accident."""
FIRST_TO_END = frozenset({cvat_push.KIND, cvat_pull.KIND})
"""Kinds that have begun and end before one of ``ALONE`` begins: a request to a CVAT server can't be
taken back, and one that is under way would meet those of the job that begins anew."""
POLL_SECONDS = 0.2


class Runner:
    """Works on jobs, a committed chunk at a time.

    Args:
        ws: the workspace.
        only: work on this job alone, whatever else waits.
    """

    def __init__(self, ws: Workspace, only: str | None = None) -> None:
        self._ws = ws
        self._only = only
        self._at_work: dict[str, Steps] = {}

    def step(self) -> bool:
        """Do one chunk of the most urgent job; False when there is nothing to do.

        Raises:
            BusyError: the database does not answer just now; no job has suffered by it.
        """
        try:
            return self._step()
        except DBAPIError as error:
            self.close()
            if not is_passing(error):
                raise
            raise BusyError(
                f"the database does not answer: {error.orig}", "The job goes on when it does."
            ) from error

    def _step(self) -> bool:
        job = self._next()
        if job is None:
            return False
        if job.cancel_requested:
            self._end(job, JobState.CANCELLED, message="cancelled; finished work is kept")
            return True
        if job.kind in ALONE and job.id not in self._at_work:
            self.close()
        started = time.monotonic()
        try:
            next(self._steps(job))
        except StopIteration as stop:
            seconds = round(job.seconds + time.monotonic() - started, 3)
            self._spent(job, started)
            self._end(job, JobState.DONE, result={"seconds": seconds, **(stop.value or {})})
        except PrelabelError as error:
            self._end(job, JobState.FAILED, error={"what": error.what, "fix": error.fix})
        except OSError as error:
            self._end(job, JobState.FAILED, error=_refused(job, error))
        except Exception as error:
            if is_passing(error):
                raise
            self._end(job, JobState.FAILED, error=_unexpected(job))
        else:
            self._spent(job, started)
        return True

    def close(self) -> None:
        """Stop what is at work; it goes on from its last committed chunk next time."""
        for steps in self._at_work.values():
            steps.close()
        self._at_work.clear()

    def _next(self) -> Job | None:
        with self._ws.db.read() as session:
            job_id = self._only or jobs.next_id(session)
            job = jobs.get(session, job_id) if job_id else None
            others = [(id_, jobs.get(session, id_)) for id_ in self._at_work if id_ != job_id]
        for id_ in [id_ for id_, other in others if other is None or other.state in FINISHED]:
            self._at_work.pop(id_).close()
        if job and job.kind in ALONE and job.id not in self._at_work:
            begun = [other for id_, other in others if other and id_ in self._at_work]
            job = next((other for other in begun if other.kind in FIRST_TO_END), job)
        return job if job and job.state not in FINISHED else None

    def _steps(self, job: Job) -> Steps:
        if job.id not in self._at_work:
            self._take_up(job)
            self._at_work[job.id] = HANDLERS[job.kind](Task(self._ws, job))
        return self._at_work[job.id]

    def _take_up(self, job: Job) -> None:
        values: dict[str, Any] = {"state": JobState.RUNNING, "cursor": {}}
        if job.state == JobState.RUNNING:
            values["message"] = CONTINUING
        else:
            values["started_at"] = job.started_at or self._ws.clock()
        self._ws.db.write(lambda session: jobs.save(session, job.id, **values))

    def _spent(self, job: Job, started: float) -> None:
        seconds = Job.seconds + (time.monotonic() - started)
        self._ws.db.write(lambda session: jobs.save(session, job.id, seconds=seconds))

    def _end(self, job: Job, state: JobState, **values: Any) -> None:
        steps = self._at_work.pop(job.id, None)
        if steps:
            steps.close()
        now = self._ws.clock()
        self._ws.db.write(lambda session: jobs.finish(session, job.id, state, now, **values))
        if job.kind == "import":
            ingest.discard_upload(job)
        evaluation.discard_upload(job)


def run_to_end(ws: Workspace, job_id: str, on_progress: OnProgress) -> Job:
    """Follow a job until it is finished, doing the work here unless a worker is there for it.

    Args:
        ws: the workspace.
        job_id: a job that is in line.
        on_progress: called with the job as JSON about as often as it moves.

    Raises:
        PrelabelError: the job failed; says why.
    """
    while True:
        try:
            with worker_lock(ws.settings):
                return _checked(_drive(ws, job_id, on_progress))
        except BusyError:
            job = _read(ws, job_id)
            on_progress(as_dict(job))
            if job.state in FINISHED:
                return _checked(job)
            time.sleep(POLL_SECONDS)


def _drive(ws: Workspace, job_id: str, on_progress: OnProgress) -> Job:
    runner = Runner(ws, only=job_id)
    try:
        while runner.step():
            on_progress(as_dict(_read(ws, job_id)))
    finally:
        runner.close()
    return _read(ws, job_id)


def _read(ws: Workspace, job_id: str) -> Job:
    with ws.db.read() as session:
        job = jobs.get(session, job_id)
    if job is None:
        raise PrelabelError(f"the job {job_id} is gone", "Its project was deleted meanwhile.")
    return job


def _checked(job: Job) -> Job:
    if job.state == JobState.FAILED:
        raise PrelabelError(job.error["what"], job.error.get("fix"))
    if job.state == JobState.CANCELLED:
        raise PrelabelError("the job was cancelled", "What was finished is kept; start it again.")
    return job


def _refused(job: Job, error: OSError) -> dict[str, str]:
    """What to tell when the file system refuses: no space, no rights, a file that is gone."""
    logger.exception("job %s (%s) failed", job.id, job.kind)
    where = f": {error.filename}" if error.filename else ""
    return {
        "what": f"the job {job.kind} was refused by the file system: {error.strerror}{where}",
        "fix": "Check space and rights, then start it again; what was finished is kept.",
    }


def _unexpected(job: Job) -> dict[str, str]:
    number = new_id()[-8:]
    logger.exception("job %s (%s) failed, error %s", job.id, job.kind, number)
    return {
        "what": f"something unexpected happened in the job {job.kind} (error {number})",
        "fix": f"The worker's log has the details under {number} (process {os.getpid()}).",
    }
