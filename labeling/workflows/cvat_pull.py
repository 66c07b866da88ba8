"""Pull: what people did in CVAT comes into the log, merged frame by frame with what we have.

A label that changed there alone is taken, as a decision of the user ``cvat:<server>``; one that
changed here alone stays, for the next push; what both sides changed waits for a reviewer. That a
job is completed verifies nothing: a picture counts as verified where a person touched its own tag,
or where a lead signs the job off.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from db import conflicts, cvat_ledger, projects, users
from db.cvat_ledger import BatchState
from db.engine import chunks
from db.tables import CvatBatch, CvatFrame
from labeling.cvat import remote
from labeling.cvat.answers import RemoteJob
from labeling.cvat.mapping import Theirs, is_replaced, settled_base
from labeling.cvat.names import server_address
from labeling.errors import InputError, NotFoundError
from labeling.roles import Role
from labeling.workflows import (
    accounts,
    cvat_comments,
    cvat_sync,
    cvat_tasks,
    cvat_tidy,
    learning_due,
)
from labeling.workflows.cvat_intake import Intake, Source, is_of_interest
from labeling.workflows.cvat_links import Opened
from labeling.workflows.cvat_report import Report
from labeling.workflows.cvat_tasks import There, last_of
from labeling.workflows.jobs import Steps, Task, beside, enqueue_once
from labeling.workflows.jobs import enqueue as put_in_line
from labeling.workflows.projects import find
from labeling.workspace import Workspace

KIND = "cvat_pull"
OVERLAP = timedelta(minutes=5)
"""How far behind the newest change of the last pull the next one looks: writes that were on their
way then bear an earlier time."""
FRAMES_AT_ONCE = 100
SHOWN = 5
"""Pictures that a line names."""
THERE = (BatchState.UPLOADED, BatchState.FILLED)


def enqueue(
    ws: Workspace,
    user_id: str,
    project_name: str,
    url: str,
    *,
    sign_off: Collection[int] = (),
    organization: str | None = None,
) -> str:
    """Put a pull in line; the id of its job.

    Args:
        ws: the workspace.
        user_id: who asks.
        project_name: the project.
        url: address of the CVAT server.
        sign_off: jobs there for all of whose labels the lead answers.
        organization: as for a push.

    Raises:
        ForbiddenError: the person is no lead here.
        InputError: the address can't be used.
        NotFoundError: there is no such project, or it was never pushed to this server.
    """
    accounts.require(ws, user_id, Role.LEAD, project_name)
    server = server_address(url)
    with ws.db.read() as session:
        project = find(session, project_name)
        link = cvat_ledger.link(session, project.id, server, organization)
        pushed = sorted({row.server for row in cvat_ledger.links(session, project.id)} - {server})
    if link is None or link.remote_project_id is None:
        known = f" It was pushed to: {', '.join(pushed)}." if pushed else ""
        raise NotFoundError(
            f"the project {project_name!r} was never pushed to {server}",
            f"Push first: prelabel push {project_name} --cvat {server}.{known}",
        )
    parameters = {"link": link.id, "sign_off": sorted(set(sign_off))}
    return put_in_line(ws, KIND, project.id, parameters, user_id=user_id)


def job_numbers(text: str) -> list[int]:
    """The numbers of jobs that somebody wrote, with commas or spaces between them.

    Raises:
        InputError: something else is among them.
    """
    parts = text.replace(",", " ").split()
    wrong = [part for part in parts if not part.isdecimal()]
    if wrong:
        raise InputError(f"{wrong[0]!r} is no number of a CVAT job", "Such as: 12, 13")
    return [int(part) for part in parts]


def steps(task: Task) -> Steps:
    """Take what changed; the counts of DESIGN §7 and what a person should know."""
    report = Report()
    told = yield from cvat_sync.synced(
        task, report, lambda opened: _Pull(task, opened, report).run()
    )
    if report.created or report.updated:
        _learn(task.ws, task.job.project_id or "")
    return told


def _learn(ws: Workspace, project_id: str) -> None:
    """Let the head be refitted on what came, where the project has one."""
    with ws.db.read() as session:
        has_run = projects.by_id(session, project_id).run_id is not None
    if has_run and learning_due.has_labels(ws, project_id):
        enqueue_once(ws, "learn", project_id)


@dataclass
class _Pull:
    """One pull over a link."""

    task: Task
    opened: Opened
    report: Report
    done: int = 0
    signed: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        self.signed = frozenset(self.task.job.parameters["sign_off"])

    def run(self) -> Generator[None, None, None]:
        """Take every task that changed; the watermark moves when all of it is committed."""
        ws, link = self.task.ws, self.opened.link
        with ws.db.read() as session:
            known = cvat_ledger.batches(session, link.id)
            in_doubt = set(conflicts.open_of_link(session, link.id))
        batches = [b for b in known if b.state in THERE]
        self._require_jobs(batches)
        for number, batch in enumerate(batches):
            self.task.tell(number, len(batches), f"reading {batch.task_name}")
            if batch.remote_task_id in self.opened.tasks:
                yield from self._take(batch, in_doubt)
            else:
                yield from cvat_tidy.note_gone(ws, self.opened, batch, self.report)
        newest = self._newest(self.opened.jobs, self.opened.tasks)
        if newest is not None:
            ws.db.write(lambda s: cvat_ledger.save_link(s, link.id, watermark=newest))

    def _require_jobs(self, batches: Sequence[CvatBatch]) -> None:
        """Refuse to sign off what is no job of ours, or shares its task with another job."""
        tasks = {batch.remote_task_id for batch in batches}
        jobs = {job.id: job for job in self.opened.jobs if job.task_id in tasks}
        for job_id in sorted(self.signed):
            if job_id not in jobs:
                raise InputError(
                    f"the job {job_id} is none of those that were pushed from here",
                    f"There are: {', '.join(map(str, sorted(jobs)))}.",
                )
            if len(self._jobs(jobs[job_id].task_id)) > 1:
                raise InputError(
                    f"the task of job {job_id} has several jobs, so it can't be signed off alone",
                    "Delete the other jobs of the task in CVAT.",
                )

    def _jobs(self, task_id: int | None) -> list[RemoteJob]:
        return [job for job in self.opened.jobs if job.task_id == task_id]

    def _take(self, batch: CvatBatch, in_doubt: Collection[str]) -> Generator[None, None, None]:
        with self.task.ws.db.read() as session:
            frames = cvat_ledger.frames(session, batch.id)
        yield from self._take_issues(batch, frames)
        jobs = self._jobs(batch.remote_task_id)
        signed = any(job.id in self.signed for job in jobs)
        waiting = [f for f in frames if f.item_id in in_doubt or f.intended_labels is not None]
        if not (signed or waiting or self._has_changed(batch)):
            self.report.unchanged.update(frame.item_id for frame in frames)
            return
        there = yield from beside(lambda: cvat_tasks.read(self.opened, batch))
        due = [f for f in frames if signed or f in waiting or is_of_interest(f, there)]
        self.report.unchanged.update({f.item_id for f in frames} - {f.item_id for f in due})
        self._tell_replaced(batch, due, there)
        source = self._source(batch, there, jobs, signed=signed)
        for part in chunks(due, FRAMES_AT_ONCE):
            self.task.ws.db.write(partial(_take_part, self.task.ws, source, part, self.report))
            yield

    def _tell_replaced(self, batch: CvatBatch, due: Sequence[CvatFrame], there: There) -> None:
        """Name the pictures to which a model gave other labels in place of all tags."""
        names = [frame.file_name for frame in due if self._is_relabeled(frame, there)]
        if names:
            pictures = "1 picture" if len(names) == 1 else f"{len(names)} pictures"
            shown = ", ".join(names[:SHOWN]) + (" …" if len(names) > SHOWN else "")
            self.report.say(
                f"a model replaced the tags of {pictures} in {batch.task_name} ({shown}): "
                "no person said so, and nothing is decided by it"
            )

    def _is_relabeled(self, frame: CvatFrame, there: There) -> bool:
        """Whether a model's tags stand in the place of all that were known, with other labels."""
        last, theirs = last_of(self.opened, frame), there.theirs.get(frame.frame, Theirs())
        base = settled_base(last.labels, last.intent, theirs)
        return theirs.everything != base and is_replaced(last.tag_ids, theirs)

    def _source(
        self, batch: CvatBatch, there: There, jobs: Sequence[RemoteJob], *, signed: bool
    ) -> Source:
        user_id = self.task.job.user_id
        with self.task.ws.db.read() as session:
            lead = users.get(session, user_id) if user_id else None
        job = min(jobs, key=lambda job: job.id, default=None)
        by = lead.name if signed and lead else None
        return Source(self.opened, batch, there, job, by, user_id)

    def _has_changed(self, batch: CvatBatch) -> bool:
        """Whether a task, or a job of it, changed since the last pull."""
        seen = self.opened.link.watermark
        task_id = batch.remote_task_id
        now = self._newest(self._jobs(task_id), [task_id] if task_id is not None else [])
        return seen is None or now is None or now >= seen - OVERLAP

    def _newest(self, jobs: Collection[RemoteJob], tasks: Collection[int]) -> datetime | None:
        times = [job.updated for job in jobs] + [self.opened.tasks[t].updated for t in tasks]
        return max(times, default=None)

    def _take_issues(
        self, batch: CvatBatch, frames: Sequence[CvatFrame]
    ) -> Generator[None, None, None]:
        """Issues change no time of a task: they are read each time."""
        task_id = batch.remote_task_id or 0
        issues = yield from beside(lambda: remote.issues(self.opened.client, task_id))
        if issues:
            item_of = {frame.frame: frame.item_id for frame in frames}
            server = self.opened.link.server
            self.task.ws.db.write(lambda s: cvat_comments.take(s, server, issues, item_of))


def _take_part(
    ws: Workspace,
    source: Source,
    frames: Sequence[CvatFrame],
    report: Report,
    session: Session,
) -> None:
    Intake(session, ws, source, frames, report).take()
