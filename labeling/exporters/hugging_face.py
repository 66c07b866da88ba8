"""Hugging Face: what ``datasets.load_dataset(FOLDER)`` reads, pictures with all that is known.

A folder per split with ``metadata.parquet`` beside the pictures, as its loader ``imagefolder``
wants it; ``README.md`` names the splits.
"""

from pathlib import PurePosixPath

import yaml

from labeling.exporters.base import Exporter
from labeling.exporters.parquet import ParquetTable
from labeling.exporters.rows import ExportRow

SPLIT = "train"
"""The split of items that belong to none: the loader knows no other name for "all"."""


class HuggingFaceExporter(Exporter):
    """``data/SPLIT/picture``, ``data/SPLIT/metadata.parquet`` and ``README.md``.

    Pictures are always there. ``label`` is the one answer of a picture ("none_of_these" is one),
    None with several labels or none; ``labels`` has them all.
    """

    format = "huggingface"

    def _begin(self) -> None:
        self._metadata: dict[str, ParquetTable] = {}

    def _add(self, row: ExportRow) -> None:
        split = row.split or SPLIT
        path = self._staging.add_picture(row, f"data/{split}", self.options.pictures or "copy")
        if split not in self._metadata:
            self._metadata[split] = ParquetTable(self._staging, f"data/{split}/metadata.parquet")
        self._metadata[split].add(row, PurePosixPath(path).name)

    def _finish(self) -> None:
        for table in self._metadata.values():
            table.close()
        files = [{"split": s, "path": f"data/{s}/**"} for s in self._metadata]
        card = {
            "task_categories": ["image-classification"],
            "configs": [{"config_name": "default", "data_files": files}],
        }
        with self._staging.text("README.md") as file:
            file.write(f"---\n{yaml.safe_dump(card, allow_unicode=True, sort_keys=False)}---\n\n")
            file.write("Exported by Prelabel. Classes: " + ", ".join(self.classes) + "\n")
