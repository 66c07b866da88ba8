"""CVAT for images 1.1: tags in one XML file, as CVAT reads it into a task with these pictures."""

import shutil
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element, SubElement, tostring

from labeling.exporters.base import Exporter
from labeling.exporters.rows import NONE_OF_THESE, ExportRow, row_name

HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n<version>1.1</version>\n'
ATTRIBUTES = ("score", "model")


class CvatImagesExporter(Exporter):
    """``annotations.xml``, and ``images/`` when pictures are asked for.

    "None of these" is a label of its own, so that no tag can mean that somebody removed it. Each
    tag has the score and the model of its proposal as attributes, empty without one; its source
    is ``auto`` where nobody has looked at it. A snapshot's splits are the subsets of a project.
    """

    format = "cvat"

    def _begin(self) -> None:
        self._number = 0
        self._splits: dict[str, None] = {}
        self._images = self._staging.spool()

    def _add(self, row: ExportRow) -> None:
        written = self._picture(row)
        name = PurePosixPath(written).name if written else row_name(row)
        size = {"width": str(row.width), "height": str(row.height)}
        image = Element("image", {"id": str(self._number), "name": name, **size})
        if row.split:
            image.set("subset", row.split)
            self._splits[row.split] = None
        for label in row.answers:
            image.append(_tag(label, row))
        self._images.write(tostring(image, encoding="unicode") + "\n")
        self._number += 1

    def _finish(self) -> None:
        self._images.seek(0)
        with self._staging.text("annotations.xml") as file:
            file.write(HEAD + tostring(self._meta(), encoding="unicode") + "\n")
            shutil.copyfileobj(self._images, file)
            file.write("</annotations>\n")
        self._staging.close_streams()

    def _meta(self) -> Element:
        meta = Element("meta")
        source = SubElement(meta, "project" if self._splits else "task")
        subsets = SubElement(source, "subsets")
        for split in self._splits:
            SubElement(subsets, "subset").text = split
        labels = SubElement(source, "labels")
        for name in (*self.classes, NONE_OF_THESE):
            label = SubElement(labels, "label")
            SubElement(label, "name").text = name
            SubElement(label, "type").text = "tag"
            attributes = SubElement(label, "attributes")
            for attribute in ATTRIBUTES:
                attributes.append(_attribute(attribute))
        return meta


def _tag(label: str, row: ExportRow) -> Element:
    source = "auto" if row.state == "auto_accepted" else "manual"
    tag = Element("tag", {"label": label, "source": source})
    proposed = label == row.proposal_label
    score = f"{row.score:.4f}" if proposed and row.score is not None else ""
    model = row.model if proposed and row.model else ""
    for name, value in zip(ATTRIBUTES, (score, model), strict=True):
        SubElement(tag, "attribute", {"name": name}).text = value
    return tag


def _attribute(name: str) -> Element:
    attribute = Element("attribute")
    told = {"name": name, "mutable": "False", "input_type": "text", "default_value": ""}
    for key, value in (told | {"values": ""}).items():
        SubElement(attribute, key).text = value
    return attribute
