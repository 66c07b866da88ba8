"""Parquet: a row per item with all that is known about it, in columns with types."""

import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from labeling.exporters.base import Exporter
from labeling.exporters.rows import ExportRow, as_record, row_name
from labeling.exporters.staging import Staging

ROWS_PER_GROUP = 1_000
TEXTS = pa.list_(pa.string())
SCHEMA = pa.schema(
    [
        pa.field("file_name", pa.string(), nullable=False),
        pa.field("sha256", pa.string(), nullable=False),
        ("label", pa.string()),
        pa.field("labels", TEXTS, nullable=False),
        pa.field("none_of_these", pa.bool_(), nullable=False),
        pa.field("state", pa.string(), nullable=False),
        ("proposal_label", pa.string()),
        ("score", pa.float64()),
        ("model", pa.string()),
        ("user", pa.string()),
        ("decided_at", pa.string()),
        ("view", pa.string()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("format", pa.string()),
        ("split", pa.string()),
        ("group", pa.string()),
        ("sources", TEXTS),
        ("columns", pa.string()),
    ]
)


class ParquetTable:
    """A Parquet file of the export, written some rows at a time.

    ``columns``, what came with a picture, is a JSON object in text: not every reader of Parquet
    knows its maps.
    """

    def __init__(self, staging: Staging, name: str) -> None:
        self._staging = staging
        self._path = staging.binary(name)
        self._writer = staging.kept(pq.ParquetWriter(self._path, SCHEMA))
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
        self._staging.add(self._path)

    def _write_group(self) -> None:
        if self._waiting:
            self._writer.write_table(pa.Table.from_pylist(self._waiting, SCHEMA))
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
