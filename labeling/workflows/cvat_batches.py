"""All batches of a link: those that are there are compared, new ones are sent."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Mapping, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from db import cvat_ledger, erasures
from db.cvat_ledger import BatchState, NewFrame
from db.engine import chunks
from db.ids import new_id
from db.tables import CvatBatch, CvatFrame
from labeling.cvat import remote
from labeling.cvat.mapping import Labels, Step, Theirs
from labeling.cvat.names import task_name
from labeling.errors import CvatAwayError, CvatError, CvatLoginError
from labeling.workflows import cvat_tasks
from labeling.workflows.cvat_links import Opened
from labeling.workflows.cvat_ours import Ours, OurSide
from labeling.workflows.cvat_report import Report
from labeling.workflows.cvat_staging import Staged, stage
from labeling.workflows.cvat_tasks import FrameView, There, known_tags
from labeling.workflows.cvat_tidy import staging_folder
from labeling.workflows.jobs import Task, beside

SHOWN = 5
"""Pictures that a line names."""


class Sender:
    """Brings batches to the server, and tells how far it is.

    Args:
        task: the job.
        opened: the link.
        report: what becomes of items is put there.
        new: how many items are new.
    """

    def __init__(self, task: Task, opened: Opened, report: Report, new: int) -> None:
        self._task, self._ws = task, task.ws
        self._opened, self._report = opened, report
        self._done, self._total = 0, new

    def sync_known(self) -> Generator[None, None, None]:
        """Compare every task that is there with what we have, and write what differs."""
        with self._ws.db.read() as session:
            batches = cvat_ledger.batches(session, self._opened.link.id)
            known = [b for b in batches if b.state in (BatchState.UPLOADED, BatchState.FILLED)]
            known = [b for b in known if b.remote_task_id in self._opened.tasks]
            self._total += sum(len(cvat_ledger.frames(session, b.id)) for b in known)
        for batch in known:
            self._tell(f"comparing {batch.task_name}")
            yield from self._sync(batch)

    def send_new(
        self, items: Sequence[Ours], job_size: int, assignee: str | None
    ) -> Generator[None, None, None]:
        """Send new items, a task at a time; a task that the server refuses stops no other."""
        for part in chunks(items, job_size):
            rest = part
            while rest:
                rest = yield from self._send_part(rest, assignee)

    def _send_part(
        self, part: Sequence[Ours], assignee: str | None
    ) -> Generator[None, None, Sequence[Ours]]:
        """Send a batch; what is to be sent again without the picture that the server refused."""
        staged = stage(self._ws, staging_folder(self._ws, self._opened) / new_id(), part)
        yield
        try:
            self._note_unreadable(staged)
            if not staged.pictures:
                return []
            return (yield from self._send(staged, assignee))
        finally:
            shutil.rmtree(staged.folder, ignore_errors=True)

    def _send(self, staged: Staged, assignee: str | None) -> Generator[None, None, Sequence[Ours]]:
        batch = self._plan(staged, assignee)
        self._tell(f"uploading {batch.task_name}")
        try:
            yield from cvat_tasks.create(self._ws, self._opened, batch, staged.files)
            yield from cvat_tasks.adopt(self._ws, self._opened, batch)
        except (CvatAwayError, CvatLoginError):
            raise
        except CvatError as error:
            return (yield from self._give_up(batch, staged, error))
        yield from self._sync(batch)
        url = self._opened.task_url(batch.remote_task_id)
        self._report.tasks.append(
            {"name": batch.task_name, "url": url, "pictures": len(staged.pictures)}
        )
        return []

    def _plan(self, staged: Staged, assignee: str | None) -> CvatBatch:
        frames = [
            NewFrame(ours.item.id, file.name)
            for ours, file in zip(staged.pictures, staged.files, strict=True)
        ]

        def work(session: Session) -> CvatBatch:
            batch = CvatBatch(id=new_id(), link_id=self._opened.link.id, assignee=assignee)
            number = cvat_ledger.count_batches(session, batch.link_id) + 1
            batch.task_name = task_name(self._opened.project.name, number, batch.id)
            batch.state = BatchState.PLANNED
            cvat_ledger.plan_batch(session, batch, frames)
            return batch

        return self._ws.db.write(work)

    def _give_up(
        self, batch: CvatBatch, staged: Staged, error: CvatError
    ) -> Generator[None, None, Sequence[Ours]]:
        """A batch that the server refuses: nothing of it stays, there or here.

        Where the server names a picture, the others are sent without it.
        """
        task_id = batch.remote_task_id
        if task_id is not None:
            yield from beside(lambda: remote.delete_task(self._opened.client, task_id))
        self._ws.db.write(lambda session: cvat_ledger.drop_batch(session, batch.id))
        each = list(zip(staged.pictures, staged.files, strict=True))
        named = [ours for ours, file in each if file.name in error.what]
        refused = named or staged.pictures
        self._report.failed |= {ours.item.id for ours in refused}
        shas = ", ".join(ours.image.sha256[:12] for ours in refused[:SHOWN])
        self._report.say(f"{len(refused)} pictures were not sent ({shas} …): {error}")
        self._done += len(refused)
        return [ours for ours in staged.pictures if ours not in refused]

    def _note_unreadable(self, staged: Staged) -> None:
        for ours, why in staged.unreadable:
            self._report.failed.add(ours.item.id)
            self._report.say(f"not sent: {why}")
        self._done += len(staged.unreadable)

    def _sync(self, batch: CvatBatch) -> Generator[None, None, None]:
        """Bring the tags of one task to what they should be, and its job to its assignee."""
        opened = self._opened
        there = yield from beside(lambda: cvat_tasks.read(opened, batch))
        views = self._compare(batch, there)
        self._tell_erased(batch, views)
        wanted = cvat_tasks.wanted_labels(opened, views)
        self._intend(batch, views, wanted)
        if wanted:
            fresh = all(view.frame.sent_at is None for view in views)
            first = cvat_tasks.first_tags(opened, views) if fresh else []
            there = yield from beside(lambda: cvat_tasks.write(opened, batch, wanted, there, first))
        self._confirm(batch, views, wanted, there)
        if batch.state == BatchState.UPLOADED:
            yield from self._hand_over(batch)
        self._done += len(views)
        self._tell(f"synced {batch.task_name}")
        yield

    def _compare(self, batch: CvatBatch, there: There) -> list[FrameView]:
        with self._ws.db.read() as session:
            frames = cvat_ledger.frames(session, batch.id)
            side = OurSide(session, self._opened.project)
            ours = side.by_ids(frame.item_id for frame in frames)
        started = self._opened.started(batch.remote_task_id)
        return cvat_tasks.compare(self._opened, frames, ours, there, started=started)

    def _tell_erased(self, batch: CvatBatch, views: Sequence[FrameView]) -> None:
        """Name the frames whose pictures were erased here; a person deletes them there."""
        gone = {v.frame.item_id: v for v in views if not v.theirs.deleted and v.ours is None}
        with self._ws.db.read() as session:
            known = erasures.erased_items(session, gone)
        url = self._opened.task_url(batch.remote_task_id)
        for item_id in sorted(known, key=lambda one: gone[one].frame.frame):
            self._report.say(
                f"erased here: delete frame {gone[item_id].frame.frame} of {batch.task_name} "
                f"there: {url}"
            )

    def _intend(
        self, batch: CvatBatch, views: Sequence[FrameView], wanted: dict[int, Labels]
    ) -> None:
        labels = {v.frame.item_id: wanted[v.frame.frame] for v in views if v.frame.frame in wanted}
        settled = {
            v.frame.item_id: v.base
            for v in views
            if v.frame.intended_labels is not None and v.base != frozenset(v.frame.sent_labels)
        }
        tag_ids = {v.frame.item_id: v.theirs.tag_ids for v in views if v.frame.item_id in settled}
        now = self._ws.clock()

        def work(session: Session) -> None:
            cvat_ledger.confirm(session, batch.id, settled, now)
            cvat_ledger.note_tags(session, batch.id, tag_ids)
            cvat_ledger.intend(session, batch.id, labels)

        if labels or settled:
            self._ws.db.write(work)

    def _confirm(
        self, batch: CvatBatch, views: Sequence[FrameView], wanted: dict[int, Labels], there: There
    ) -> None:
        """Note what both sides have now, and count it."""
        agreed: dict[str, Theirs] = {}
        for view in views:
            number, item_id = view.frame.frame, view.frame.item_id
            is_written = number in wanted
            now = there.theirs.get(number, Theirs()) if is_written else view.theirs
            arrived = is_written and now.everything == wanted[number]
            is_kept = view.step is Step.KEEP and not is_written
            if arrived or (is_kept and not _is_noted(view.frame, now)):
                agreed[item_id] = now
            self._count(view, arrived=arrived)
        if agreed:
            self._ws.db.write(partial(_note, batch.id, agreed, self._ws.clock()))

    def _count(self, view: FrameView, *, arrived: bool) -> None:
        report, item_id = self._report, view.frame.item_id
        if view.frame.sent_at is None and (view.step is Step.KEEP or arrived):
            report.created.add(item_id)
        elif view.step is Step.PUSH and arrived:
            report.updated.add(item_id)
        elif view.step in (Step.KEEP, Step.MACHINE):
            report.unchanged.add(item_id)
        elif view.step is Step.CONFLICT:
            report.conflicts.add(item_id)
        else:
            report.waiting.add(item_id)

    def _hand_over(self, batch: CvatBatch) -> Generator[None, None, None]:
        """Give the job of a filled task to its assignee."""
        job_id, user = batch.remote_job_id, batch.assignee
        if user and job_id is not None:
            try:
                yield from beside(lambda: remote.assign(self._opened.client, job_id, user))
            except (CvatAwayError, CvatLoginError):
                raise
            except CvatError as error:
                self._report.say(f"{batch.task_name} was not assigned: {error}")
        self._ws.db.write(
            lambda session: cvat_ledger.save_batch(session, batch.id, state=BatchState.FILLED)
        )

    def _tell(self, message: str) -> None:
        self._task.tell(self._done, self._total, message)


def _is_noted(frame: CvatFrame, now: Theirs) -> bool:
    """Whether the ledger says already that both sides have what a frame bears now."""
    if frame.sent_at is None or frame.intended_labels is not None:
        return False
    has_same_labels = frozenset(frame.sent_labels) == now.everything
    return has_same_labels and known_tags(frame) == now.tag_ids


def _note(batch_id: str, agreed: Mapping[str, Theirs], when: datetime, session: Session) -> None:
    """Record what both sides have now, by item."""
    labels = {item_id: theirs.everything for item_id, theirs in agreed.items()}
    cvat_ledger.confirm(session, batch_id, labels, when)
    tag_ids = {item_id: theirs.tag_ids for item_id, theirs in agreed.items()}
    cvat_ledger.note_tags(session, batch_id, tag_ids)
