"""CSV, JSONL and Parquet files of labels: a row a picture."""

import csv
import hashlib
import json
from collections.abc import Iterator
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import IO, Any

from labeling.errors import InputError
from labeling.importers.base import Importer, LabelRow
from labeling.importers.class_labels import class_labels
from labeling.importers.label_studio import is_label_studio_table
from labeling.importers.records import require_columns, row_of
from labeling.importers.source import LabelSource, not_utf8

CSV, JSON_LINES, PARQUET = (".csv", ".tsv"), (".jsonl", ".ndjson"), (".parquet",)
DELIMITERS = ",;\t"
ROWS_AT_ONCE = 100
METADATA = "metadata"
"""The stem of files that describe the pictures beside them, which are another format."""


class _TableImporter(Importer):
    suffixes: tuple[str, ...]

    def fits(self, source: LabelSource) -> bool:
        """Whether it is such a file, or a folder with exactly one at its top."""
        return len(self._files(source)) == 1

    def rows(self, source: LabelSource) -> Iterator[LabelRow]:
        """A row for each line."""
        return read_table(source, self._files(source)[0])

    def _files(self, source: LabelSource) -> list[Path]:
        found = source.with_suffix(*self.suffixes)
        return [path for path in found if not source.is_folder or path.stem != METADATA]


class CsvImporter(_TableImporter):
    """Columns image (or path, file, file_name, sha256) and label (or class, labels).

    Several labels are joined by ``|``, or are a JSON list in the column labels. Fields are
    separated by commas, semicolons or tabs.
    """

    format = "csv"
    suffixes = CSV

    def _files(self, source: LabelSource) -> list[Path]:
        return [p for p in super()._files(source) if not is_label_studio_table(source, p)]


class JsonlImporter(_TableImporter):
    """JSON objects, one a line, with the fields of the CSV; labels may be a list."""

    format = "jsonl"
    suffixes = JSON_LINES


class ParquetImporter(_TableImporter):
    """A row a picture with the columns of the CSV; labels may be a list, or class numbers.

    A picture within the table is known by its bytes.
    """

    format = "parquet"
    suffixes = PARQUET


def read_table(source: LabelSource, path: Path) -> Iterator[LabelRow]:
    """The rows of a CSV, JSONL or Parquet file of a source, by its ending.

    Raises:
        InputError: it is broken, or a column is missing; names the file and the line.
    """
    suffix = path.suffix.lower()
    if suffix in PARQUET:
        with source.open_bytes(path) as file:
            yield from _parquet_rows(file, path)
        return
    with source.open(path) as text:
        try:
            yield from _csv_rows(text, path) if suffix in CSV else _json_rows(text, path)
        except UnicodeDecodeError as error:
            raise not_utf8(path, error) from None


def _csv_rows(file: IO[str], path: Path) -> Iterator[LabelRow]:
    head = file.readline()
    file.seek(0)
    lines = csv.reader(file, delimiter=max(DELIMITERS, key=head.count))
    try:
        header = [name.strip() for name in next(lines, [])]
        columns = [name if "." in name else name.lower() for name in header]
        require_columns(columns, str(path))
        for number, cells in enumerate(lines, 2):
            if any(cell.strip() for cell in cells):
                cells += [""] * (len(header) - len(cells))
                record = dict(reversed(list(zip(columns, cells, strict=False))))
                yield row_of(number, f"line {number} of {path.name}", record)
    except csv.Error as error:
        raise InputError(f"{path} is not a readable CSV: {error}") from None


def _json_rows(file: IO[str], path: Path) -> Iterator[LabelRow]:
    for number, text in enumerate(file, 1):
        if not text.strip():
            continue
        where = f"line {number} of {path.name}"
        try:
            values = json.loads(text)
        except json.JSONDecodeError as error:
            raise InputError(f"{where} is no JSON: {error.msg} (column {error.colno})") from None
        except RecursionError:
            raise InputError(f"{where} is nested too deeply") from None
        if not isinstance(values, dict):
            raise InputError(f"{where} is no JSON object")
        record = {name.lower(): value for name, value in values.items()}
        require_columns(record, where)
        yield row_of(number, where, record)


def _parquet_rows(data: BufferedReader | BytesIO, path: Path) -> Iterator[LabelRow]:
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(data) as file:
            by_column = {name: name.lower() for name in file.schema_arrow.names}
            require_columns(by_column.values(), str(path))
            names = class_labels(file.schema_arrow.metadata or {})
            number = 0
            for batch in file.iter_batches(ROWS_AT_ONCE):
                for values in batch.to_pylist():
                    number += 1
                    record = _record({by_column[name]: value for name, value in values.items()})
                    yield row_of(number, f"row {number} of {path.name}", record, names)
    except (ArrowException, OSError) as error:
        raise InputError(f"{path} is not a readable Parquet file: {error}") from None


def _record(values: dict[str, Any]) -> dict[str, Any]:
    """The values of a row; a picture within the table as its path and the SHA-256 of its bytes."""
    picture = values.get("image")
    if not isinstance(picture, dict):
        return values
    data = picture.get("bytes")
    sha256 = hashlib.sha256(data).hexdigest() if data else None
    return {"sha256": sha256} | values | {"image": picture.get("path")}
