"""Datumaro's own JSON: its annotations of the type label; boxes and masks are no labels."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from labeling.errors import InputError
from labeling.importers.base import Importer, LabelRow, answer_or_silence, facts_in, texts
from labeling.importers.fields import as_kind, mapping_in, required, text_in
from labeling.importers.source import LabelSource

COLUMN = "column."
DEFAULT = "default"
"""Datumaro's name for items that belong to no split."""


class DatumaroImporter(Importer):
    """``annotations/SPLIT.json``; the name of a file is the split."""

    format = "datumaro"

    def fits(self, source: LabelSource) -> bool:
        """Whether a JSON file has ``items`` and ``categories``."""
        return any(_is_datumaro(source.json(path)) for path in source.json_files)

    def rows(self, source: LabelSource) -> Iterator[LabelRow]:
        """A row for each item of each file, in the order of the files' names."""
        number = 0
        for path in source.json_files:
            document = source.json(path)
            if not _is_datumaro(document):
                continue
            labels = _labels(document, path)
            for n, item in enumerate(required(document, "items", list, str(path)), 1):
                number += 1
                yield _row(number, f"item {n} of {path.name}", item, labels, path.stem)


def _is_datumaro(document: Any) -> bool:
    return isinstance(document, dict) and {"items", "categories"} <= document.keys()


def _labels(document: Any, path: Path) -> list[str]:
    listed = mapping_in(mapping_in(document, "categories"), "label").get("labels", [])
    where = f"the labels of {path.name}"
    return [required(label, "name", str, where) for label in as_kind(listed, list, where)]


def _row(number: int, where: str, item: Any, names: list[str], split: str) -> LabelRow:
    own = required(item, "id", str, where)
    about = mapping_in(item, "attr")
    labels = [
        _name(annotation, names, where)
        for annotation in required(item, "annotations", list, where)
        if as_kind(annotation, dict, where).get("type") == "label"
    ]
    media = {**mapping_in(item, "image"), **mapping_in(item, "media")}
    columns = {k.removeprefix(COLUMN): v for k, v in about.items() if k.startswith(COLUMN)}
    return LabelRow(
        number,
        where,
        _picture(own, text_in(media, "path")),
        answer_or_silence(labels),
        sha256=text_in(about, "sha256"),
        split=None if split == DEFAULT else split,
        state=text_in(about, "state"),
        facts=facts_in(about),
        columns=texts(columns),
    )


def _picture(own: str, path: str | None) -> tuple[str, ...]:
    """The names of an item, most folders first: the path of a saved picture lacks them."""
    if path is None:
        return (own,)
    dot = path.rfind(".")
    suffix = path[dot:] if dot > path.rfind("/") else ""
    names = dict.fromkeys((path, own + suffix))
    return tuple(sorted(names, key=lambda name: -name.count("/")))


def _name(annotation: Mapping[str, Any], names: list[str], where: str) -> str:
    label = required(annotation, "label_id", int, where)
    if not 0 <= label < len(names):
        raise InputError(f"{where} has the label {label}, but there are {len(names)}")
    return names[label]
