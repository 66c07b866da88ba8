"""When a project's head is refitted: after each batch of new answers."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from db import heads, learning
from db.tables import Project
from labeling.workspace import Workspace

BATCH = 20
"""Labels between two refits."""
ITEMS_PER_LABEL = 2_500
"""A refit proposes for every item anew: above 50,000 items a batch grows by a label for so many."""
LABELS_PER_LABEL = 100
"""The more labels there are, the longer a refit takes and the less it adds: above 2,000 a batch
grows by one for so many."""
COUNTED_EVERY = 5
"""New labels are counted with every fifth decision (on any project), so that each stays cheap."""


def batch_of(items: int, labels: int) -> int:
    """How many labels there are between two refits of a project.

    Args:
        items: of the project.
        labels: that the last refit learned from.
    """
    return max(BATCH, items // ITEMS_PER_LABEL, labels // LABELS_PER_LABEL)


def is_due(session: Session, project: Project, stored: Sequence[int], items: int) -> bool:
    """Whether decisions that were stored just now (seq) complete a batch.

    A project that was never pre-labeled has no vectors to learn from.
    """
    if project.run_id is None or not any(seq % COUNTED_EVERY == 0 for seq in stored):
        return False
    seq, labels = heads.newest_seen(session, project.id)
    waiting = learning.answers_since(session, project.id, seq)
    return waiting >= batch_of(items, labels)


def has_labels(ws: Workspace, project_id: str) -> bool:
    """Whether a project has a batch of labels to learn from, whatever learned from them before."""
    with ws.db.read() as session:
        return learning.answers_since(session, project_id, 0) >= BATCH
