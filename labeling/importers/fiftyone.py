"""FiftyOne's FiftyOneImageClassificationDataset: ``labels.json`` beside the pictures in ``data/``.

Its FiftyOneDataset is read as well (`labeling.importers.fiftyone_samples`).
https://docs.voxel51.com/user_guide/import_datasets.html tells the layout.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from labeling.errors import InputError
from labeling.importers.base import Importer, LabelRow, answer, facts_in
from labeling.importers.fields import mapping_in, required, text_in
from labeling.importers.fiftyone_samples import is_samples, sample_rows
from labeling.importers.source import LabelSource

WHOLE = "all"
"""The folder of an export of Prelabel whose items belong to no split."""


class FiftyOneImporter(Importer):
    """``[SPLIT/]labels.json``, which maps a picture's name without extension to its labels.

    A label is a text, a number in ``classes``, an object with one of them as ``label``, a list of
    these, or null where nobody has decided. Its confidence is no reason to doubt it.
    """

    format = "fiftyone"

    def fits(self, source: LabelSource) -> bool:
        """Whether a JSON file has ``labels`` by name, or ``samples``."""
        documents = map(source.json, source.json_files)
        return any(_is_labels(one) or is_samples(one) for one in documents)

    def rows(self, source: LabelSource) -> Iterator[LabelRow]:
        """A row for each picture of each file, in the order of the files' names."""
        number = 0
        for path in source.json_files:
            document = source.json(path)
            if is_samples(document):
                yield from sample_rows(source, path)
            if not _is_labels(document):
                continue
            classes = document.get("classes")
            folder = source.parts(path)[:-1]
            split = folder[-1] if folder and folder[-1] != WHOLE else None
            pictures = _pictures(source, path.parent / "data")
            for stem, target in document["labels"].items():
                number += 1
                where = f'"{stem}" of {"/".join(source.parts(path))}'
                yield _row(number, where, stem, target, classes, split, source, pictures.get(stem))


def _is_labels(document: Any) -> bool:
    return isinstance(document, dict) and isinstance(document.get("labels"), dict)


def _pictures(source: LabelSource, data: Path) -> dict[str, Path]:
    """The pictures beside a file of labels, by their path in ``data`` without the extension."""
    return {
        path.relative_to(data).with_suffix("").as_posix(): path
        for path in source.files
        if source.is_folder and path.is_relative_to(data)
    }


def _row(
    number: int,
    where: str,
    stem: str,
    target: Any,
    classes: Any,
    split: str | None,
    source: LabelSource,
    picture: Path | None,
) -> LabelRow:
    targets = target if isinstance(target, list) else [] if target is None else [target]
    first = targets[0] if targets and isinstance(targets[0], dict) else {}
    about = mapping_in(first, "attributes")
    sha256 = text_in(about, "sha256") or (source.sha256(picture) if picture else None)
    return LabelRow(
        number,
        where,
        (picture.name if picture else stem,),
        answer(_name(one, classes, where) for one in targets) if targets else None,
        sha256=sha256,
        is_stem=picture is None,
        split=split,
        state=text_in(about, "state"),
        facts=facts_in({**about, "score": first.get("confidence")}),
    )


def _name(target: Any, classes: Any, where: str) -> str:
    if isinstance(target, dict):
        target = target.get("label")
    if isinstance(target, str):
        return target
    if isinstance(target, int) and isinstance(classes, list) and 0 <= target < len(classes):
        return required({"class": classes[target]}, "class", str, where)
    raise InputError(f"{where} has the label {target!r}, which is neither a text nor a class")
