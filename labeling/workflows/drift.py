"""Drift: imports whose pictures look different from those that came before them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from db import batches, images, jobs, learning, projects, proposals
from db.batches import Pictured
from db.tables import ImportBatch, Model, Project
from labeling.quality.drift import ALPHA, Difference, corrected, difference, permutations_for
from labeling.workflows.jobs import Steps, Task, beside, enqueue_once
from labeling.workflows.projects import find, shown_run
from labeling.workflows.trained_heads import zero_shot_run
from labeling.workspace import Workspace

KIND = "drift"
SAMPLE = 300
"""Pictures of either side that are compared at most."""
FEWEST = 5
"""Pictures below which an import is not compared: the test holds for fewer, but finds nothing."""
FEWEST_BEFORE = 20
"""Pictures that all imports before it together have at least where one is compared."""
LATEST = 30
"""Imports that are compared: the newest ones."""
VIEWS = ("embedding", "margin")
METHOD = (
    "each import against all before it: at most {sample} pictures of each, one of near-duplicates; "
    "energy distance of embeddings, and of zero-shot margins, by {permutations} permutations; "
    "p-values corrected for all {tests} comparisons (Holm), different below {alpha:.2g}"
)


@dataclass(frozen=True)
class _Sample:
    """What is compared of one side: embeddings float32 [n, d] and zero-shot margins [n]."""

    embedding: NDArray[np.float32]
    margin: NDArray[np.float64]


def enqueue(ws: Workspace, project_id: str) -> None:
    """Put a comparison in line where a project has more than one import."""
    with ws.db.read() as session:
        several = len(batches.count_items(session, project_id)) > 1
    if several:
        enqueue_once(ws, KIND, project_id)


def steps(task: Task) -> Steps:
    """Compare each import of a project with those before it.

    Returns imports (batch, and of embedding and margin effect, p_value and corrected, and
    different: whether any is), few (ids of those too small to be compared), tests and method.
    """
    ws, project_id = task.ws, task.job.project_id or ""
    with ws.db.read() as session:
        project = projects.by_id(session, project_id)
        pairs, few = _pairs(session, project)
    tests = len(VIEWS) * len(pairs)
    count = permutations_for(tests)
    found: list[dict[str, Difference]] = []
    for done, (batch, before) in enumerate(pairs):
        task.tell(done, len(pairs), "comparing imports")
        new, old = _samples(ws, project, [batch], before)
        seed = int(hashlib.sha256(batch.encode()).hexdigest()[:8], 16)
        found.append((yield from beside(partial(_compared, new, old, count, seed))))
        yield
    method = METHOD.format(sample=SAMPLE, permutations=count, tests=tests, alpha=ALPHA)
    rows = [_told(batch, each) for (batch, _), each in zip(pairs, _corrected(found), strict=True)]
    return {"imports": rows, "few": few, "tests": tests, "method": method}


def of_project(ws: Workspace, project_name: str) -> dict[str, Any] | None:
    """What the newest comparison found; None before the first, or where there is one import.

    Returns:
        method, tests, few (imports that were too small to be compared: how many, and their
        pictures), and imports, the newest first: batch, created_at, sources, items, audits
        (answered, and drawn), different, covered (whether an audit of its own is answered whole),
        and embedding and margin (effect, p_value, corrected).

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        found = jobs.newest_done(session, project.id, KIND)
        if found is None:
            return None
        known = {batch.id: batch for batch in images.batches(session, project.id)}
        items = batches.count_items(session, project.id)
        audits = _audits(session, project.id)
        rows = [row for row in found.result["imports"] if row["batch"] in known]
        return {
            "method": found.result["method"],
            "tests": found.result["tests"],
            "few": _few(found.result.get("few", []), items),
            "imports": [
                row | _known(known[row["batch"]], items[row["batch"]], audits) for row in rows
            ],
        }


def _few(batch_ids: Sequence[str], items: Mapping[str, int]) -> dict[str, int]:
    left = [items[batch] for batch in batch_ids if items[batch]]
    return {"imports": len(left), "pictures": sum(left)}


def _pairs(session: Session, project: Project) -> tuple[list[tuple[str, list[str]]], list[str]]:
    """The imports to compare, the newest first, each with those before it; and the too small."""
    model = _model(session, project)
    ordered = [batch.id for batch in reversed(images.batches(session, project.id))]

    def has(batch_ids: Sequence[str], size: int) -> bool:
        return len(batches.sample(session, project.id, model.id, batch_ids, size)) == size

    pairs: list[tuple[str, list[str]]] = []
    few: list[str] = []
    enough = False
    for place, batch in enumerate(ordered):
        before = ordered[:place]
        enough = enough or (place > 0 and has(before, FEWEST_BEFORE))
        if enough and has([batch], FEWEST):
            pairs.append((batch, before))
        elif enough:
            few.append(batch)
    return pairs[::-1][:LATEST], few


def _samples(ws: Workspace, project: Project, *sides: Sequence[str]) -> list[_Sample]:
    """A sample of the pictures of each side, imports by id."""
    with ws.db.read() as session:
        model = _model(session, project)
        run = zero_shot_run(session, shown_run(session, project))
        taken = [batches.sample(session, project.id, model.id, side, SAMPLE) for side in sides]
        ids = [one.item_id for side in taken for one in side]
        said = proposals.of_items(session, run.id, ids)
    margins = {item: row.margin for item, row in said.items()}
    with ws.embeddings(model.id, model.dim, model.rows) as store:
        return [
            _Sample(
                store.read(np.array([one.row for one in side], dtype=np.int64)),
                _known_margins(side, margins),
            )
            for side in taken
        ]


def _known_margins(side: Sequence[Pictured], margins: Mapping[str, float]) -> NDArray[np.float64]:
    return np.array([margins[one.item_id] for one in side if one.item_id in margins])


def _compared(new: _Sample, old: _Sample, permutations: int, seed: int) -> dict[str, Difference]:
    found = {"embedding": difference(new.embedding, old.embedding, permutations, seed)}
    enough = min(len(new.margin), len(old.margin)) >= FEWEST
    found["margin"] = (
        difference(new.margin, old.margin, permutations, seed) if enough else Difference(0.0, 1.0)
    )
    return found


def _corrected(found: Sequence[Mapping[str, Difference]]) -> list[dict[str, dict[str, float]]]:
    """The differences of each import with their p-values corrected for all of them."""
    values = iter(corrected([each[view].p_value for each in found for view in VIEWS]))
    return [
        {view: asdict(each[view]) | {"corrected": next(values)} for view in VIEWS} for each in found
    ]


def _told(batch: str, views: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    different = any(view["corrected"] < ALPHA for view in views.values())
    return {"batch": batch, "different": different} | dict(views)


def _model(session: Session, project: Project) -> Model:
    return proposals.model(session, shown_run(session, project).model_id)


def _audits(session: Session, project_id: str) -> dict[str, dict[str, int]]:
    answered = {one.item_id for one in learning.audit_answers(session, project_id)}
    return {
        batch: {"answered": len(items & answered), "drawn": len(items)}
        for batch, items in batches.audits(session, project_id).items()
    }


def _known(
    batch: ImportBatch, items: int, audits: Mapping[str, Mapping[str, int]]
) -> dict[str, Any]:
    own = audits.get(batch.id, {"answered": 0, "drawn": 0})
    return {
        "created_at": batch.created_at.isoformat(),
        "sources": batch.sources,
        "items": items,
        "audits": dict(own),
        "covered": 0 < own["drawn"] == own["answered"],
    }
