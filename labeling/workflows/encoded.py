"""Vectors of items as heads take them: those of one model, or of several side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from db import features, heads, proposals
from db.tables import Model, Run
from labeling.workflows.embed import require_unit
from labeling.workspace import Workspace

Floats = NDArray[np.float32]
Rows = dict[str, tuple[int, ...]]
"""Embedding rows by item id: one for each of some models."""
FIGURE = "vectors"
"""Figure of a head: the ids of the models whose vectors it takes; without it, its run's model."""


def models_of(session: Session, run: Run) -> tuple[Model, ...]:
    """The models whose vectors the head of a run takes, side by side in this order."""
    told = heads.figure(session, run.head_id, FIGURE) if run.head_id else None
    return tuple(proposals.model(session, model_id) for model_id in told or [run.model_id])


def rows(session: Session, project_id: str, models: Sequence[Model]) -> Rows:
    """The rows of every item of a project that has a vector under each of some models."""
    found = [features.rows(session, project_id, model.id) for model in models]
    first, *others = found
    return {
        item: (row, *(other[item] for other in others))
        for item, row in first.items()
        if all(item in other for other in others)
    }


def read(
    ws: Workspace,
    models: Sequence[Model],
    wanted: Sequence[tuple[int, ...]],
    *,
    checked: bool = False,
) -> Floats:
    """The vectors of some items, those of several models side by side.

    Args:
        ws: the workspace.
        models: the models.
        wanted: of each item a row for each model, as in `rows`.
        checked: refuse vectors that no encoder gave.

    Returns:
        float32 [n, sum of the dims]; each model's part has length 1.

    Raises:
        EncoderError: an embedding file is too short, or damaged where that is ``checked``.
    """
    numbers = np.array(wanted, dtype=np.int64).reshape(len(wanted), len(models))
    parts = []
    for model, column in zip(models, numbers.T, strict=True):
        with ws.embeddings(model.id, model.dim, model.rows) as store:
            parts.append(store.read(column))
            if checked:
                require_unit(parts[-1], store.path)
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
