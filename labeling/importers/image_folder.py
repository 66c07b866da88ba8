"""ImageFolder: a folder per class (or one per split with a folder per class in each).

The layout of torchvision's ImageFolder. What Prelabel exports has ``classes.csv``, which maps
folders to classes, and ``metadata.csv``, which has all labels of each picture.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from labeling.errors import InputError
from labeling.importers.base import SPLIT_NAMES, Importer, LabelRow, answer
from labeling.importers.source import LabelSource, not_utf8
from labeling.importers.tables import read_table

CLASSES, METADATA = "classes.csv", "metadata.csv"
PICTURES = re.compile(r"\.(jpe?g|jpe|png|gif|bmp|webp|tiff?|hei[cf]|avif|p[gp]m)", re.IGNORECASE)
"""Endings of pictures."""


class ImageFolderImporter(Importer):
    """Pictures are known by their bytes; one in the folders of several classes has all of them."""

    format = "imagefolder"

    def fits(self, source: LabelSource) -> bool:
        """Whether every picture lies in the folder of a class, and none is described in a file."""
        if not source.is_folder:
            return False
        if source.holds(source.top / CLASSES):
            return True
        pictures = _pictures(source)
        return bool(pictures) and all(source.depth(path) > 0 for path in pictures)

    def rows(self, source: LabelSource) -> Iterator[LabelRow]:
        """A row for each picture, in the order of the paths."""
        if source.holds(source.top / CLASSES) and source.holds(source.top / METADATA):
            seen = set()
            for row in read_table(source, source.top / METADATA):
                if (row.sha256 or row.image) not in seen:
                    seen.add(row.sha256 or row.image)
                    yield row
            return
        yield from _by_folder(source)


@dataclass
class _Found:
    """A picture, by its bytes, and where it lies."""

    path: str
    split: str | None
    labels: list[str] = field(default_factory=list)


def _by_folder(source: LabelSource) -> Iterator[LabelRow]:
    """One row for each picture by its bytes, once all folders are read."""
    classes = _class_names(source, source.top / CLASSES)
    pictures = _pictures(source)
    has_splits = all(source.parts(path)[0].lower() in SPLIT_NAMES for path in pictures)
    found: dict[str, _Found] = {}
    for path in pictures:
        parts = source.parts(path)
        split = parts[0] if has_splits else None
        folders = parts[1:-1] if has_splits else parts[:-1]
        if not folders:
            fault = f"{path} lies in the folder of a split, but of no class"
            raise InputError(fault, "Put it into the folder of its class.")
        sha256 = source.sha256(path) or ""
        one = found.setdefault(sha256, _Found("/".join(parts), split))
        one.labels.append(classes.get(folders[0], folders[0]))
    for number, (sha256, one) in enumerate(found.items(), 1):
        labels = answer(one.labels)
        yield LabelRow(number, one.path, (one.path,), labels, sha256=sha256, split=one.split)


def _pictures(source: LabelSource) -> list[Path]:
    return [path for path in source.files if PICTURES.fullmatch(path.suffix)]


def _class_names(source: LabelSource, path: Path) -> Mapping[str, str]:
    """The class of each folder, where a file tells."""
    if not source.holds(path):
        return {}
    with source.open(path) as file:
        try:
            lines = list(csv.DictReader(file))
        except (UnicodeDecodeError, csv.Error) as error:
            if isinstance(error, UnicodeDecodeError):
                raise not_utf8(path, error) from None
            raise InputError(f"{path} is not a readable CSV: {error}") from None
    if lines and not {"class", "folder"} <= lines[0].keys():
        raise InputError(f"{path} has no columns class and folder")
    return {line["folder"]: line["class"] for line in lines}
