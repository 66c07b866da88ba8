"""What people did in one CVAT task comes into the log: taken, left alone, or for a reviewer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from db import conflicts, cvat_ledger, projects, queue, second_looks, users
from db.conflicts import Sides
from db.derive import in_force
from db.ids import new_id
from db.tables import (
    CvatBatch,
    CvatFrame,
    Decision,
    DecisionKind,
    Item,
    ItemState,
    LookKind,
    LookOutcome,
    Purpose,
    Standing,
    User,
)
from labeling.cvat.answers import RemoteJob
from labeling.cvat.mapping import (
    NONE,
    NOTHING,
    Labels,
    Step,
    Theirs,
    in_words,
    merge,
)
from labeling.roles import NO_ROLE
from labeling.workflows.at_hand import AtHand
from labeling.workflows.cvat_links import Opened
from labeling.workflows.cvat_ours import OurSide
from labeling.workflows.cvat_report import Report
from labeling.workflows.cvat_tasks import There, known_tags, last_of
from labeling.workflows.desk import Desk
from labeling.workflows.projects import find
from labeling.workspace import Workspace

GUARDED = (ItemState.REVIEWED, ItemState.DISPUTED)
"""What a reviewer has settled, or has to settle, is never changed from outside."""
BY_NOBODY = (ItemState.UNLABELED, ItemState.PROPOSED, ItemState.AUTO_ACCEPTED)
"""States that rest on no person."""
FOR_A_REVIEWER = (Step.CONFLICT, Step.REMOVED, Step.AMBIGUOUS, Step.EXCLUDED)


@dataclass(frozen=True)
class Source:
    """Where a part of a pull comes from.

    Attributes:
        opened: the link.
        batch: of which task.
        there: what the task bears now.
        job: its job, None where it has none.
        signed_by: the lead who answers for all labels of the job; None: nobody does.
        user_id: who pulls.
    """

    opened: Opened
    batch: CvatBatch
    there: There
    job: RemoteJob | None
    signed_by: str | None
    user_id: str | None

    def told(self) -> str:
        """What a decision says of the job: its number, its assignee, who signed it off."""
        if self.job is None:
            return f"CVAT task {self.batch.remote_task_id}"
        who = f"assigned to {self.job.assignee}" if self.job.assignee else "assigned to nobody"
        signed = f", signed off by {self.signed_by}" if self.signed_by else ""
        return f"CVAT job {self.job.id}, {who}{signed}"


def machine_name(server: str) -> str:
    """The name under which what comes from a server is logged: ``cvat:cvat.example.org``."""
    return f"cvat:{server.split('://', 1)[-1]}"[:200]


def machine(session: Session, server: str) -> User:
    """The user of a server, who has no role and can't log in."""
    return users.ensure(session, machine_name(server), NO_ROLE)


def is_of_interest(frame: CvatFrame, there: There) -> bool:
    """Whether a frame may differ from the last sync, or shows that a person was at it."""
    theirs = there.theirs.get(frame.frame, Theirs())
    if theirs.human or theirs.everything != frozenset(frame.sent_labels):
        return True
    return theirs.tag_ids != (known_tags(frame) or frozenset())


class Intake:
    """Takes frames into the log, in a transaction that holds the project.

    Args:
        session: an open transaction.
        ws: the workspace.
        source: where they come from.
        frames: rows of the ledger.
        report: what becomes of items is put there.
    """

    def __init__(
        self,
        session: Session,
        ws: Workspace,
        source: Source,
        frames: Sequence[CvatFrame],
        report: Report,
    ) -> None:
        self._session, self._ws, self._source = session, ws, source
        self._frames, self._report = frames, report
        project = self._project = find(session, source.opened.project.name, hold=True)
        ids = [frame.item_id for frame in frames]
        self._hand = AtHand(session, project, ids, ws.clock())
        self._machine = machine(session, source.opened.link.server)
        origin = self._machine.name[:60]
        self._desk = Desk(session, ws, project, self._hand, self._machine.id, origin, None)
        self._ours = OurSide(session, project).by_ids(ids)
        self._open = conflicts.open_of_link(session, source.opened.link.id)
        self._agreed: dict[str, Labels] = {}
        self._tag_ids: dict[str, frozenset[int]] = {}

    def take(self) -> None:
        """Merge each frame, and note in the ledger what both sides have now."""
        for frame in self._frames:
            item = self._hand.item(frame.item_id)
            if item is not None:
                self._merge(frame, item)
        batch_id = self._source.batch.id
        cvat_ledger.confirm(self._session, batch_id, self._agreed, self._ws.clock())
        cvat_ledger.note_tags(self._session, batch_id, self._tag_ids)

    def _merge(self, frame: CvatFrame, item: Item) -> None:
        theirs = self._source.there.theirs.get(frame.frame, Theirs())
        ours = self._says(item)
        step = self._step(frame, item, ours, theirs)
        if step is Step.EXCLUDED:
            self._report.say(f"{frame.file_name} was deleted in {self._source.batch.task_name}")
        if step in FOR_A_REVIEWER:
            self._leave_to_a_reviewer(frame, item, ours, theirs)
            return
        self._end_conflict(item)
        if step is Step.PUSH:
            self._report.waiting.add(item.id)
            return
        self._tag_ids[item.id] = theirs.tag_ids
        if step is Step.TAKE:
            self._decide(item, theirs.labels)
            self._agreed[item.id] = theirs.labels
        else:
            self._keep(frame, item, ours, theirs)

    def _step(self, frame: CvatFrame, item: Item, ours: Labels | None, theirs: Theirs) -> Step:
        last = last_of(self._source.opened, frame)
        multi = self._project.mode == "multi"
        step = merge(last.labels, ours, theirs, multi=multi, intent=last.intent, known=last.tag_ids)
        guarded = item.state in GUARDED or self._desk.lineage.is_open(theirs.labels)
        return Step.CONFLICT if step is Step.TAKE and guarded else step

    def _says(self, item: Item) -> Labels | None:
        """What a person has said here; None: nobody has, or the doubt is not settled."""
        if item.state == ItemState.DISPUTED:
            became = self._desk.lineage
            current = in_force(self._hand.log(item), became)
            settled = frozenset(became.settle(current.labels)) if current else None
            return settled if settled is None or settled else frozenset({NONE})
        mine = self._ours.get(item.id)
        by_a_person = mine is not None and mine.decided and item.state not in BY_NOBODY
        return mine.labels if mine and by_a_person else None

    def _keep(self, frame: CvatFrame, item: Item, ours: Labels | None, theirs: Theirs) -> None:
        now = theirs.everything
        if now and now in (ours, last_of(self._source.opened, frame).intent):
            self._agreed[item.id] = now
        if self._is_evidence(item, theirs):
            self._agreed[item.id] = now
            self._decide(item, theirs.labels)
        else:
            self._report.unchanged.add(item.id)

    def _is_evidence(self, item: Item, theirs: Theirs) -> bool:
        """Whether a label that nobody verified here is verified by what is there.

        What this server has said before counts once: a reviewer may have withdrawn it.
        """
        is_answer = theirs.is_answer(multi=self._project.mode == "multi")
        if item.state not in BY_NOBODY or not is_answer:
            return False
        if self._desk.lineage.is_open(theirs.labels):
            return False
        if self._source.signed_by is not None:
            return True
        labels = _as_labels(theirs.labels)
        return theirs.human and not any(
            one.user_id == self._machine.id and sorted(one.labels) == labels
            for one in self._hand.log(item)
        )

    def _decide(self, item: Item, labels: Labels) -> None:
        past = self._hand.log(item)
        is_first = item.decision_id is None
        decision = self._decision(item, _as_labels(labels))
        derived = self._desk.store(item, past, decision)
        if derived.decision_id == decision.id:
            queue.close(self._session, self._project.id, item.id)
        (self._report.created if is_first else self._report.updated).add(item.id)

    def _decision(self, item: Item, labels: list[str]) -> Decision:
        return Decision(
            id=new_id(),
            project_id=self._project.id,
            item_id=item.id,
            user_id=self._machine.id,
            kind=DecisionKind.CVAT,
            labels=labels,
            reason=self._source.told(),
            class_set_revision=self._project.revision,
            guideline_revision=self._project.guideline_revision,
            view="cvat",
            source=self._machine.name[:60],
            entered_by=self._source.user_id,
            supersedes=item.decision_id,
            created_at=self._ws.clock(),
            standing=Standing.IN_FORCE,
            purpose=Purpose.WORK,
            ask=False,
            blind=False,
        )

    def _leave_to_a_reviewer(
        self, frame: CvatFrame, item: Item, ours: Labels | None, theirs: Theirs
    ) -> None:
        sides = Sides(frame.sent_labels, ours or NOTHING, theirs.everything, theirs.tag_ids)
        self._report.conflicts.add(item.id)
        if conflicts.note(self._session, self._source.opened.link.id, item.id, sides):
            self._close_look(item)
            reason = f"{self._in_words(sides)} ({self._source.told()})"
            second_looks.open(self._session, self._project.id, item.id, LookKind.CONFLICT, reason)

    def _in_words(self, sides: Sides) -> str:
        names = projects.class_names(self._session, self._project.id)
        theirs = in_words(sides.theirs, names) or "no label any more"
        ours = in_words(sides.ours, names) or "undecided"
        return f"in CVAT {theirs}, here {ours}, before {in_words(sides.base, names) or 'nothing'}"

    def _end_conflict(self, item: Item) -> None:
        if item.id in self._open:
            conflicts.lapse(self._session, self._source.opened.link.id, item.id)
            self._close_look(item)

    def _close_look(self, item: Item) -> None:
        second_looks.close_item(
            self._session, item.id, None, LookOutcome.SETTLED, kinds=(LookKind.CONFLICT,)
        )


def _as_labels(labels: Labels) -> list[str]:
    """Class ids as a decision holds them: none for none of these."""
    return sorted(labels - {NONE})
