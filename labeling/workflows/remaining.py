"""What is undecided, and how the shown proposals do on the audits like it, by chance of audit."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy.orm import Session

from db import audits, batches, images, passing
from db.tables import ImportBatch, Project
from labeling.quality.stop import Remaining
from labeling.quality.strata import Draw, strata
from labeling.workflows import views
from labeling.workflows.figures import proposed


@dataclass(frozen=True)
class Stratum:
    """Imports whose audits are one draw: the chance of it, their ids, and what is left of them."""

    share: float | None
    batches: list[str]
    remaining: Remaining


@dataclass(frozen=True)
class _Answered:
    """An answered audit: when, and whether the proposal is right; None where it was passed."""

    item_id: str
    at: datetime
    right: bool | None


@dataclass(frozen=True)
class _Counts:
    """Items of each import: all, decided by people, passed and undecided."""

    items: Counter[str]
    decided: Counter[str]
    passed: Counter[str]

    def left(self, ids: Sequence[str], right: Sequence[bool]) -> Remaining:
        items, decided, passed = (
            sum(counted[id_] for id_ in ids) for counted in (self.items, self.decided, self.passed)
        )
        undecided = max(items - decided - passed, 0)
        return Remaining(items, undecided, passed, np.array(right, dtype=bool))


def of_project(session: Session, project: Project) -> list[Stratum]:
    """What is left of a project by strata (``quality.strata``), the oldest import first.

    Empty while no audit says anything. Imports without a picture in the dataset are left out.
    """
    counts = _counts(session, project.id)
    imports = [b for b in reversed(images.batches(session, project.id)) if counts.items[b.id]]
    drawn = batches.audits(session, project.id)
    answered = _answered(session, project, drawn)
    draws = [_draw(b, drawn.get(b.id, set()), answered[b.id]) for b in imports]
    found = []
    for part in strata(draws):
        ids, share = [imports[n].id for n in part], draws[part[0]].share
        told = [one.right for id_ in ids for one in answered[id_] if share]
        right = [one for one in told if one is not None]
        found.append(Stratum(share, ids, counts.left(ids, right)))
    return found if any(len(one.remaining.right) for one in found) else []


def _counts(session: Session, project_id: str) -> _Counts:
    passed = passing.passed_undecided(session, project_id, views.marks(session, project_id))
    return _Counts(
        batches.count_items(session, project_id),
        batches.count_decided(session, project_id),
        batches.count_of(session, passed),
    )


def _answered(
    session: Session, project: Project, drawn: Mapping[str, set[str]]
) -> dict[str, list[_Answered]]:
    """The answered audits of each import."""
    passed_at = passing.audit_items(session, project.id)
    batch_of = {item: batch for batch, items in drawn.items() for item in items}
    found: dict[str, list[_Answered]] = defaultdict(list)
    for answer, proposal in audits.answers(session, project.id, project.run_id or ""):
        if answer.item_id not in batch_of:
            continue
        right = set(answer.labels) == proposed(project, proposal)
        open_ = passed_at[answer.item_id] is None
        own = _Answered(answer.item_id, answer.created_at, right if open_ else None)
        found[batch_of[answer.item_id]].append(own)
    return found


def _draw(batch: ImportBatch, drawn: set[str], answered: Sequence[_Answered]) -> Draw:
    return Draw(
        share=batch.audit_share,
        at=batch.finished_at or batch.created_at,
        first=min((one.at for one in answered), default=None),
        is_whole=drawn <= {one.item_id for one in answered},
    )
