"""Rows of pictures and items that exist in the database only."""

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from db.ids import new_id
from db.tables import ImportBatch, ItemState, utc_now
from labeling.workspace import Workspace

Row = dict[str, Any]


def new_batch(ws: Workspace, project_id: str) -> str:
    """An import batch for rows to belong to; its id."""

    def work(session: Session) -> str:
        batch = ImportBatch(project_id=project_id, sources=[])
        session.add(batch)
        session.flush()
        return batch.id

    return ws.db.write(work)


def image_rows(count: int) -> list[Row]:
    """Rows of pictures, each with a digest of its own, all of one time like a chunk's."""
    now = utc_now()
    return [
        {
            "sha256": hashlib.sha256(str(number).encode()).hexdigest(),
            "phash": f"{number:016x}",
            "width": 640,
            "height": 480,
            "bytes": 80_000,
            "format": "JPEG",
            "has_screen": False,
            "created_at": now,
        }
        for number in range(count)
    ]


def item_rows(project_id: str, batch_id: str, images: Sequence[Row]) -> list[Row]:
    """A row of an item for each picture."""
    return [
        {
            "id": new_id(),
            "project_id": project_id,
            "sha256": image["sha256"],
            "batch_id": batch_id,
            "state": ItemState.UNLABELED,
            "random_rank": number / len(images),
            "created_at": image["created_at"],
        }
        for number, image in enumerate(images)
    ]
