"""Whether an installation can work: its database answers, and somebody runs its jobs."""

from dataclasses import dataclass
from typing import Literal

from db.schema import current_revision
from labeling.workflows.worker_lock import worker_is_alive
from labeling.workspace import Workspace


@dataclass(frozen=True)
class Health:
    """What a monitor asks for: the schema the database is at, and whether a worker is alive."""

    schema: str
    worker: Literal["alive", "absent"]


def check(ws: Workspace) -> Health:
    """Look at the database and at the worker's lock."""
    alive = worker_is_alive(ws.settings)
    return Health(current_revision(ws.db) or "none", "alive" if alive else "absent")
