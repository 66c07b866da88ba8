"""The desk: where one person's decisions are checked and appended to the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from db import checks, conflicts, decisions, erasures, lineage, queue, second_looks, slots
from db.derive import Derived, in_force, standing_of, undo_refusal
from db.ids import is_id
from db.lineage import Lineage
from db.own_decisions import FURTHER
from db.tables import (
    BLIND,
    UNCOUNTED,
    Decision,
    DecisionKind,
    Item,
    ItemState,
    LookKind,
    LookOutcome,
    Project,
    Purpose,
    Standing,
)
from labeling import review_settings
from labeling.errors import InputError
from labeling.review_settings import ReviewSettings
from labeling.workflows import aside, draws, gold_looks, rechecks
from labeling.workflows import given as fields
from labeling.workflows.at_hand import AtHand
from labeling.workflows.grid_question import OF_SEVERAL
from labeling.workflows.places import Place, place_of
from labeling.workspace import Workspace

LEASE = timedelta(minutes=10)
"""How long an offered item belongs to one person."""
PERSON = "person"
"""The source of decisions that somebody made at a page."""
KINDS = {
    DecisionKind.CONFIRM,
    DecisionKind.CORRECT,
    DecisionKind.NONE_OF_THESE,
    DecisionKind.SKIP,
    DecisionKind.FLAG,
    DecisionKind.UNDO,
}


@dataclass(frozen=True)
class Desk:
    """Where one person's decisions on one project are checked and stored, in a transaction.

    ``hand``: what is known of the items of the request. ``reviewing``: the person settles second
    looks, with decisions of the kind ``review``. ``stored``: the decisions (seq) that were stored,
    ``purposes``: what for.
    """

    session: Session
    ws: Workspace
    project: Project
    hand: AtHand
    user_id: str
    source: str
    entered_by: str | None
    reviewing: bool = False
    stored: list[int] = field(default_factory=list)
    purposes: set[str] = field(default_factory=set)

    @cached_property
    def settings(self) -> ReviewSettings:
        """How the review of the project is set."""
        return review_settings.read(self.project.review)

    @cached_property
    def lineage(self) -> Lineage:
        """What became of the classes of the project that were merged or split."""
        return lineage.of(self.project)

    def append(self, given: Mapping[str, Any]) -> bool:
        """Check one decision and store it; False where its item has it already.

        Raises:
            InputError: it can't be stored; says why.
        """
        kind = fields.kind_of(given, KINDS | ({DecisionKind.REVIEW} if self.reviewing else set()))
        if not is_id(given.get("id")):
            raise InputError(f"the decision id {given.get('id')!r} is not a UUID")
        item = self._item(given.get("item"))
        past = self.hand.log(item)
        if any(decision.id == given["id"] for decision in past):
            return False
        if kind == DecisionKind.UNDO:
            self._undo(given, item, past)
        elif kind == DecisionKind.SKIP:
            aside.skip(self, given, item, past)
        elif kind == DecisionKind.FLAG:
            aside.flag(self, given, item, past)
        else:
            self._label(given, kind, item, past)
        self.hand.changed([item.id])
        return True

    def decision(
        self,
        given: Mapping[str, Any],
        kind: DecisionKind,
        item: Item,
        purpose: str,
        labels: list[str],
    ) -> Decision:
        """A decision of this person; what it is for, and whether it is blind, the server says.

        Raises:
            InputError: a field of ``given`` can't be stored.
        """
        shown = fields.text_of(given.get("shown_proposal"), "shown_proposal", 64)
        blind = purpose in BLIND
        view = fields.view_of(given)
        policy, pick_rank = self._pick(kind, item, purpose, view, given.get("page"))
        return Decision(
            id=str(given["id"]),
            act_id=fields.text_of(given.get("act_id"), "act_id", 36),
            project_id=self.project.id,
            item_id=item.id,
            user_id=self.user_id,
            kind=kind,
            standing=Standing.PROBE if purpose in UNCOUNTED else Standing.IN_FORCE,
            purpose=purpose,
            labels=labels,
            ask=kind == DecisionKind.FLAG and given.get("ask") is True,
            reason=fields.text_of(given.get("reason"), "reason"),
            policy=policy,
            pick_rank=pick_rank,
            recipe_id=self.hand.recipe_of(fields.text_of(given.get("run"), "run", 36)),
            class_set_revision=fields.revision_of(given.get("revision"), self.project.revision),
            guideline_revision=self.project.guideline_revision,
            view=view,
            shown_proposal=None if blind else shown,
            blind=blind,
            seconds=fields.seconds_of(given.get("seconds")),
            source=self.source,
            entered_by=self.entered_by,
            supersedes=fields.text_of(given.get("supersedes"), "supersedes", 36),
            created_at=self.ws.clock(),
        )

    def store(self, item: Item, past: list[Decision], decision: Decision) -> Derived:
        """Append a decision, and open or close the second look at an item whose answers differ."""
        before = item.state
        derived = decisions.append(self.session, item, past, decision)
        self.hand.changed([item.id])
        self.stored.append(decision.seq)
        self.purposes.add(decision.purpose)
        is_disputed = derived.state == ItemState.DISPUTED
        if is_disputed and before != ItemState.DISPUTED and decision.kind != DecisionKind.FLAG:
            second_looks.open(
                self.session, self.project.id, item.id, LookKind.DISPUTED, "the answers differ"
            )
        elif before == ItemState.DISPUTED and not is_disputed:
            second_looks.close_item(
                self.session, item.id, self.user_id, LookOutcome.SETTLED, kinds=(LookKind.DISPUTED,)
            )
        return derived

    def place_of(self, item: Item, past: list[Decision]) -> Place:
        """What this person's next decision on an item answers; ``past`` is the item's log."""
        first = self.hand.first(item)
        return place_of(self.session, item, past, self.user_id, first, self.lineage)

    def others_hold(self, item: Item) -> bool:
        """Whether somebody else is offered the first decision on an item just now."""
        return self._holder(item) not in (None, self.user_id)

    def _item(self, item_id: Any) -> Item:
        item = self.hand.item(item_id)
        if item is None:
            if erasures.erased_items(self.session, filter(is_id, [item_id])):
                raise InputError("the picture was erased", "There is nothing left to decide.")
            raise InputError(f"the project has no item {item_id!r}")
        return item

    def _pick(
        self, kind: DecisionKind, item: Item, purpose: str, view: str, page: Any
    ) -> tuple[str | None, int | None]:
        """By which policy, and at which rank, an item came that nobody has decided.

        In the grid people choose themselves what comes: the view stands for the policy, or the page
        that asks about each item's own class.
        """
        first = self.hand.first(item)
        further = purpose in (*FURTHER, Purpose.STREAM)
        if kind == DecisionKind.UNDO or item.decision_id is not None or further:
            return None, None
        if view == "grid" and page in OF_SEVERAL:
            return str(page), None
        if view in ("grid", "group"):
            return view, None
        return (first.policy, first.rank) if first else (None, None)

    def _holder(self, item: Item) -> str | None:
        first = self.hand.first(item)
        return first.holder if first else None

    def _label(
        self, given: Mapping[str, Any], kind: DecisionKind, item: Item, past: list[Decision]
    ) -> None:
        named = fields.labels_of(given, self.project, self.hand.meanings)
        self._require_answer(kind, len(given.get("labels") or []))
        place = self._place(kind, item, past)
        decision = self.decision(given, kind, item, place.purpose, named.ids)
        self._require_looked(decision, given)
        decision.standing = self._standing(decision, past, item, stale=bool(named.gone))
        if named.gone:
            decision.reason = f"the class {', '.join(named.gone)} is no longer in the project"
        first = in_force(past, self.lineage) is None
        derived = self.store(item, past, decision)
        self._leave_queue(item, place, decision, derived)
        if decision.standing == Standing.STALE and derived.decision_id is None:
            second_looks.open_once(
                self.session, self.project.id, item.id, LookKind.LATE, decision.reason or ""
            )
        if kind == DecisionKind.REVIEW:
            self._settle(item, past, decision)
        elif first and derived.decision_id == decision.id:
            self._draw_further(item, past, decision)
        elif decision.purpose == Purpose.OVERLAP and derived.state == ItemState.VERIFIED:
            rechecks.after_agreement(self.session, self.project, item, past, decision)

    def _draw_further(self, item: Item, past: list[Decision], decision: Decision) -> None:
        """Draw which further looks at an item the first decision on it calls for."""
        if decision.purpose == Purpose.AUDIT:
            draws.second_audit_look(self.session, self.project, item, decision)
        if self.source == PERSON:
            draws.after_first(self.session, self.project, item, decision)
            gold_looks.mix_in(self.session, self.project, item, past, decision)

    def _place(self, kind: DecisionKind, item: Item, past: list[Decision]) -> Place:
        """What a label answers; a reviewer sees all opinions, so no further look is answered."""
        if kind == DecisionKind.REVIEW and in_force(past, self.lineage) is not None:
            return Place(None, Purpose.WORK)
        return self.place_of(item, past)

    def _require_answer(self, kind: DecisionKind, count: int) -> None:
        if kind == DecisionKind.NONE_OF_THESE and count:
            raise InputError("none of these can't bear a label as well")
        if kind in (DecisionKind.CONFIRM, DecisionKind.CORRECT) and not count:
            raise InputError("a decision needs a label, or none of these")
        if self.project.mode == "single" and count > 1:
            raise InputError(f"the project {self.project.name!r} takes one label a picture")

    def _require_looked(self, decision: Decision, given: Mapping[str, Any]) -> None:
        """Refuse what can't have been decided as the project asks for.

        Of a grid it counts for how long its page was looked at.
        """
        of_grid = decision.view in ("grid", "group")
        if decision.blind and of_grid:
            raise InputError("this picture is decided with its proposal hidden, in the single view")
        if decision.kind != DecisionKind.CONFIRM or self.source != PERSON:
            return
        on_page = fields.seconds_of(given.get("looked")) if of_grid else None
        looked = (decision.seconds if on_page is None else on_page) or 0.0
        shortest = self.settings.shortest_seconds
        if looked < shortest:
            raise InputError(
                f"looked at for {looked:.1f} s; "
                f"this project asks for {shortest:g} s before a proposal is confirmed"
            )

    def _standing(
        self, decision: Decision, past: list[Decision], item: Item, *, stale: bool
    ) -> Standing:
        if decision.purpose in UNCOUNTED:
            return Standing.PROBE
        if stale:
            return Standing.STALE
        if decision.kind == DecisionKind.REVIEW:
            return Standing.IN_FORCE
        if decision.purpose in (Purpose.OVERLAP, Purpose.RECHECK, Purpose.RELABEL):
            return Standing.SECOND_OPINION
        holder = self._holder(item)
        return standing_of(past, self.user_id, decision.supersedes, holder, self.lineage)

    def _leave_queue(self, item: Item, place: Place, decision: Decision, derived: Derived) -> None:
        if place.slot and decision.standing == Standing.STALE:
            reason = draws.BLIND_REASONS[Purpose.OVERLAP]
            queue.send_to_end(self.session, self.project.id, item.id, reason, slot=place.slot)
        elif place.slot:
            queue.close(self.session, self.project.id, item.id, place.slot)
        elif derived.decision_id is not None:
            queue.close(self.session, self.project.id, item.id)
        if place.purpose == Purpose.AUDIT and derived.decision_id == decision.id:
            near = checks.group_of(self.session, item)
            queue.append(self.session, self.project.id, near, "near-duplicate of a decided picture")
            self.hand.changed(near)

    def _settle(self, item: Item, past: list[Decision], decision: Decision) -> None:
        current = in_force(past, self.lineage)
        same = current is not None and self.lineage.agree(current.labels, decision.labels)
        outcome = LookOutcome.ACCEPTED if same else LookOutcome.CHANGED
        second_looks.close_item(self.session, item.id, self.user_id, outcome)
        conflicts.settle(self.session, item.id, self.user_id)
        slots.withdraw(self.session, self.project.id, item.id)

    def _undo(self, given: Mapping[str, Any], item: Item, past: list[Decision]) -> None:
        refusal = undo_refusal(past, self.user_id, given.get("supersedes"))
        if refusal:
            raise InputError(f"this can't be undone: {refusal}")
        target = next(d for d in past if d.id == given["supersedes"])
        undo = self.decision(given, DecisionKind.UNDO, item, target.purpose, [])
        derived = self.store(item, past, undo)
        if target.kind == DecisionKind.FLAG and target.purpose not in UNCOUNTED:
            second_looks.take_back(self.session, item.id, self.user_id, target.reason or "")
        if derived.decision_id is not None:
            self._reopen_slot(item, target)
            return
        draws.withdraw(self.session, self.project.id, item.id)
        if derived.state is None and not self.others_hold(item):
            taken_back = target.purpose == Purpose.STREAM
            self._reopen(item, 0, Purpose.WORK if taken_back else target.purpose)

    def _reopen_slot(self, item: Item, target: Decision) -> None:
        """Give a further look back to the person who undid their answer to it."""
        if target.purpose not in (*FURTHER, Purpose.STREAM):
            return
        answered = target.kind != DecisionKind.SKIP or target.purpose in UNCOUNTED
        slot = slots.reopenable(
            self.session, self.project.id, item.id, target.purpose, self.user_id, answered=answered
        )
        if slot is not None:
            self._reopen(item, slot, target.purpose)

    def _reopen(self, item: Item, slot: int, purpose: str) -> None:
        until = self.ws.clock() + LEASE
        queue.reopen(
            self.session, self.project.id, item.id, self.user_id, until,
            slot=slot, purpose=purpose, reason=draws.blind_reason(purpose) or "undone",
        )  # fmt: skip
