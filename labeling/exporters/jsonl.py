"""JSONL: one JSON object per item, with all that is known about it."""

import json

from labeling.exporters.base import Exporter
from labeling.exporters.rows import ExportRow, as_record, row_name


class JsonlExporter(Exporter):
    """``labels.jsonl``, and ``images/`` when pictures are asked for."""

    format = "jsonl"

    def _begin(self) -> None:
        self._file = self._staging.stream("labels.jsonl")

    def _add(self, row: ExportRow) -> None:
        record = as_record(row, self._picture(row) or row_name(row))
        self._file.write(json.dumps(record, ensure_ascii=False) + "\n")

    def _finish(self) -> None:
        self._staging.close_streams()
