"""The head of a run: zero-shot, or one that learned from decisions, with its calibration."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from db import heads, proposals
from db.tables import Model, Project, Run
from labeling.scoring.thresholds import EVEN
from labeling.scoring.zero_shot import Proposed, summarise_multi, summarise_single
from labeling.workflows import encoded
from labeling.workflows.jobs import Task
from labeling.workflows.proposing import TOP_K, Proposer, fill
from labeling.workflows.zero_shot_head import RunHead, head_of_run


@dataclass(frozen=True)
class CalibratedScores:
    """A head whose probabilities pass through a calibration (None: as they are)."""

    estimator: Any
    calibration: Mapping[str, Any] | None

    @property
    def multilabel(self) -> bool:
        """Whether rows of probabilities need not sum to 1."""
        return bool(self.estimator.multilabel)

    @property
    def n_classes(self) -> int:
        """Number of classes, without "none of these"."""
        return int(self.estimator.n_classes)

    @property
    def classes_(self) -> NDArray[np.int64]:
        """Class indices, NONE (−1) last where "none of these" is an outcome."""
        return self.estimator.classes_

    @property
    def threshold(self) -> float | NDArray[np.float64]:
        """From which score on a class of a multi-label project is proposed: one, or one a class."""
        from labeling.scoring.calibrate import thresholds_of

        return thresholds_of(self.calibration)

    @property
    def n_labels_(self) -> int:
        """How many labels the head was taught with."""
        return int(getattr(self.estimator, "n_labels_", 0))

    def predict_proba(self, X: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the calibrated probabilities [n, len(classes_)]."""
        from labeling.scoring.calibrate import apply

        return apply(self.calibration, self.estimator.predict_proba(X))


def head_of(session: Session, project: Project, run: Run, model: Model) -> RunHead:
    """The head whose predictions are the proposals of ``run``, whether it learned or not."""
    from labeling.heads.storage import load

    zero_shot = head_of_run(session, project, run, model)
    if run.head_id is None:
        return zero_shot
    spec = proposals.recipe(session, run.recipe_id).spec
    learned = load(heads.get(session, run.head_id).weights)
    return replace(zero_shot, head=CalibratedScores(learned, spec["calibration"]))


def fill_by_head(
    task: Task, project: Project, run: Run, model: Model
) -> Generator[None, None, None]:
    """Propose by the head of a run for the items that it lacks (``proposing.fill``)."""
    with task.ws.db.read() as session:
        found = head_of(session, project, run, model)
        models = encoded.models_of(session, run)
        none_threshold = proposals.recipe(session, run.recipe_id).spec["none_threshold"]
    yield from fill(task, run, models, found.class_ids, proposer(found.head, none_threshold))


def zero_shot_run(session: Session, run: Run) -> Run:
    """The zero-shot run that the head of ``run`` began with; ``run`` where it is one itself."""
    if run.head_id is None:
        return run
    base = proposals.recipe(session, run.recipe_id).spec["zero_shot"]
    found = proposals.latest_run(session, run.project_id, base)
    assert found is not None, "zero-shot runs are never removed"
    return found


def proposer(head: Any, none_threshold: float | None) -> Proposer:
    """What proposes by a head's probabilities, as zero-shot does by its own.

    Args:
        head: the head of a run.
        none_threshold: abstain below this score (single-label only).
    """

    def propose(vectors: NDArray[np.float32]) -> Proposed:
        shares = head.predict_proba(vectors)
        classes = shares[:, : head.n_classes]
        if head.multilabel:
            return summarise_multi(classes, TOP_K, getattr(head, "threshold", EVEN))
        none = shares[:, head.n_classes] if shares.shape[1] > head.n_classes else None
        return summarise_single(classes, none, TOP_K, none_threshold or None)

    return propose
