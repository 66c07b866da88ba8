"""Label Studio's exports: choices of completed annotations; predictions are never labels."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from labeling.errors import InputError
from labeling.importers.base import Importer, LabelRow, answer
from labeling.importers.fields import as_kind, required
from labeling.importers.label_studio_flat import (
    csv_records,
    flat_rows,
    is_flat,
    is_flat_header,
    json_records,
)
from labeling.importers.label_studio_task import as_label, row_of
from labeling.importers.source import LabelSource, not_utf8

TABLES = (".csv", ".tsv")
REGION = frozenset({"x", "points", "rle"})
"""What the value of a choice has that is about a region."""


class LabelStudioImporter(Importer):
    """JSON (a list of tasks with their annotations), JSON-MIN or CSV, each at the top.

    A task is known by the address of its picture, or by as much of its end as fits one: the folder
    of a storage is none of the picture's. A choice for a region says nothing of the picture.
    """

    format = "label_studio"

    def fits(self, source: LabelSource) -> bool:
        """Whether a file at the top has Label Studio's fields."""
        documents = map(source.json, source.with_suffix(".json"))
        return any(_is_tasks(one) or is_flat(one) for one in documents) or bool(_tables(source))

    def rows(self, source: LabelSource) -> Iterator[LabelRow]:
        """A row for each task or record of each file, in the order of the files' names."""
        number = 0
        for path in source.with_suffix(".json", *TABLES):
            for row in self._rows(source, path, number):
                number = row.number
                yield row

    def _rows(self, source: LabelSource, path: Path, before: int) -> Iterator[LabelRow]:
        if path in _tables(source):
            with source.open(path) as file:
                try:
                    yield from flat_rows(csv_records(file, path.name), before)
                except UnicodeDecodeError as error:
                    raise not_utf8(path, error) from None
            return
        document: Any = source.json(path) if path.suffix.lower() == ".json" else None
        if is_flat(document):
            yield from flat_rows(json_records(document, path.name), before)
        elif _is_tasks(document):
            for number, task in enumerate(document, before + 1):
                yield _row(number, f"task {number - before} of {path.name}", task)


def is_label_studio_table(source: LabelSource, path: Path) -> bool:
    """Whether a CSV or TSV file was written by Label Studio."""
    try:
        with source.open(path) as file:
            return is_flat_header(file.readline())
    except UnicodeDecodeError:
        return False


def _tables(source: LabelSource) -> list[Path]:
    return [p for p in source.with_suffix(*TABLES) if is_label_studio_table(source, p)]


def _is_tasks(document: Any) -> bool:
    return isinstance(document, list) and bool(document) and "data" in _first(document)


def _first(document: list[Any]) -> Mapping[str, Any]:
    return document[0] if isinstance(document[0], dict) else {}


def _row(number: int, where: str, task: Any) -> LabelRow:
    data = required(task, "data", dict, where)
    answers = _answers(as_kind(task, dict, where), where)
    differ = len({frozenset(one) for one in answers}) > 1
    told = " against ".join(", ".join(one) or "none of these" for one in answers)
    labels = answers[0] if answers and not differ else None
    return row_of(
        number, where, data, labels, f"its annotations differ: {told}" if differ else None
    )


def _answers(task: Mapping[str, Any], where: str) -> list[tuple[str, ...]]:
    """What each completed annotation says that chose something."""
    found = []
    for annotation in as_kind(task.get("annotations") or [], list, where):
        if as_kind(annotation, dict, where).get("was_cancelled"):
            continue
        by_question: dict[str, list[str]] = {}
        for result in as_kind(annotation.get("result") or [], list, where):
            if as_kind(result, dict, where).get("type") == "choices":
                value = required(result, "value", dict, where)
                if value.keys() & REGION:
                    continue
                chosen = required(value, "choices", list, where)
                question = str(result.get("from_name"))
                by_question.setdefault(question, []).extend(map(as_label, chosen))
        if len(by_question) > 1:
            asked = ", ".join(map(json.dumps, by_question))
            fix = "Export the labels of one question, or remove the others from the file."
            raise InputError(f"{where} answers several questions: {asked}", fix)
        found += [answer(labels) for labels in by_question.values() if labels]
    return found
