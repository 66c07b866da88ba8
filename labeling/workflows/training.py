"""What a head of a project learns from: vectors and labels, never those of an audit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from db import decisions, features, learning, projects, proposals
from db.learning import Blind, Label, Place
from db.tables import OPEN, ItemState, Model, Project, Run
from labeling import review_settings
from labeling.quality.answer_table import Labels
from labeling.quality.kappa import MISSING
from labeling.scoring.abstain import NONE
from labeling.selection.control import decided_prefix
from labeling.workflows import encoded
from labeling.workflows.projects import shown_run
from labeling.workflows.trained_heads import zero_shot_run
from labeling.workflows.zero_shot_head import RunHead, head_of_run
from labeling.workspace import Workspace

if TYPE_CHECKING:
    from labeling.heads.columns import Columns

Floats = NDArray[np.float32]
UNPASSED = frozenset({*OPEN, ItemState.AUTO_ACCEPTED})
"""States of items that end the decided beginning of the random order."""


@dataclass(frozen=True)
class Taught:
    """Labelled pictures: items, vectors [n, d], labels ([n], or 0/1 [n, c]), decisions (seq)."""

    items: list[str]
    X: Floats
    y: NDArray[np.int64]
    seqs: NDArray[np.int64]


@dataclass(frozen=True)
class Lesson:
    """All that a head may learn from, in the order of the decisions.

    Args:
        project: the project.
        run: the zero-shot run that the heads begin with.
        model: the project's own encoder: its vectors are the first columns of all vectors.
        further: the project's further models, and in which columns their vectors stand.
        zero_shot: the head of that run, with its classes.
        taught: what is labelled.
        control: rows of ``taught`` that belong to the decided beginning of the random order, in
            that order.
        acts: how many acts of people it took to each label of ``taught``, int64 [n], ascending: a
            page of the grid that was confirmed at once is one.
        seq: the newest decision of the project by then, 0 where there is none.
        pool: vectors [m, d] that heads may look at without labels: of a random sample of the
            pictures that are not kept from learning, decided or not.
    """

    project: Project
    run: Run
    model: Model
    further: tuple[tuple[Columns, Model], ...]
    zero_shot: RunHead
    taught: Taught
    control: NDArray[np.intp]
    acts: NDArray[np.int64]
    seq: int
    pool: Floats

    @property
    def random(self) -> NDArray[np.bool_]:
        """Which labels were drawn at random: bool [n]."""
        drawn = np.zeros(len(self.taught.items), dtype=bool)
        drawn[self.control] = True
        return drawn

    @property
    def generates(self) -> bool:
        """Whether a generative model of vectors competes for rare classes."""
        return review_settings.read(self.project.review).generate_rare

    @property
    def models(self) -> tuple[Model, ...]:
        """The models whose vectors stand side by side."""
        return (self.model, *(model for _, model in self.further))

    def kinds(self) -> dict[str, Any]:
        """Every kind of head that may learn from this, untaught (``heads.candidates``)."""
        from labeling.heads.candidates import candidates

        further = [columns for columns, _ in self.further]
        return candidates(self.zero_shot.head, self.pool, further, generated=self.generates)

    def alone(self, head: Any) -> tuple[Any, list[str]]:
        """A head of `kinds` as it is stored, and the ids of the models whose vectors it takes."""
        from labeling.heads.columns import ColumnsHead

        if not isinstance(head, ColumnsHead):
            return head, [self.model.id]
        ids = {columns.start: model.id for columns, model in self.further} | {0: self.model.id}
        return head.inner, [ids[start] for start, _ in head.columns]


def read(ws: Workspace, project_id: str) -> Lesson:
    """Read what the heads of a project may learn from.

    Raises:
        InputError: the project was never pre-labeled.
    """
    with ws.db.read() as session:
        project = projects.by_id(session, project_id)
        run = zero_shot_run(session, shown_run(session, project))
        model = proposals.model(session, run.model_id)
        zero_shot = head_of_run(session, project, run, model)
        known = labels(session, project, zero_shot.class_ids)
        order = learning.random_order(session, project_id)
        skipped = decisions.skipped_last(session, project_id)
        seq = learning.newest_decision(session, project_id)
        more = further(session, project_id, model)
        models = (model, *(one for _, one in more))
        rows = encoded.rows(session, project_id, models)
    known = [label for label in known if label.item_id in rows]
    taught = teach(ws, models, known, rows, project, zero_shot.class_ids)
    return Lesson(
        project=project,
        run=run,
        model=model,
        further=more,
        zero_shot=zero_shot,
        taught=taught,
        control=_control(taught.items, order, skipped.keys()),
        acts=_acts(known),
        seq=seq,
        pool=_pool(ws, models, order, rows),
    )


def audits(ws: Workspace, lesson: Lesson) -> tuple[Taught, list[Blind]]:
    """The blind answers that heads are scored on, as pictures with labels and as they were given.

    Answers whose class the heads do not know are among them: no head can be right there.
    """
    with ws.db.read() as session:
        answers = learning.audit_answers(session, lesson.project.id)
        rows = encoded.rows(session, lesson.project.id, lesson.models)
    known = [answer for answer in answers if answer.item_id in rows]
    return teach(ws, lesson.models, known, rows, lesson.project, lesson.zero_shot.class_ids), known


def labels(session: Session, project: Project, class_ids: Sequence[str]) -> list[Label]:
    """The decisions that train and that heads of these classes have an answer for, in order."""
    known = set(class_ids)
    found = learning.training(session, project.id)
    if project.mode == "multi":
        return found
    return [label for label in found if not label.labels or label.labels[0] in known]


def teach(
    ws: Workspace,
    models: Sequence[Model],
    known: Sequence[Label | Blind],
    rows: encoded.Rows,
    project: Project,
    class_ids: Sequence[str],
) -> Taught:
    """The vectors and labels of decided items; ``rows`` are those of ``models``."""
    X = encoded.read(ws, models, [rows[label.item_id] for label in known])
    y = as_answers((label.labels for label in known), project.mode, class_ids)
    seqs = np.array([label.seq for label in known], dtype=np.int64)
    return Taught([label.item_id for label in known], X, y, seqs)


def as_answers(
    given: Iterable[Sequence[str]], mode: str, class_ids: Sequence[str]
) -> NDArray[np.int64]:
    """Labels as heads take them: class indices [n] (NONE for none), or 0/1 [n, c].

    In a single-label project a class that is none of ``class_ids`` becomes ``len(class_ids)``.
    """
    if mode == "multi":
        marks = [[int(c in borne) for c in class_ids] for borne in given]
        return np.array(marks, dtype=np.int64).reshape(-1, len(class_ids))
    position: dict[Any, int] = {class_id: n for n, class_id in enumerate(class_ids)}
    indices = [position.get(borne[0], len(class_ids)) if borne else NONE for borne in given]
    return np.array(indices, dtype=np.int64)


def as_labels(y: NDArray[np.int64] | np.int64, class_ids: Sequence[str]) -> Labels:
    """The classes of one answer of `as_answers`, by id: of an index, or of 0/1 [c]."""
    if y.ndim:
        return frozenset(class_ids[place] for place in np.flatnonzero(y).tolist())
    return frozenset({class_ids[int(y)]} if 0 <= y < len(class_ids) else ())


def places(
    outcomes: Iterable[Labels], classes: Iterable[np.int64], class_ids: Sequence[str]
) -> NDArray[np.int64]:
    """Where each answer stands among ``classes`` of a single-label head, MISSING where nowhere."""
    place = {as_labels(one, class_ids): n for n, one in enumerate(classes)}
    return np.array([place.get(labels, MISSING) for labels in outcomes], dtype=np.int64)


def marks(outcomes: Iterable[Labels], class_ids: Sequence[str]) -> NDArray[np.bool_]:
    """The classes of each answer, bool [o, c]."""
    return as_answers(map(sorted, outcomes), "multi", class_ids).astype(bool)


def further(session: Session, project_id: str, own: Model) -> tuple[tuple[Columns, Model], ...]:
    """The further models of a project whose vectors are there, and in which columns these stand."""
    from labeling.heads.columns import Columns, label_of

    found, start = [], own.dim
    for name, model in features.ready(session, project_id):
        if model.id != own.id:
            found.append((Columns(label_of(name), start, start + model.dim), model))
            start += model.dim
    return tuple(found)


def _pool(
    ws: Workspace, models: Sequence[Model], order: Sequence[Place], rows: encoded.Rows
) -> Floats:
    """The vectors of a random sample; neither audits nor excluded pictures are in it."""
    from labeling.heads.transductive import pool_rows

    able = [
        rows[place.item_id]
        for place in order
        if place.item_id in rows and place.state != ItemState.EXCLUDED
    ]
    return encoded.read(ws, models, [able[n] for n in pool_rows(len(able))])


def _acts(known: Sequence[Label]) -> NDArray[np.int64]:
    """How many different acts there were up to each label."""
    acts: set[str] = set()
    counts = []
    for label in known:
        acts.add(label.act)
        counts.append(len(acts))
    return np.array(counts, dtype=np.int64)


def _control(items: Sequence[str], order: Sequence[Place], skipped: Set[str]) -> NDArray[np.intp]:
    """Rows of ``items`` in the decided beginning of the random order of their imports."""
    passed = np.array(
        [place.state not in UNPASSED or place.item_id in skipped for place in order], dtype=bool
    )
    within = decided_prefix([place.batch_id for place in order], passed)
    row_of = {item: row for row, item in enumerate(items)}
    drawn = [
        (place.random_rank, row_of[place.item_id])
        for place, decided in zip(order, within, strict=True)
        if decided and place.item_id in row_of
    ]
    return np.array([row for _, row in sorted(drawn)], dtype=np.intp)
