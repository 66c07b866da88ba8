"""The desk: where one person's decisions are checked and appended to the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from db import decisions, projects, proposals, queue
from db.derive import standing_of, undo_refusal
from db.ids import is_id
from db.tables import Decision, DecisionKind, Item, Project, Standing
from labeling.class_names import name_key
from labeling.errors import InputError
from labeling.workspace import Workspace

LEASE = timedelta(minutes=10)
"""How long an offered item belongs to one person."""
MAX_SECONDS = 24 * 3600.0
ANSWERS = {DecisionKind.CONFIRM, DecisionKind.CORRECT, DecisionKind.NONE_OF_THESE}
KINDS = ANSWERS | {DecisionKind.SKIP, DecisionKind.UNDO}
VIEWS = {"single", "grid", "group", "import"}


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
                queue.send_to_end(self.session, self.project.id, item.id, "skipped earlier")
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
        holder = queue.holder(self.session, self.project.id, item.id, self.ws.clock())
        return holder not in (None, self.user_id)

    def _label(
        self, given: Mapping[str, Any], kind: DecisionKind, item: Item, past: list[Decision]
    ) -> None:
        labels, unknown = self._labels(given.get("labels") or [], given.get("revision"))
        if kind == DecisionKind.NONE_OF_THESE and labels:
            raise InputError("none of these can't bear a label as well")
        if kind != DecisionKind.NONE_OF_THESE and not (labels or unknown):
            raise InputError("a decision needs a label, or none of these")
        if self.project.mode == "single" and len(labels) + len(unknown) > 1:
            raise InputError(f"the project {self.project.name!r} takes one label a picture")
        holder = queue.holder(self.session, self.project.id, item.id, self.ws.clock())
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
            queue.close(self.session, self.project.id, item.id)

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
            queue.reopen(self.session, self.project.id, item.id, self.user_id, until, "undone")

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

    def _labels(self, given: Any, revision: Any) -> tuple[list[str], list[str]]:
        """Class ids of the labels, and what is no active class of the project.

        A name means what it meant in the class set that the person saw: a class may have been
        renamed since, and its name given to another one.
        """
        if not isinstance(given, list) or not all(isinstance(label, str) for label in given):
            raise InputError("labels must be a list of class ids or names")
        for label in given:
            _text(label, "a label", 200)
        seen = _revision(revision, self.project.revision)
        by_name = _ids_by_label(self.session, self.project)
        if seen != self.project.revision:
            by_name = _ids_then(self.session, self.project, seen, set(by_name.values()))
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


def _ids_then(
    session: Session, project: Project, revision: int, active: set[str]
) -> dict[str, str]:
    """Ids of the classes that are active now, by id and by name and alias under a revision."""
    then = [c for c in projects.class_set(session, project.id, revision) if c["id"] in active]
    by_alias = {name_key(alias): c["id"] for c in then for alias in c["aliases"]}
    return by_alias | {c["key"]: c["id"] for c in then} | {id_: id_ for id_ in active}


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
    if isinstance(given, int) and not isinstance(given, bool) and 1 <= given <= current:
        return given
    raise InputError(f"the class set revision {given!r} is not known")


def _seconds(given: Any) -> float | None:
    if given is None:
        return None
    if isinstance(given, int | float) and 0 <= given <= MAX_SECONDS:
        return float(given)
    raise InputError(f"seconds must be between 0 and {MAX_SECONDS:.0f}, not {given!r}")


def _text(given: Any, name: str, length: int = 2_000) -> str | None:
    if given is None or (isinstance(given, str) and len(given) <= length and is_storable(given)):
        return given
    raise InputError(f"{name} must be a text of at most {length} characters")


def is_storable(text: str) -> bool:
    """Whether every database takes ``text``: no NUL, no half of a surrogate pair."""
    return not any(mark == "\0" or "\ud800" <= mark <= "\udfff" for mark in text)
