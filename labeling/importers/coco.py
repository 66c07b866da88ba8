"""COCO: the categories of a picture's annotations are its labels, whatever their boxes.

Files of detection or captioning tasks have the same form (https://cocodataset.org/#format-data).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from labeling.errors import InputError
from labeling.importers.base import Importer, LabelRow, answer, facts_in, split_of, texts
from labeling.importers.fields import mapping_in, required, text_in
from labeling.importers.source import LabelSource


class CocoImporter(Importer):
    """``annotations.json``, or a file per split, at the top or in folders.

    A picture without annotations says nothing, unless it is an export of Prelabel that calls it
    none of these. Files that list pictures and no category at all add nothing.
    """

    format = "coco"

    def fits(self, source: LabelSource) -> bool:
        """Whether a JSON file has ``images`` and ``annotations``."""
        return any(_is_coco(source.json(path)) for path in source.json_files)

    def rows(self, source: LabelSource) -> Iterator[LabelRow]:
        """A row for each picture of each file, in the order of the files' names."""
        number = 0
        for path in source.json_files:
            document = source.json(path)
            if not _is_coco(document) or (source.is_folder and not document.get("categories")):
                continue
            split = split_of((*source.parts(path)[:-1], *path.stem.split("_")))
            for row in _rows(document, path, split, number):
                yield row
                number = row.number


def _is_coco(document: Any) -> bool:
    return isinstance(document, dict) and {"images", "annotations"} <= document.keys()


def _rows(document: Any, path: Path, split: str | None, before: int) -> Iterator[LabelRow]:
    named = _labels_by_image(document, path)
    for n, image in enumerate(required(document, "images", list, str(path)), 1):
        where = f"image {n} of {path.name}"
        own = required(image, "id", int, where)
        about = mapping_in(image, "prelabel")
        labels = named.pop(own, [])
        is_known = bool(labels) or about.get("none_of_these") is True
        yield LabelRow(
            before + n,
            where,
            (required(image, "file_name", str, where),),
            answer(labels) if is_known else None,
            sha256=text_in(about, "sha256"),
            split=text_in(about, "split") or split,
            state=text_in(about, "state"),
            facts=facts_in(about),
            columns=texts(mapping_in(about, "columns")),
        )
    if named:
        raise InputError(f"{path}: an annotation is of image {next(iter(named))}, which is missing")


def _labels_by_image(document: Any, path: Path) -> dict[int, list[str]]:
    names: dict[int, str] = {}
    for n, category in enumerate(required(document, "categories", list, str(path)), 1):
        where = f"category {n} of {path.name}"
        names[required(category, "id", int, where)] = required(category, "name", str, where)
    found: dict[int, list[str]] = {}
    for n, annotation in enumerate(required(document, "annotations", list, str(path)), 1):
        where = f"annotation {n} of {path.name}"
        category = required(annotation, "category_id", int, where)
        if category not in names:
            raise InputError(f"{where} has the category {category}, which is missing")
        found.setdefault(required(annotation, "image_id", int, where), []).append(names[category])
    return found
