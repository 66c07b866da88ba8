"""What a project and its CVAT project hold, side by side, in a history of `tests.cvat.world`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from db import decisions, lineage
from db.tables import Conflict, CvatBatch, CvatFrame, CvatLink, DecisionKind, Item, ItemState
from labeling.cvat.mapping import NONE, STRANGER
from labeling.workflows import item_log, projects
from labeling.workspace import Workspace
from tests.cvat.server import Server
from tests.cvat.there import There

ELSEWHERE = 987_654
"""The CVAT project that tasks are moved to."""


@dataclass
class BothSides:
    """A project, its CVAT project, and who works on them.

    Attributes:
        people: user ids by name.
        edits: the labels (as the ledger holds them) that somebody gave there last, by item, where
            they were a change to the last sync.
        touched: the items that a person was at there since a model annotated them last.
        spoilt: the class whose label somebody renamed or deleted there.
        made: how many names were given to classes and pictures since the beginning.
    """

    ws: Workspace
    server: Server
    there: There
    people: dict[str, str]
    edits: dict[str, set[str]] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    spoilt: str | None = None
    made: int = 0

    def items(self) -> list[str]:
        with self.ws.db.read() as session:
            found = projects.find(session, "zoo").id
            return list(session.scalars(select(Item.id).filter_by(project_id=found).order_by("id")))

    def frames(self) -> dict[str, tuple[CvatBatch, CvatFrame]]:
        """The frame of each item whose task is in the CVAT project."""
        with self.ws.db.read() as session:
            rows = session.execute(
                select(CvatBatch, CvatFrame).join(CvatFrame, CvatFrame.batch_id == CvatBatch.id)
            ).all()
        tasks = {n for n, row in self.server.cvat.tasks.items() if row["project_id"] != ELSEWHERE}
        return {f.item_id: (b, f) for b, f in rows if b.remote_task_id in tasks and f.sent_at}

    def labels(self) -> dict[str, list[str]]:
        """Ours of each item that somebody has decided; ``none_of_these`` for none."""
        with self.ws.db.read() as session:
            found = projects.find(session, "zoo")
            names = projects.projects.class_names(session, found.id)
            held = decisions.labels(session, found.id)
            decided = (ItemState.VERIFIED, ItemState.REVIEWED)
            rows = session.scalars(select(Item).filter_by(project_id=found.id)).all()
        mine = {row.id: sorted(names[c] for c in held.get(row.id, [])) for row in rows
                if row.state in decided}  # fmt: skip
        return {item: labels or [NONE] for item, labels in mine.items()}

    def labels_there(self) -> dict[str, list[str]]:
        """Theirs of each item whose frame is not deleted."""
        cvat, found = self.server.cvat, {}
        for item, (batch, frame) in self.frames().items():
            task = batch.remote_task_id
            if frame.frame not in cvat.deleted[task]:
                tags = [t for t in cvat.tags[task].values() if t["frame"] == frame.frame]
                found[item] = sorted(cvat.labels[t["label_id"]]["name"] for t in tags)
        return found

    def names(self) -> list[str]:
        with self.ws.db.read() as session:
            found = projects.find(session, "zoo")
            return [row.name for row in projects.projects.classes(session, found.id)]

    def _pick(self, number: int) -> str:
        items = self.items()
        return items[number % len(items)]

    def _named(self, numbers: Sequence[int]) -> list[str]:
        names = self.names()
        return sorted({names[number % len(names)] for number in numbers})

    def _log(self, item: str) -> dict[str, Any]:
        return item_log.show(self.ws, self.people["rea"], "zoo", item)

    def _class_of(self) -> dict[int, str]:
        with self.ws.db.read() as session:
            (link,) = session.scalars(select(CvatLink)).all()
            return {seen["id"]: class_id for class_id, seen in link.labels.items()}

    def told(self) -> Counter[str]:
        """How many decisions came from there, by item."""
        with self.ws.db.read() as session:
            logs = decisions.logs(session, self.items())
        return Counter(
            item for item, log in logs.items() for one in log if one.kind == DecisionKind.CVAT
        )

    def lost(self) -> list[str]:
        """The items whose last edit there is neither logged nor ever was before a reviewer."""
        with self.ws.db.read() as session:
            became = lineage.of(projects.find(session, "zoo"))
            conflicts = session.scalars(select(Conflict)).all()
            logs = decisions.logs(session, list(self.edits))
        gone = []
        synced, of_label = self.frames(), self._class_of()
        class_of = {f"{STRANGER}{number}": class_id for number, class_id in of_label.items()}
        for item, given in self.edits.items():
            wanted = set(became.settle(class_of.get(label, label) for label in given))
            seen = [row.their_labels for row in conflicts if row.item_id == item]
            said = [list(one.labels) or [NONE] for one in logs.get(item, [])]
            if item in synced and not any(set(became.settle(x)) == wanted for x in seen + said):
                gone.append(item)
        return gone
