"""What we have to say of items: the side of the three-way merge that is ours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from db import cvat_ledger, decisions, images, projects, proposals
from db.tables import Image, Item, ItemState, Project, Proposal
from labeling.cvat.mapping import NONE, Labels
from labeling.workflows.grid_question import Classes

DECIDED = (ItemState.AUTO_ACCEPTED, ItemState.VERIFIED, ItemState.REVIEWED)
PART = 500


@dataclass(frozen=True)
class Ours:
    """What we have of an item.

    Attributes:
        item, image: what it is.
        labels: class ids, or `mapping.NONE` alone; None: nothing to say.
        decided: the labels are in force; else they are what the model proposes.
        score: of what the model proposes, 0 to 1; None without a proposal.
        model: its name.
    """

    item: Item
    image: Image
    labels: Labels | None
    decided: bool
    score: float | None = None
    model: str | None = None


@dataclass(frozen=True)
class Wish:
    """Which items a lead wants to send.

    Attributes:
        states: item states.
        class_ids: only what bears or is proposed as one of these; empty: whatever it is.
        below: only what the model proposes with a smaller score, or not at all.
        limit: at most so many, those with the smallest score first; None: all.
    """

    states: Sequence[str]
    class_ids: Sequence[str] = ()
    below: float | None = None
    limit: int | None = None

    def allows(self, ours: Ours) -> bool:
        """Whether an item is among those wanted."""
        if self.class_ids and not (ours.labels or frozenset()) & set(self.class_ids):
            return False
        return self.below is None or ours.score is None or ours.score < self.below


class OurSide:
    """Reads what we have of items of one project, in one view of the database."""

    def __init__(self, session: Session, project: Project) -> None:
        self._session = session
        self._project = project
        rows = projects.classes(session, project.id)
        self._classes = Classes.of(project.mode, rows)
        self._model = _model(session, project)

    def of(self, pairs: Sequence[tuple[Item, Image]]) -> list[Ours]:
        """What we have of these items, in order."""
        ids = [item.id for item, _ in pairs]
        run = self._project.run_id
        proposed = proposals.of_items(self._session, run, ids) if run else {}
        labels = decisions.labels_of_items(self._session, ids)
        return [
            self._of(item, image, labels.get(item.id, set()), proposed.get(item.id))
            for item, image in pairs
        ]

    def _of(self, item: Item, image: Image, bears: set[str], proposal: Proposal | None) -> Ours:
        score = None
        if proposal:
            score = proposal.score if proposal.class_id else proposal.none_score
        model = self._model if proposal else None
        if item.state in DECIDED:
            return Ours(item, image, frozenset(bears) or frozenset({NONE}), True, score, model)
        labels = None
        if proposal and item.state == ItemState.PROPOSED:
            labels = frozenset(self._classes.proposed(proposal)) or frozenset({NONE})
        return Ours(item, image, labels, False, score, model)

    def by_ids(self, item_ids: Iterable[str]) -> dict[str, Ours]:
        """What we have of items, by id."""
        pairs = images.pairs(self._session, item_ids)
        return {ours.item.id: ours for ours in self.of(pairs)}

    def wanted(self, wish: Wish, link_id: str) -> list[Ours]:
        """The items of a wish that were not sent over a link yet.

        What waits for a blind decision here stays here: its proposal must not be seen.
        """
        known = cvat_ledger.sent_items(self._session, link_id)
        known |= cvat_ledger.blind(self._session, self._project.id)
        found: list[Ours] = []
        parts = images.in_states(self._session, self._project.id, wish.states, PART)
        for part in parts:
            new = [(item, image) for item, image in part if item.id not in known]
            found += [ours for ours in self.of(new) if wish.allows(ours)]
        if wish.limit is not None:
            found.sort(key=lambda ours: -1.0 if ours.score is None else ours.score)
            found = found[: wish.limit]
        return found


def _model(session: Session, project: Project) -> str | None:
    if not project.run_id:
        return None
    return proposals.model(session, proposals.run(session, project.run_id).model_id).name
