"""One batch and its task: created, filled, compared. Each function may be called again after any
failure: it looks what is there before it writes.

What talks to the server runs beside the worker (`jobs.beside`); the ledger is written between.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from db import cvat_ledger
from db.cvat_ledger import BatchState
from db.tables import CvatBatch, CvatFrame
from labeling.cvat import remote
from labeling.cvat.answers import Tag
from labeling.cvat.mapping import (
    OURS,
    Labels,
    Step,
    Theirs,
    changes,
    merge,
    settled_base,
    theirs_by_frame,
)
from labeling.cvat.names import batch_mark
from labeling.errors import CvatError
from labeling.workflows.cvat_links import Opened
from labeling.workflows.cvat_ours import Ours
from labeling.workflows.jobs import beside
from labeling.workspace import Workspace


@dataclass(frozen=True)
class FrameView:
    """One frame as both sides have it.

    Attributes:
        frame: its row in the ledger.
        theirs: what it bears there now.
        ours: what we have; None where the item is gone.
        base: what both had last.
        step: what becomes of it.
    """

    frame: CvatFrame
    theirs: Theirs
    ours: Ours | None
    base: Labels
    step: Step


@dataclass(frozen=True)
class Last:
    """What the ledger knows of a frame, its classes as they stand for since some were merged.

    Attributes:
        labels: what both sides had last; None: nothing was sent.
        intent: what was being sent since, if known.
        tag_ids: the tags that it bore when a sync last left nothing of it to decide; None: not
            known.
    """

    labels: Labels | None
    intent: Labels | None
    tag_ids: frozenset[int] | None


@dataclass(frozen=True)
class There:
    """The annotations of a task, by frame, and whether there are shapes."""

    theirs: Mapping[int, Theirs]
    has_shapes: bool

    @property
    def is_empty(self) -> bool:
        """Whether nobody has annotated anything."""
        return not self.has_shapes and not any(one.tags for one in self.theirs.values())


def create(
    ws: Workspace, opened: Opened, batch: CvatBatch, files: Sequence[Path]
) -> Generator[None, None, None]:
    """Create the task of a planned batch and upload its pictures."""
    client, task_id = opened.client, batch.remote_task_id
    if task_id is None:
        mark = batch_mark(batch.id)
        made = yield from beside(
            lambda: remote.create_task(client, opened.remote_id, batch.task_name, mark)
        )
        task_id = made.id
        _save(ws, batch, remote_task_id=task_id, state=BatchState.CREATED)
    number = task_id
    yield from beside(lambda: remote.upload(client, number, files))


def adopt(ws: Workspace, opened: Opened, batch: CvatBatch) -> Generator[None, None, None]:
    """Take the frames and the job of an uploaded task into the ledger.

    Raises:
        CvatError: the pictures of the task are not those of the batch.
    """
    task_id = _task(batch)
    names = (yield from beside(lambda: remote.frame_names(opened.client, task_id))).names
    with ws.db.read() as session:
        frames = cvat_ledger.frames(session, batch.id)
    if sorted(names) != sorted(frame.file_name for frame in frames):
        raise CvatError(
            f"the task {batch.task_name} holds other pictures than were sent",
            f"Delete it in CVAT ({opened.task_url(task_id)}); then push again.",
        )
    jobs = yield from beside(lambda: remote.jobs_of_task(opened.client, task_id))
    frame_of = {name: number for number, name in enumerate(names)}
    if any(frame_of[frame.file_name] != frame.frame for frame in frames):
        ws.db.write(lambda session: cvat_ledger.renumber(session, batch.id, frame_of))
    _save(
        ws,
        batch,
        remote_job_id=min((job.id for job in jobs), default=None),
        state=BatchState.UPLOADED,
    )


def read(opened: Opened, batch: CvatBatch) -> There:
    """The annotations of a task as they are now."""
    task_id = _task(batch)
    deleted = remote.frame_names(opened.client, task_id).deleted
    tags, has_shapes = remote.tags(opened.client, task_id)
    return There(theirs_by_frame(tags, opened.class_of, deleted), has_shapes)


def compare(
    opened: Opened,
    frames: Sequence[CvatFrame],
    ours: Mapping[str, Ours],
    there: There,
    *,
    started: bool,
) -> list[FrameView]:
    """Merge each frame three ways.

    Args:
        opened: the link.
        frames: those of the ledger.
        ours: what we have by item.
        there: what the server has.
        started: somebody works on the task: what the model proposes changes nothing any more.
    """
    multi = opened.project.mode == "multi"
    views = []
    for frame in frames:
        mine, theirs = ours.get(frame.item_id), there.theirs.get(frame.frame, Theirs())
        last = last_of(opened, frame)
        decided = mine is not None and mine.decided
        says = mine.labels if mine and (decided or not started) else None
        step = merge(
            last.labels,
            says,
            theirs,
            multi=multi,
            decided=decided,
            intent=last.intent,
            known=last.tag_ids,
        )
        base = settled_base(last.labels, last.intent, theirs)
        views.append(FrameView(frame, theirs, mine, base, step))
    return views


def last_of(opened: Opened, frame: CvatFrame) -> Last:
    """What the ledger knows of a frame."""
    sent = opened.now(frame.sent_labels) if frame.sent_at else None
    intent = None if frame.intended_labels is None else opened.now(frame.intended_labels)
    return Last(sent, intent, known_tags(frame))


def known_tags(frame: CvatFrame) -> frozenset[int] | None:
    """The tags that the ledger knows of a frame; None: it knows of none."""
    return None if frame.tag_ids is None else frozenset(frame.tag_ids)


def wanted_labels(opened: Opened, views: Sequence[FrameView]) -> dict[int, Labels]:
    """What has to be written, by frame: ours where it is pushed; where both agree, each label once
    and under the class that it was merged into.

    A label that CVAT has not (any more) is not written: its class is deactivated here.
    """
    wanted: dict[int, Labels] = {}
    for view in views:
        if view.step is Step.PUSH and view.ours and view.ours.labels is not None:
            wanted[view.frame.frame] = view.ours.labels
        elif view.step is Step.KEEP and _is_untidy(opened, view):
            wanted[view.frame.frame] = view.theirs.labels
    sendable = opened.labels.keys()
    return {frame: labels for frame, labels in wanted.items() if labels <= sendable}


def _is_untidy(opened: Opened, view: FrameView) -> bool:
    """Whether tags stand twice, or, where somebody has decided here, bear the label of a class that
    was merged (before that, a tag may be the one word of a person that nobody has pulled yet)."""
    theirs = view.theirs
    if theirs.deleted or theirs.strangers:
        return False
    bears = {tag.label_id for tag in theirs.tags}
    is_old = bears != {opened.labels[c].id for c in theirs.labels if c in opened.labels}
    return len(theirs.tags) > len(bears) or (is_old and view.ours is not None and view.ours.decided)


def write(
    opened: Opened,
    batch: CvatBatch,
    wanted: Mapping[int, Labels],
    there: There,
    first: Sequence[Tag],
) -> There:
    """Write labels and read back what is there then.

    Args:
        opened: the link.
        batch: whose task.
        wanted: labels by frame.
        there: what was read just before.
        first: the tags of a task that was never filled, with their attributes; else none.
    """
    task_id = _task(batch)
    if first and there.is_empty:
        remote.fill(opened.client, task_id, first)
    else:
        ids = {class_id: label.id for class_id, label in opened.labels.items()}
        found = changes(wanted, there.theirs, ids)
        remote.change(
            opened.client, task_id, update=found.update, create=found.create, delete=found.delete
        )
    return read(opened, batch)


def first_tags(opened: Opened, views: Sequence[FrameView]) -> list[Tag]:
    """The tags of frames that are filled for the first time, with score and model."""
    tags = []
    for view in views:
        ours = view.ours
        if view.step is not Step.PUSH or ours is None or ours.labels is None:
            continue
        values = {"score": "" if ours.score is None else f"{ours.score:.4f}"}
        values["model"] = ours.model or ""
        for class_id in sorted(ours.labels & opened.labels.keys()):
            label = opened.labels[class_id]
            given = [(label.attributes[n], v) for n, v in values.items() if n in label.attributes]
            tags.append(Tag(view.frame.frame, label.id, source=OURS, attributes=given))
    return tags


def _save(ws: Workspace, batch: CvatBatch, **values: object) -> None:
    ws.db.write(lambda session: cvat_ledger.save_batch(session, batch.id, **values))
    for name, value in values.items():
        setattr(batch, name, value)


def _task(batch: CvatBatch) -> int:
    """The task of a batch that was created."""
    assert batch.remote_task_id is not None
    return batch.remote_task_id
