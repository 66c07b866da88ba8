"""Proposals of a project's shown run against a truth: a file, or labels of the project itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from db import projects, proposals
from db.tables import Class, Model, Project, Proposal
from labeling.class_names import name_key
from labeling.errors import InputError
from labeling.quality.class_intervals import METHOD as CLASS_METHOD
from labeling.quality.class_intervals import intervals
from labeling.scoring.evaluation import Judged, of_unseen
from labeling.scoring.evaluation import evaluate as measured
from labeling.scoring.reliability import figures as believable
from labeling.workflows import encoded, figures
from labeling.workflows.projects import find, shown_run
from labeling.workflows.trained_heads import CalibratedScores, head_of
from labeling.workflows.truth import read_truth
from labeling.workflows.zero_shot_head import RunHead
from labeling.workspace import Workspace

CHUNK = 20_000
METHOD = "proposals of the shown run against every row of the truth"


@dataclass(frozen=True)
class _Exam:
    """What is examined: the truth by item, what was proposed, and the head with its vectors."""

    project: Project
    classes: Sequence[Class]
    truth: Mapping[str, Sequence[str]]
    proposed: Mapping[str, Proposal]
    head: RunHead
    kind: str
    models: tuple[Model, ...]
    rows: encoded.Rows

    @property
    def items(self) -> list[str]:
        """The items that have a truth and a proposal."""
        return [item for item in self.truth if item in self.proposed and item in self.rows]


def evaluate(
    ws: Workspace, project_name: str, truth_path: Path, unseen: Sequence[str] = ()
) -> dict[str, Any]:
    """Compare what is proposed with the truth.

    Args:
        ws: the workspace.
        project_name: the project.
        truth_path: a CSV with the columns image and label.
        unseen: classes that the head was not trained on, by name (single-label projects).

    Returns:
        what ``against`` returns.

    Raises:
        InputError: the project has no proposals, the truth can't be used, or ``unseen`` names no
            class, all of them, or classes of a multi-label project.
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        shown_run(session, project)
        truth = read_truth(session, project, truth_path)
    return against(ws, project, truth, unseen)


def against(
    ws: Workspace, project: Project, truth: Mapping[str, Sequence[str]], unseen: Sequence[str] = ()
) -> dict[str, Any]:
    """Compare what is proposed with the true class ids of items (none: none of these).

    Returns:
        project, method, head ("zero_shot" or the kind of head that learned), what
        ``scoring.evaluation.evaluate`` returns, with intervals of precision, recall and f1 in
        per_class (``quality.class_intervals``), raw (ece, brier and reliability without the
        calibration; None where there is none), and with ``unseen``: seen_and_unseen (accuracies as
        means over the classes) and harmonic_mean. Multi-label: accuracy is the share of pictures
        whose whole set of labels is right, among the best five classes that a proposal keeps.

    Raises:
        InputError: as ``evaluate``.
    """
    with ws.db.read() as session:
        exam = _exam(session, project, truth)
    new = _unseen(exam, unseen)
    vectors = _vectors(ws, exam)
    judged = _judged(exam, exam.head.head, vectors)
    found = {
        "project": exam.project.name,
        "method": METHOD,
        "head": exam.kind,
        **measured(judged),
        "raw": _raw(exam, vectors, judged),
    }
    for figures_of, between in zip(
        found["per_class"].values(), intervals(judged.truth, judged.said), strict=True
    ):
        figures_of["intervals"] = {name: one._asdict() for name, one in between.items()}
    found["intervals"]["per_class_method"] = CLASS_METHOD
    if new is not None:
        compared = of_unseen(judged, new)
        found |= {"seen_and_unseen": compared, "harmonic_mean": compared["harmonic_mean"]}
    return found


def _exam(session: Session, project: Project, truth: Mapping[str, Sequence[str]]) -> _Exam:
    run = shown_run(session, project)
    model = proposals.model(session, run.model_id)
    models = encoded.models_of(session, run)
    spec = proposals.recipe(session, run.recipe_id).spec["head"]
    return _Exam(
        project=project,
        classes=projects.classes(session, project.id, inactive=True),
        truth=truth,
        proposed=proposals.of_items(session, run.id, truth),
        head=head_of(session, project, run, model),
        kind=spec if isinstance(spec, str) else spec["kind"],
        models=models,
        rows=encoded.rows(session, project.id, models),
    )


def _unseen(exam: _Exam, names: Sequence[str]) -> NDArray[np.bool_] | None:
    """Which classes are unseen: bool [c]; None where nobody asks."""
    if not names:
        return None
    if exam.project.mode == "multi":
        raise InputError(
            "seen and unseen classes are told apart in single-label projects only",
            "Leave out --unseen.",
        )
    keys = {
        key: n for n, c in enumerate(exam.classes) for key in (c.key, *map(name_key, c.aliases))
    }
    unknown = [name for name in names if name_key(name) not in keys]
    if unknown:
        raise InputError(
            f"the project {exam.project.name!r} has no class {unknown[0]!r}",
            "Name classes of the project, with commas between them.",
        )
    marks = np.zeros(len(exam.classes), dtype=bool)
    marks[[keys[name_key(name)] for name in names]] = True
    if marks.all():
        raise InputError(
            "all classes are named as unseen", "Leave out those that the head was trained on."
        )
    return marks


def _vectors(ws: Workspace, exam: _Exam) -> NDArray[np.float32]:
    return encoded.read(ws, exam.models, [exam.rows[item] for item in exam.items])


def _judged(exam: _Exam, head: Any, vectors: NDArray[np.float32]) -> Judged:
    """What a head says of the pictures beside the truth, in the order of the project's classes."""
    ids = [c.id for c in exam.classes]
    said = [figures.proposed(exam.project, exam.proposed[item]) for item in exam.items]
    return Judged(
        names=[c.name for c in exam.classes],
        shares=_shares(exam, head, vectors),
        truth=_marks([exam.truth[item] for item in exam.items], ids),
        said=_marks(said, ids),
        several=exam.project.mode == "multi",
    )


def _shares(exam: _Exam, head: Any, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Probabilities [n, c], and of none of these where it is an outcome; 0 for newer classes."""
    place = {class_id: n for n, class_id in enumerate(exam.head.class_ids)}
    known = [n for n, c in enumerate(exam.classes) if c.id in place]
    columns = [place[exam.classes[n].id] for n in known]
    none = [] if head.multilabel or len(head.classes_) == head.n_classes else [head.n_classes]
    shares = np.zeros((len(vectors), len(exam.classes) + len(none)))
    for start in range(0, len(vectors), CHUNK):
        rows = slice(start, start + CHUNK)
        found = head.predict_proba(vectors[rows])
        shares[rows, known] = found[:, columns]
        shares[rows, len(exam.classes) :] = found[:, none]
    return shares


def _marks(labels: Sequence[Iterable[str]], ids: Sequence[str]) -> NDArray[np.bool_]:
    """Which classes each picture bears: bool [n, c]."""
    place = {class_id: n for n, class_id in enumerate(ids)}
    marks = np.zeros((len(labels), len(ids)), dtype=bool)
    for row, borne in enumerate(labels):
        marks[row, [place[class_id] for class_id in borne]] = True
    return marks


def _raw(exam: _Exam, vectors: NDArray[np.float32], judged: Judged) -> dict[str, Any] | None:
    """Calibration error, Brier score and reliability of the same head without its calibration."""
    head = exam.head.head
    if not isinstance(head, CalibratedScores) or head.calibration is None:
        return None
    shares = _shares(exam, head.estimator, vectors)
    found = believable(shares, judged.outcomes, judged.several)
    return {key: found[key] for key in ("ece", "brier", "reliability")}
