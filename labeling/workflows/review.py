"""Review: what comes next, what was decided, and the one way into the decision log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from db import decisions, images, projects, proposals
from db import queue as waiting
from db.derive import standing_of, undo_refusal
from db.errors import UnknownRow
from db.ids import is_id
from db.tables import (
    Class,
    Decision,
    DecisionKind,
    Image,
    Item,
    Project,
    Proposal,
    QueueEntry,
    Standing,
)
from labeling.class_names import name_key
from labeling.errors import InputError, NotFoundError
from labeling.workflows import pictures
from labeling.workflows.jobs import enqueue_once
from labeling.workspace import Workspace

LEASE = timedelta(minutes=10)
MAX_QUEUE = 200
MAX_SECONDS = 24 * 3600.0
RERANK_EVERY = 50
"""Decisions after which the queue is ranked anew in the background."""

LABELLING = {DecisionKind.CONFIRM, DecisionKind.CORRECT, DecisionKind.NONE_OF_THESE}
KINDS = LABELLING | {DecisionKind.SKIP, DecisionKind.UNDO}
VIEWS = {"single", "grid", "group", "import"}


def queue(
    ws: Workspace,
    user_id: str,
    project_name: str,
    limit: int = 40,
    held: Sequence[str] = (),
    client: str = "",
) -> dict[str, Any]:
    """Lease the next items to a person's tab and describe them.

    Args:
        ws: the workspace.
        user_id: who reviews.
        project_name: the project.
        limit: how many items, 1 to 200.
        held: items that the tab still holds (prefetched, or decided and not yet acknowledged).
        client: what tells one tab of a person from another.

    Returns:
        project, mode, revision, classes, items (with proposals and the reason for their place),
        counts.
    """
    now = ws.clock()
    limit = max(1, min(limit, MAX_QUEUE))

    def work(session: Session) -> dict[str, Any]:
        project = _project(session, project_name)
        entries = waiting.take(
            session, project.id, user_id, client, limit, list(filter(is_id, held)), now, now + LEASE
        )
        return {
            "project": project.name,
            "mode": project.mode,
            "revision": project.revision,
            "prelabeled": project.run_id is not None,
            "classes": _classes(session, project),
            "items": _items(session, project, entries),
            "counts": _counts(session, project),
        }

    return ws.db.write(work)


def decide(
    ws: Workspace,
    user_id: str,
    project_name: str,
    given: Sequence[Mapping[str, Any]],
    *,
    source: str = "person",
    entered_by: str | None = None,
) -> dict[str, Any]:
    """Append decisions to the log, in order; each fails alone; a known id changes nothing.

    Args:
        ws: the workspace.
        user_id: whose decisions they are.
        project_name: the project.
        given: dicts with id (UUID), item, kind, labels (class ids or names), revision, view,
            shown_proposal, seconds, supersedes, reason.
        source: where they come from: "person", "csv" …
        entered_by: who handed them in, where that is somebody else.

    Returns:
        acknowledged (ids), already_known (ids), rejected (``[{"id", "why"}]``), counts.
    """

    def work(session: Session) -> tuple[dict[str, Any], str, bool]:
        project = _project(session, project_name)
        desk = Desk(session, ws, project, user_id, source, entered_by)
        items = filter(is_id, (one.get("item") for one in given))
        decisions.lock_items(session, project.id, items)
        known = decisions.known(session, filter(is_id, (one.get("id") for one in given)))
        before = decisions.count(session, project.id)
        acknowledged, already, refused = [], [], []
        for one in given:
            decision_id = str(one.get("id"))
            if decision_id in known:
                already.append(decision_id)
                continue
            try:
                is_new = desk.append(one)
            except InputError as error:
                refused.append({"id": decision_id, "why": str(error)})
            else:
                known.add(decision_id)
                (acknowledged if is_new else already).append(decision_id)
        after = before + len(acknowledged)
        answer = {
            "acknowledged": acknowledged,
            "already_known": already,
            "rejected": refused,
            "counts": _counts(session, project),
        }
        due = before // RERANK_EVERY != after // RERANK_EVERY
        return answer, project.id, due and project.run_id is not None

    answer, project_id, rerank = ws.db.write(work)
    if rerank:
        enqueue_once(ws, "rank", project_id)
    return answer


def history(ws: Workspace, user_id: str, project_name: str, limit: int = 50) -> dict[str, Any]:
    """A person's own newest decisions in a project, newest first."""
    with ws.db.read() as session:
        project = _project(session, project_name)
        rows = decisions.history(session, project.id, user_id, max(1, min(limit, 1000)))
        undone = decisions.undone(session, [row.id for row in rows])
        names = {c.id: c.name for c in projects.classes(session, project.id, inactive=True)}
        items = {row.item_id: session.get_one(Item, row.item_id) for row in rows}
        proposed = _proposals(session, project, list(items))
        return {
            "decisions": [
                _past(row, items[row.item_id], names, undone)
                | _picture(session, items[row.item_id], proposed.get(row.item_id), names)
                for row in rows
                if row.kind != DecisionKind.UNDO
            ]
        }


def counts(ws: Workspace, project_name: str) -> dict[str, Any]:
    """How many items of a project are in each state, and how many are left to decide."""
    with ws.db.read() as session:
        return _counts(session, _project(session, project_name))


def media(ws: Workspace, user_id: str, size: str, sha: str) -> pictures.Media:  # noqa: ARG001
    """A picture for a browser, in the size thumb, screen or original.

    Raises:
        NotFoundError: no project has it, or its file is gone.
    """
    return pictures.media(ws, size, sha)


@dataclass(frozen=True)
class Desk:
    """Where one person's decisions on one project are checked and stored, in a transaction."""

    session: Session
    ws: Workspace
    project: Project
    user_id: str
    source: str
    entered_by: str | None

    def append(self, given: Mapping[str, Any]) -> bool:
        """Check one decision and store it; False where its item has it already.

        Raises:
            InputError: it can't be stored; says why.
        """
        kind = _kind(given)
        if not is_id(given.get("id")):
            raise InputError(f"the decision id {given.get('id')!r} is not a UUID")
        item = self._item(given.get("item"))
        past = decisions.log(self.session, item.id)
        if any(decision.id == given["id"] for decision in past):
            return False
        if kind == DecisionKind.UNDO:
            self._undo(given, item, past)
        elif kind == DecisionKind.SKIP:
            decisions.append(self.session, item, past, self._decision(given, kind, item, []))
            if item.decision_id is None and not self._others_hold(item):
                waiting.send_to_end(self.session, self.project.id, item.id, "skipped earlier")
        else:
            self._label(given, kind, item, past)
        return True

    def _item(self, item_id: Any) -> Item:
        item = (
            decisions.locked_item(self.session, self.project.id, item_id)
            if is_id(item_id)
            else None
        )
        if item is None:
            raise InputError(f"the project has no item {item_id!r}")
        return item

    def _others_hold(self, item: Item) -> bool:
        holder = waiting.holder(self.session, self.project.id, item.id, self.ws.clock())
        return holder not in (None, self.user_id)

    def _label(
        self, given: Mapping[str, Any], kind: DecisionKind, item: Item, past: list[Decision]
    ) -> None:
        labels, unknown = self._labels(given.get("labels") or [])
        if kind == DecisionKind.NONE_OF_THESE and labels:
            raise InputError("none of these can't bear a label as well")
        if kind != DecisionKind.NONE_OF_THESE and not (labels or unknown):
            raise InputError("a decision needs a label, or none of these")
        if self.project.mode == "single" and len(labels) + len(unknown) > 1:
            raise InputError(f"the project {self.project.name!r} takes one label a picture")
        holder = waiting.holder(self.session, self.project.id, item.id, self.ws.clock())
        superseded = given.get("supersedes")
        standing = standing_of(past, self.user_id, superseded, holder)
        if unknown:
            standing = Standing.STALE
        decision = self._decision(given, kind, item, labels)
        decision.standing = standing
        if unknown:
            decision.reason = f"the class {', '.join(unknown)} is no longer in the project"
        derived = decisions.append(self.session, item, past, decision)
        if derived.decision_id is not None:
            waiting.close(self.session, self.project.id, item.id)

    def _undo(self, given: Mapping[str, Any], item: Item, past: list[Decision]) -> None:
        target = given.get("supersedes")
        refusal = undo_refusal(past, self.user_id, target)
        if refusal:
            raise InputError(f"this can't be undone: {refusal}")
        derived = decisions.append(
            self.session, item, past, self._decision(given, DecisionKind.UNDO, item, [])
        )
        if derived.decision_id is None and not self._others_hold(item):
            until = self.ws.clock() + LEASE
            waiting.reopen(self.session, self.project.id, item.id, self.user_id, until, "undone")

    def _decision(
        self, given: Mapping[str, Any], kind: DecisionKind, item: Item, labels: list[str]
    ) -> Decision:
        view = given.get("view") or "single"
        if not isinstance(view, str) or view not in VIEWS:
            raise InputError(f"the view {view!r} is not known")
        run = proposals.run(self.session, self.project.run_id) if self.project.run_id else None
        shown = given.get("shown_proposal")
        return Decision(
            id=str(given["id"]),
            act_id=_text(given.get("act_id"), "act_id", 36),
            project_id=self.project.id,
            item_id=item.id,
            user_id=self.user_id,
            kind=kind,
            standing=Standing.IN_FORCE,
            labels=labels,
            reason=_text(given.get("reason"), "reason"),
            recipe_id=run.recipe_id if run else None,
            class_set_revision=_revision(given.get("revision"), self.project.revision),
            view=view,
            shown_proposal=_text(shown, "shown_proposal", 64),
            blind=bool(given.get("blind", False)),
            seconds=_seconds(given.get("seconds")),
            source=self.source,
            entered_by=self.entered_by,
            supersedes=_text(given.get("supersedes"), "supersedes", 36),
            created_at=self.ws.clock(),
        )

    def _labels(self, given: Any) -> tuple[list[str], list[str]]:
        """Class ids of the labels, and what is no active class of the project."""
        if not isinstance(given, list) or not all(isinstance(label, str) for label in given):
            raise InputError("labels must be a list of class ids or names")
        for label in given:
            _text(label, "a label", 200)
        by_name = _ids_by_label(self.session, self.project)
        found = [by_name.get(label) or by_name.get(name_key(label)) for label in given]
        known = list(dict.fromkeys(label for label in found if label))
        return known, [label for label, hit in zip(given, found, strict=True) if hit is None]


def label_names(session: Session, project: Project) -> set[str]:
    """What the active classes may be called in a decision, as ``name_key`` gives it."""
    return set(_ids_by_label(session, project))


def _ids_by_label(session: Session, project: Project) -> dict[str, str]:
    """Class ids by id, name and alias."""
    active = projects.classes(session, project.id)
    by_alias = {name_key(alias): c.id for c in active for alias in c.aliases}
    return by_alias | {c.key: c.id for c in active} | {c.id: c.id for c in active}


def _project(session: Session, name: str) -> Project:
    try:
        return projects.by_name(session, name)
    except UnknownRow:
        raise NotFoundError(f"there is no project {name!r}") from None


def _classes(session: Session, project: Project) -> list[dict[str, Any]]:
    return [_class(c) for c in projects.classes(session, project.id)]


def _class(row: Class) -> dict[str, Any]:
    return {"id": row.id, "name": row.name, "display": row.display, "aliases": row.aliases}


def _items(
    session: Session, project: Project, entries: Sequence[QueueEntry]
) -> list[dict[str, Any]]:
    names = {c.id: c.name for c in projects.classes(session, project.id)}
    proposed = _proposals(session, project, [entry.item_id for entry in entries])
    described = []
    for entry in entries:
        item = session.get_one(Item, entry.item_id)
        picture = _picture(session, item, proposed.get(item.id), names)
        described.append({**picture, "state": item.state, "reason": entry.reason})
    return described


def _proposals(session: Session, project: Project, items: Sequence[str]) -> dict[str, Proposal]:
    return proposals.of_items(session, project.run_id, items) if project.run_id else {}


def _picture(
    session: Session, item: Item, proposal: Proposal | None, names: Mapping[str, str]
) -> dict[str, Any]:
    """A picture with what is proposed for it, of the classes that ``names`` has."""
    image = session.get_one(Image, item.sha256)
    top = proposal.top if proposal else []
    return {
        "item": item.id,
        "sha": item.sha256,
        "width": image.width,
        "height": image.height,
        "source": images.first_path(session, item.id),
        "proposals": [{"label": names[c], "class": c, "score": s} for c, s in top if c in names],
        "proposal": names.get(proposal.class_id or "") if proposal else None,
        "none_score": proposal.none_score if proposal else 0.0,
        "none_proposed": proposal is not None and proposal.class_id is None,
    }


def _past(row: Decision, item: Item, names: Mapping[str, str], undone: set[str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "labels": [names.get(c, "") for c in row.labels],
        "standing": row.standing,
        "state": item.state,
        "at": row.created_at.isoformat(),
        "undone": row.id in undone,
    }


def _counts(session: Session, project: Project) -> dict[str, Any]:
    by_state = images.count_by_state(session, project.id)
    total = sum(by_state.values())
    done = sum(by_state.get(state, 0) for state in ("verified", "reviewed"))
    left = sum(by_state.get(state, 0) for state in ("unlabeled", "proposed"))
    return {"items": total, "verified": done, "remaining": left, "by_state": by_state}


def _kind(given: Mapping[str, Any]) -> DecisionKind:
    try:
        kind = DecisionKind(given.get("kind", ""))
    except ValueError:
        kind = None
    if kind not in KINDS:
        raise InputError(f"the kind of decision {given.get('kind')!r} is not known")
    return kind


def _revision(given: Any, current: int) -> int:
    if given is None:
        return current
    if isinstance(given, int) and 1 <= given <= current:
        return given
    raise InputError(f"the class set revision {given!r} is not known")


def _seconds(given: Any) -> float | None:
    if given is None:
        return None
    if isinstance(given, int | float) and 0 <= given <= MAX_SECONDS:
        return float(given)
    raise InputError(f"seconds must be between 0 and {MAX_SECONDS:.0f}, not {given!r}")


def _text(given: Any, name: str, length: int = 2_000) -> str | None:
    if given is None or (isinstance(given, str) and len(given) <= length and _is_storable(given)):
        return given
    raise InputError(f"{name} must be a text of at most {length} characters")


def _is_storable(text: str) -> bool:
    """Whether every database takes ``text``: no NUL, no half of a surrogate pair."""
    return not any(mark == "\0" or "\ud800" <= mark <= "\udfff" for mark in text)
