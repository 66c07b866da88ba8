"""CVAT for images 1.1: the tags of each ``<image>``; its shapes are no labels.

A tag that came from a model and that nobody has touched (source ``auto``) makes a row that nobody
has verified.
"""

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, iterparse

from labeling.errors import InputError
from labeling.importers.base import Importer, LabelRow, answer_or_silence, facts_in
from labeling.importers.source import LabelSource

BY_MODEL = "auto"
UNVERIFIED = "auto_accepted"


class CvatImagesImporter(Importer):
    """``annotations.xml``, or a file per subset at the top of a folder."""

    format = "cvat"

    def fits(self, source: LabelSource) -> bool:
        """Whether an XML file begins with ``<annotations>``."""
        return any(_root(source, path) == "annotations" for path in source.with_suffix(".xml"))

    def rows(self, source: LabelSource) -> Iterator[LabelRow]:
        """A row for each picture of each file, in the order of the files' names."""
        number = 0
        for path in source.with_suffix(".xml"):
            if _root(source, path) != "annotations":
                continue
            for n, image in enumerate(_images(source, path), 1):
                number += 1
                yield _row(number, f"image {n} of {path.name}", image)


def _root(source: LabelSource, path: Path) -> str:
    with source.open_bytes(path) as file:
        try:
            return str(next(iter(iterparse(file, ["start"])))[1].tag)
        except (ParseError, StopIteration) as error:
            raise InputError(f"{path} is no XML: {error}") from None


def _images(source: LabelSource, path: Path) -> Iterator[Element]:
    with source.open_bytes(path) as file:
        try:
            for _, element in iterparse(file):
                if element.tag == "track":
                    fault = f"{path} holds tracks of a video, which has no pictures to label"
                    raise InputError(fault, "Export it as CVAT for images 1.1.")
                if element.tag == "image":
                    yield element
                    element.clear()
        except ParseError as error:
            raise InputError(f"{path} is no XML: {error}") from None


def _row(number: int, where: str, image: Element) -> LabelRow:
    name = image.get("name")
    if not name:
        raise InputError(f"{where} has no name")
    tags = image.findall("tag")
    labels = [tag.get("label", "") for tag in tags]
    if not all(labels):
        raise InputError(f"a tag of {where} has no label")
    by_model = any(tag.get("source") == BY_MODEL for tag in tags)
    return LabelRow(
        number,
        where,
        (name,),
        answer_or_silence(labels),
        split=image.get("subset"),
        state=UNVERIFIED if by_model else None,
        facts=facts_in({a.get("name", ""): a.text for a in image.iterfind("tag/attribute")}),
    )
