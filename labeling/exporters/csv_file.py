"""CSV: one line per item.

Values are written as they are. A cell that begins with ``=``, ``+``, ``-`` or ``@`` may act as a
formula when somebody opens the file in a spreadsheet; escaping it would change the data for every
program, so it is left alone: import such files into a spreadsheet as text.
"""

import csv
import json
from collections.abc import Iterator
from typing import IO, Any

from labeling.exporters.base import Exporter
from labeling.exporters.rows import NONE_OF_THESE, ExportRow, as_record, row_name

COLUMN = "column."
"""Before the name of each column that came with the pictures."""

FIELDS = (
    "file_name",
    "image",
    "sha256",
    "label",
    "labels",
    "state",
    "proposal_label",
    "score",
    "model",
    "user",
    "decided_at",
    "view",
    "width",
    "height",
    "format",
    "split",
    "group",
    "sources",
)


class Table:
    """Rows of a CSV whose columns are known only after the last one.

    They wait as JSON lines in a file without a name, so that memory stays bounded.
    """

    def __init__(self, spool: IO[str]) -> None:
        self._spool = spool
        self._columns: set[str] = set()

    def add(self, row: ExportRow, file_name: str) -> None:
        """Keep one line; ``file_name`` is where its picture is, relative to the export."""
        self._columns.update(row.columns)
        self._spool.write(json.dumps(as_record(row, file_name)) + "\n")

    def write(self, file: IO[str]) -> None:
        """Write header and lines: `FIELDS`, then the pictures' own columns by name."""
        own = sorted(self._columns)
        lines = csv.writer(file)
        lines.writerow([*FIELDS, *(COLUMN + name for name in own)])
        for record in self._records():
            cells = _cells(record)
            lines.writerow(
                [*(cells[name] for name in FIELDS), *(record["columns"].get(n) for n in own)]
            )

    def _records(self) -> Iterator[dict[str, Any]]:
        self._spool.seek(0)
        return map(json.loads, self._spool)


def _cells(record: dict[str, Any]) -> dict[str, Any]:
    """``label`` is for people (several joined by |), ``labels`` is exact (a JSON list)."""
    none = [NONE_OF_THESE] if record["none_of_these"] else []
    return {
        **record,
        "image": record["sources"][0] if record["sources"] else record["file_name"],
        "label": "|".join(record["labels"] or none),
        "labels": json.dumps(record["labels"], ensure_ascii=False),
        "sources": json.dumps(record["sources"], ensure_ascii=False),
    }


class CsvExporter(Exporter):
    """``labels.csv``, and ``images/`` when pictures are asked for."""

    format = "csv"

    def _begin(self) -> None:
        self._table = Table(self._staging.spool())

    def _add(self, row: ExportRow) -> None:
        self._table.add(row, self._picture(row) or row_name(row))

    def _finish(self) -> None:
        with self._staging.text("labels.csv") as file:
            self._table.write(file)
