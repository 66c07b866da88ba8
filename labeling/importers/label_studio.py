"""Label Studio's JSON export: choices of completed annotations; predictions are never labels."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from labeling.errors import InputError
from labeling.importers.base import Importer, LabelRow, answer, facts_in, suffixes, texts
from labeling.importers.fields import as_kind, mapping_in, required, text_in
from labeling.importers.source import LabelSource

PICTURE = re.compile(r"\.(jpe?g|png|gif|bmp|webp|tiff?|heic|avif)($|\?)", re.IGNORECASE)
REGION = frozenset({"x", "points", "rle"})
"""What the value of a choice has that is about a region."""
UPLOADED = re.compile(r"[0-9a-f]{8}-(?=.)")
"""What Label Studio puts before the name of a file that was uploaded to it."""


class LabelStudioImporter(Importer):
    """``tasks.json``: a list of tasks with their annotations.

    A task is known by the address of its picture, or by as much of its end as fits one: the folder
    of a storage is none of the picture's. A choice for a region says nothing of the picture.
    """

    format = "label_studio"

    def fits(self, source: LabelSource) -> bool:
        """Whether a JSON file at the top is a list whose first element has ``data``."""
        return any(_is_tasks(source.json(path)) for path in source.with_suffix(".json"))

    def rows(self, source: LabelSource) -> Iterator[LabelRow]:
        """A row for each task of each file, in the order of the files' names."""
        number = 0
        for path in source.with_suffix(".json"):
            document = source.json(path)
            if not _is_tasks(document):
                continue
            for n, task in enumerate(document, 1):
                number += 1
                yield _row(number, f"task {n} of {path.name}", task)


def _is_tasks(document: Any) -> bool:
    return isinstance(document, list) and bool(document) and "data" in _first(document)


def _first(document: list[Any]) -> Mapping[str, Any]:
    return document[0] if isinstance(document[0], dict) else {}


def _row(number: int, where: str, task: Any) -> LabelRow:
    data = required(task, "data", dict, where)
    answers = _answers(as_kind(task, dict, where), where)
    differ = len({frozenset(one) for one in answers}) > 1
    told = " against ".join(", ".join(one) or "none of these" for one in answers)
    return LabelRow(
        number,
        where,
        _picture(data, where),
        answers[0] if answers and not differ else None,
        sha256=text_in(data, "sha256"),
        split=text_in(data, "split"),
        state=text_in(data, "state"),
        facts=facts_in(data),
        columns=texts(mapping_in(data, "columns")),
        fault=f"its annotations differ: {told}" if differ else None,
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
                by_question.setdefault(question, []).extend(map(_as_label, chosen))
        if len(by_question) > 1:
            asked = ", ".join(map(json.dumps, by_question))
            fix = "Export the labels of one question, or remove the others from the file."
            raise InputError(f"{where} answers several questions: {asked}", fix)
        found += [answer(labels) for labels in by_question.values() if labels]
    return found


def _as_label(chosen: Any) -> str:
    return chosen if isinstance(chosen, str) else json.dumps(chosen)


def _picture(data: Mapping[str, Any], where: str) -> tuple[str, ...]:
    """The picture's address, and the path in it from its whole down to the file name."""
    told = [value for value in data.values() if isinstance(value, str)]
    address = text_in(data, "image") or next(filter(PICTURE.search, told), None)
    if address is None:
        raise InputError(f"{where} has no picture in its data")
    parts = urlsplit(address)
    within = parse_qs(parts.query).get("d", [""])[0] or unquote(parts.path)
    if "/data/upload/" in address:
        within = UPLOADED.sub("", within.rsplit("/", 1)[-1], count=1)
    return tuple(dict.fromkeys((address, *filter(None, suffixes(within)))))
