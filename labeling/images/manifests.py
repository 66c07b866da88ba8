"""Lists of pictures with what is known about each: CSV and JSON lines."""

import codecs
import csv
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from labeling.errors import ImageRejected, RejectReason, SourceError
from labeling.images.entry import Entry, EntryOptions, Names, Refusal, read_file, storable
from labeling.images.remote import is_remote, local_path, read_remote, scheme

IMAGE_COLUMNS = ("image", "path", "file", "url")
"""Names of the column that says where a picture is; the first that is there counts."""

LABEL_COLUMNS = ("label", "class", "category")
"""Names of the column with the class; the first that is there counts."""

_CSV = (".csv", ".tsv")
_JSON_LINES = (".jsonl", ".ndjson")
_DELIMITERS = ",;\t"


@dataclass(frozen=True)
class _Row:
    """A row of a manifest, or why it can't be read."""

    line: int
    values: dict[str, str]
    fault: str | None = None


def is_manifest(name: str) -> bool:
    """Whether a file of this name, given as a source, is read as a list of pictures."""
    return name.lower().endswith(_CSV + _JSON_LINES)


def check_manifest(path: Path) -> None:
    """Look at the head of a manifest.

    Raises:
        SourceError: unreadable, or no column names the picture.
    """
    try:
        first = next((row for row in _rows(path) if row.fault is None), None)
    except (OSError, UnicodeError, csv.Error) as error:
        raise SourceError(f"{path} can't be read: {error}") from error
    seen = first.values if first else {}
    if _column(seen, IMAGE_COLUMNS) is None:
        columns = ", ".join(seen) or "none"
        fix = f"Name the column with the pictures one of: {', '.join(IMAGE_COLUMNS)}"
        raise SourceError(f"{path} has no column with pictures (columns: {columns})", fix)


def manifest_entries(path: Path, options: EntryOptions, names: Names) -> Iterator[Entry | Refusal]:
    """The pictures that a manifest lists, in its order.

    Paths are relative to the manifest. Refusals are called `manifest.csv:LINE picture`.

    Args:
        path: the manifest.
        options: how to read.
        names: a picture listed twice becomes `picture` and `picture#2`, each with its columns.
    """
    for row in _rows(path):
        where = f"{path.name}:{row.line}"
        if row.fault:
            yield Refusal(where, RejectReason.UNREADABLE, row.fault)
            continue
        image = _column(row.values, IMAGE_COLUMNS)
        named = row.values.get(image, "") if image else ""
        if not named:
            yield Refusal(where, RejectReason.MISSING, "the row names no picture")
            continue
        try:
            entry = _located(named, path.parent, options)
        except ImageRejected as error:
            yield Refusal(f"{where} {named}", error.reason, error.detail)
            continue
        label = _column(row.values, LABEL_COLUMNS)
        columns = {k: v for k, v in row.values.items() if k not in (image, label)}
        yield replace(
            entry,
            path=names.unique(entry.path),
            columns=columns,
            label=(row.values[label] or None) if label else None,
        )


def _located(named: str, base: Path, options: EntryOptions) -> Entry:
    """The picture that a row means."""
    if is_remote(named):
        return Entry(named, partial(read_remote, named, options.limits))
    given = local_path(named)
    if given is None:
        detail = f"{scheme(named)}: is not read; use a path, file: or s3:"
        raise ImageRejected(RejectReason.UNSUPPORTED, detail)
    try:
        path = _existing(base, given, named)
        inside = options.root is None or path.resolve().is_relative_to(options.root.resolve())
    except OSError as error:
        raise ImageRejected(RejectReason.UNREADABLE, error.strerror or str(error)) from error
    if not inside:
        raise ImageRejected(RejectReason.UNSAFE_PATH, "outside the folder of the upload")
    return Entry(options.shown(path), partial(read_file, path, options.limits), local=path)


def _existing(base: Path, given: Path, named: str) -> Path:
    """The file that is meant, also where a list from Windows writes \\ between folders."""
    for candidate in (given, Path(named.replace("\\", "/"))):
        path = Path(os.path.normpath((base / candidate).absolute()))
        if path.is_file():
            return path
    raise ImageRejected(RejectReason.MISSING, "no such file")


def _column(values: dict[str, str], wanted: tuple[str, ...]) -> str | None:
    """The column of a row that bears one of these names, in any case."""
    by_name = {name.strip().lower(): name for name in reversed(values)}
    return next((by_name[name] for name in wanted if name in by_name), None)


def _rows(path: Path) -> Iterator[_Row]:
    return _json_rows(path) if path.name.lower().endswith(_JSON_LINES) else _csv_rows(path)


def _encoding(path: Path) -> str:
    """UTF-8 with or without a mark, UTF-16 with one, else what Excel writes on Windows."""
    with path.open("rb") as file:
        if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while block := file.read(1 << 20):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def _csv_rows(path: Path) -> Iterator[_Row]:
    with path.open(newline="", encoding=_encoding(path), errors="replace") as file:
        head = file.readline()
        file.seek(0)
        delimiter = max(_DELIMITERS, key=head.count)
        reader = csv.reader(file, delimiter=delimiter)
        header = [storable(name.strip()) for name in next(reader, [])]
        while True:
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield _Row(reader.line_num, {}, f"not a CSV row: {error}")
                continue
            if any(field.strip() for field in fields):
                yield _csv_row(reader.line_num, header, fields)


def _csv_row(line: int, header: list[str], fields: list[str]) -> _Row:
    if any(field.strip() for field in fields[len(header) :]):
        return _Row(line, {}, f"{len(fields)} fields under {len(header)} columns")
    fields = fields[: len(header)] + [""] * (len(header) - len(fields))
    pairs = zip(header, fields, strict=True)
    return _Row(line, {name: storable(field.strip()) for name, field in pairs if name})


def _json_rows(path: Path) -> Iterator[_Row]:
    with path.open(encoding=_encoding(path), errors="replace") as file:
        for line, text in enumerate(file, start=1):
            if text.strip():
                yield _json_row(line, text)


def _json_row(line: int, text: str) -> _Row:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        return _Row(line, {}, f"not JSON: {error}")
    if not isinstance(values, dict):
        return _Row(line, {}, "not a JSON object")
    return _Row(line, {storable(name): _as_text(value) for name, value in values.items()})


def _as_text(value: Any) -> str:
    """A JSON value as the text of a column; empty for null."""
    if value is None:
        return ""
    return storable(value.strip() if isinstance(value, str) else json.dumps(value))
