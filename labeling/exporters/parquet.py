"""Parquet: a row per item with all that is known about it, in columns with types.

pyarrow is imported when the first file is written: every program knows all formats by name.
"""

import json
from typing import Any

from labeling.exporters.base import Exporter
from labeling.exporters.rows import ExportRow, as_record, row_name
from labeling.exporters.staging import Staging

ROWS_PER_GROUP = 1_000
REQUIRED = frozenset({"file_name", "sha256", "labels", "none_of_these", "state"})
"""Fields that no row lacks."""
TYPES = {
    "file_name": "string",
    "sha256": "string",
    "label": "string",
    "labels": "texts",
    "none_of_these": "bool",
    "state": "string",
    "proposal_label": "string",
    "score": "double",
    "model": "string",
    "user": "string",
    "decided_at": "string",
    "view": "string",
    "width": "int32",
    "height": "int32",
    "format": "string",
    "split": "string",
    "group": "string",
    "sources": "texts",
    "columns": "string",
}
"""Fields and their types by pyarrow's names; ``texts`` are lists of strings."""


def _schema() -> Any:
    import pyarrow as pa

    texts = pa.list_(pa.string())
    typed = {name: texts if t == "texts" else pa.type_for_alias(t) for name, t in TYPES.items()}
    return pa.schema([pa.field(n, t, nullable=n not in REQUIRED) for n, t in typed.items()])


class ParquetTable:
    """A Parquet file of the export, written some rows at a time.

    ``columns``, what came with a picture, is a JSON object in text: not every reader of Parquet
    knows its maps.
    """

    def __init__(self, staging: Staging, name: str) -> None:
        from pyarrow.parquet import ParquetWriter

        self._staging = staging
        self._path = staging.folder / name
        self._schema = _schema()
        self._writer = staging.kept(ParquetWriter(self._path, self._schema))
        self._waiting: list[dict[str, Any]] = []

    def add(self, row: ExportRow, file_name: str) -> None:
        """Keep one row; ``file_name`` is where its picture is."""
        record = as_record(row, file_name)
        columns = json.dumps(record["columns"], ensure_ascii=False)
        self._waiting.append(record | {"columns": columns, "label": sole_answer(row)})
        if len(self._waiting) == ROWS_PER_GROUP:
            self._write_group()

    def close(self) -> None:
        """Complete the file and list it in the manifest."""
        self._write_group()
        self._writer.close()
        self._staging.record(self._path)

    def _write_group(self) -> None:
        from pyarrow import Table

        if self._waiting:
            self._writer.write_table(Table.from_pylist(self._waiting, self._schema))
            self._waiting.clear()


def sole_answer(row: ExportRow) -> str | None:
    """The one answer of a picture ("none_of_these" is one), None with several labels or none."""
    return row.answers[0] if len(row.answers) == 1 else None


class ParquetExporter(Exporter):
    """``labels.parquet``, and ``images/`` when pictures are asked for."""

    format = "parquet"

    def _begin(self) -> None:
        self._table = ParquetTable(self._staging, "labels.parquet")

    def _add(self, row: ExportRow) -> None:
        self._table.add(row, self._picture(row) or row_name(row))

    def _finish(self) -> None:
        self._table.close()
