"""Hugging Face's imagefolder: ``metadata.csv``, ``.jsonl`` or ``.parquet`` beside the pictures.

https://huggingface.co/docs/datasets/image_dataset tells the layout.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from labeling.importers.base import Importer, LabelRow, split_of
from labeling.importers.source import LabelSource
from labeling.importers.tables import CSV, JSON_LINES, METADATA, PARQUET, read_table


class HuggingFaceImporter(Importer):
    """Any number of such files; a folder called like a split is one.

    A picture that lies there is known by its bytes.
    """

    format = "huggingface"

    def fits(self, source: LabelSource) -> bool:
        """Whether it is a folder with such a file at any depth."""
        return bool(_tables(source))

    def rows(self, source: LabelSource) -> Iterator[LabelRow]:
        """A row for each line of each file, in the order of the files' paths."""
        number = 0
        for path in _tables(source):
            split = split_of(source.parts(path)[:-1])
            for row in read_table(source, path):
                number += 1
                yield replace(
                    row,
                    number=number,
                    where=f"{row.where.split(' of ')[0]} of {'/'.join(source.parts(path))}",
                    sha256=row.sha256 or source.sha256(path.parent / row.image),
                    split=row.split or split,
                )


def _tables(source: LabelSource) -> list[Path]:
    if not source.is_folder:
        return []
    known = CSV + JSON_LINES + PARQUET
    return [p for p in source.files if p.stem == METADATA and p.suffix.lower() in known]
