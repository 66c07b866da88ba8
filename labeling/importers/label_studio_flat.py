"""Label Studio's JSON-MIN and CSV: a record an annotation, with data and answers side by side.

The converter of ``label-studio-sdk`` writes them (``convert_to_json_min``, ``exports.csv2``).
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any

from labeling.errors import InputError
from labeling.importers.base import FACTS, LabelRow, answer_or_silence
from labeling.importers.fields import as_kind, text_in
from labeling.importers.label_studio_task import as_label, is_address, row_of

MARKS = frozenset({"annotator", "annotation_id", "lead_time"})
"""Fields of every record, which no other format has together."""
ABOUT = MARKS | {"id", "created_at", "updated_at", "agreement", "history"}
"""Fields that tell of the annotation."""
OURS = frozenset({"sha256", "state", "split", "group", "columns", *FACTS})
"""Fields that Prelabel's export gives a task."""
USUAL = ("choice", "choices", "label", "labels", "class")
"""What questions about a picture are mostly called."""
DELIMITERS = ",\t"
FIX = "Remove the others from the file, or export JSON from Label Studio, which tells them apart."


def is_flat(document: Any) -> bool:
    """Whether a JSON document is JSON-MIN."""
    first = document[0] if isinstance(document, list) and document else None
    return isinstance(first, dict) and MARKS.issubset(first)


def is_flat_header(line: str) -> bool:
    """Whether the first line of a table is that of Label Studio's CSV or TSV."""
    return MARKS.issubset(name.strip().strip('"') for name in line.replace("\t", ",").split(","))


def json_records(document: list[Any], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The records of JSON-MIN, with words for where each stands.

    Raises:
        InputError: one is no object.
    """
    for number, record in enumerate(document, 1):
        where = f"record {number} of {name}"
        yield where, as_kind(record, dict, where)


def csv_records(file: IO[str], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The records of a CSV or TSV; cells that hold JSON objects or lists are parsed.

    Raises:
        InputError: it is no CSV.
    """
    head = file.readline()
    file.seek(0)
    try:
        for line in (lines := csv.DictReader(file, delimiter=max(DELIMITERS, key=head.count))):
            record = {key: _parsed(cell) for key, cell in line.items() if key and cell}
            yield f"line {lines.line_num} of {name}", record
    except csv.Error as error:
        raise InputError(f"{name} is not a readable CSV: {error}") from None


def flat_rows(records: Iterable[tuple[str, dict[str, Any]]], before: int) -> Iterator[LabelRow]:
    """A row for each record, numbered from ``before`` + 1.

    Raises:
        InputError: a record has no picture, or it can't be told which field has the answer.
    """
    records = list(records)
    question = _question([record for _, record in records], records[0][0] if records else "")
    for number, (where, record) in enumerate(records, before + 1):
        labels = answer_or_silence(_chosen(record.get(question or ""), where))
        yield row_of(number, where, _data(record), labels)


def _data(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in ABOUT}


def _question(records: list[dict[str, Any]], where: str) -> str | None:
    """The field that has the answers, None where no record has one.

    In JSON-MIN it stands behind the field ``id``; a CSV is sorted by name, so there the fields of
    the data must be told by their names or by a picture's address in them.
    """
    found: dict[str, None] = {}
    for record in records:
        names = list(record)
        behind = names[names.index("id") + 1 :] if _is_ordered(names) else names
        found |= {
            name: None
            for name in behind
            if name not in ABOUT | OURS and _may_be_choices(record[name])
        }
    candidates = [name for name in found if not any(_has_address(r, name) for r in records)]
    for narrower in (
        candidates,
        [name for name in candidates if name in USUAL],
        [name for name in candidates if any(isinstance(r.get(name), dict) for r in records)],
    ):
        if len(narrower) == 1:
            return narrower[0]
    if not candidates:
        return None
    told = ", ".join(map(json.dumps, candidates))
    raise InputError(f"{where}: the answer may be in any of {told}", FIX)


def _is_ordered(names: list[str]) -> bool:
    """Whether the fields are in the order of JSON-MIN: data, id, answers, annotator …"""
    return "id" in names and names.index("id") < names.index("annotator") != 0


def _has_address(record: Mapping[str, Any], name: str) -> bool:
    return is_address(text_in(record, name) or "")


def _may_be_choices(value: Any) -> bool:
    """Whether it is one choice, or the object that several are written as."""
    return isinstance(value, str) or (isinstance(value, dict) and "choices" in value)


def _chosen(value: Any, where: str) -> list[str]:
    """The choices for the whole picture: a list of several answers is about regions of it."""
    if isinstance(value, dict):
        chosen = as_kind(value.get("choices"), list, where)
        return list(map(as_label, chosen))
    return [value] if isinstance(value, str) else []


def _parsed(cell: Any) -> Any:
    """A cell as JSON where it is an object or a list, else as it is."""
    if not isinstance(cell, str) or not cell.startswith(("{", "[")):
        return cell
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell
