"""The rows that a chunk of an import adds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from db.ids import new_id
from db.tables import ImportBatch, ItemState
from labeling.images.entry import Entry
from labeling.images.prepare import Ingested
from labeling.selection.control import random_rank
from labeling.workflows.ingest_labels import LONGEST_NAME

Row = dict[str, Any]


@dataclass
class ChunkRows:
    """Collects pictures of one batch and gives the rows of each table.

    ``known`` in the methods is item id by SHA-256: those that the project has already, to which
    ``items`` adds the new ones.
    """

    batch: ImportBatch
    now: datetime
    images: list[Row] = field(default_factory=list)
    _came: list[tuple[Entry, str]] = field(default_factory=list)

    @property
    def seed(self) -> int:
        """What the random order of the batch is made from.

        An import that an older version put in line has none: the number in its id serves.
        """
        seed = self.batch.control_seed
        return UUID(self.batch.id).int if seed is None else seed

    @property
    def shas(self) -> list[str]:
        """The SHA-256 of every picture of the chunk."""
        return [sha for _, sha in self._came]

    def add(self, entry: Entry, picture: Ingested, mtime_ns: int | None) -> None:
        """Take a picture into the chunk; ``mtime_ns`` of the file it is linked to."""
        linked = self.batch.linked and entry.local is not None
        link = entry.local if linked else None
        self._came.append((entry, picture.sha256))
        self.images.append(
            {
                "sha256": picture.sha256,
                "phash": picture.phash,
                "width": picture.width,
                "height": picture.height,
                "bytes": picture.byte_count,
                "format": picture.format,
                "note": picture.note,
                "link": str(link) if link else None,
                "link_mtime_ns": mtime_ns,
                "has_screen": picture.screen is not None,
                "created_at": self.now,
            }
        )

    def items(self, known: dict[str, str]) -> list[Row]:
        """Rows of the pictures that are new to the project; their ids join ``known``."""
        rows = []
        for _, sha in self._came:
            if sha not in known:
                known[sha] = new_id()
                rows.append(
                    {
                        "id": known[sha],
                        "project_id": self.batch.project_id,
                        "sha256": sha,
                        "batch_id": self.batch.id,
                        "state": ItemState.UNLABELED,
                        "random_rank": random_rank(self.seed, sha),
                        "created_at": self.now,
                    }
                )
        return rows

    def sources(self, known: Mapping[str, str]) -> list[Row]:
        """A row for each path, with the label and columns that came with it."""
        return [
            {
                "id": new_id(),
                "item_id": known[sha],
                "batch_id": self.batch.id,
                "path": entry.path,
                "label": entry.label,
                "columns": entry.columns,
            }
            for entry, sha in self._came
        ]

    def columns(self, known: Mapping[str, str]) -> list[Row]:
        """A row for each column of each item."""
        return [
            {"item_id": known[sha], "name": name[:LONGEST_NAME], "value": value}
            for entry, sha in self._came
            for name, value in entry.columns.items()
            if value != ""
        ]
