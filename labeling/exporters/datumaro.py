"""Datumaro's own JSON: one file of annotations per split, pictures beside them by split."""

import json
from pathlib import PurePosixPath
from typing import IO, Any

from labeling.exporters.base import Exporter
from labeling.exporters.rows import NONE_OF_THESE, ExportRow, as_record, row_name

SUBSET = "default"
"""Datumaro's name for items that belong to no split."""
VERSION = "1.0"
IMAGE = 2
"""Datumaro's number for the media type image."""


class DatumaroExporter(Exporter):
    """``annotations/SPLIT.json`` and, when pictures are asked for, ``images/SPLIT/``.

    "None of these" is a label of its own, the last one, so that it differs from no label.
    """

    format = "datumaro"

    def _begin(self) -> None:
        self._label = {name: n for n, name in enumerate((*self.classes, NONE_OF_THESE))}
        self._subsets: dict[str, IO[str]] = {}

    def _add(self, row: ExportRow) -> None:
        subset = row.split or SUBSET
        written = self._picture_in(f"images/{subset}", row)
        file_name = PurePosixPath(written).name if written else row_name(row)
        self._write(subset, self._item(row, file_name))

    def _finish(self) -> None:
        for file in self._subsets.values():
            file.write("\n]}\n")
        self._staging.close_streams()

    def _item(self, row: ExportRow, file_name: str) -> dict[str, Any]:
        about = as_record(row, file_name)
        kept = ("sha256", "state", "score", "model", "user", "decided_at", "view", "group")
        attributes = {key: about[key] for key in kept if about[key] is not None}
        return {
            "id": PurePosixPath(file_name).stem,
            "annotations": [
                {"id": n, "type": "label", "group": 0, "label_id": self._label[label]}
                | {"attributes": {}}
                for n, label in enumerate(row.answers)
            ],
            "attr": attributes | {f"column.{k}": v for k, v in row.columns.items()},
            "image": {"path": file_name, "size": [row.height, row.width]},
        }

    def _write(self, subset: str, item: dict[str, Any]) -> None:
        known = subset in self._subsets
        if not known:
            self._subsets[subset] = self._staging.stream(f"annotations/{subset}.json")
            self._subsets[subset].write(self._head())
        before = ",\n" if known else "\n"
        self._subsets[subset].write(before + json.dumps(item, ensure_ascii=False))

    def _head(self) -> str:
        labels = [{"name": name, "parent": "", "attributes": []} for name in self._label]
        head = {
            "dm_format_version": VERSION,
            "media_type": IMAGE,
            "infos": {"written_by": "prelabel"},
            "categories": {"label": {"labels": labels, "attributes": []}},
        }
        return json.dumps(head, ensure_ascii=False)[:-1] + ', "items": ['
