"""COCO with image-level categories.

COCO has no labels for whole pictures, and detection tools want a box. So each label is an
annotation whose box is the full frame (``bbox`` [0, 0, width, height], ``area`` width · height,
``iscrowd`` 0). A picture of none of the classes has no annotation; ``prelabel.none_of_these`` tells
it from one that nobody has decided on.
"""

import json

from labeling.exporters.base import Exporter
from labeling.exporters.rows import ExportRow, as_record, row_name


class CocoExporter(Exporter):
    """``annotations.json`` (ids from 1, categories in the order of the classes), ``images/``."""

    format = "coco"

    def _begin(self) -> None:
        self._category = {name: number for number, name in enumerate(self.classes, 1)}
        self._images = 0
        self._annotations = 0
        self._waiting = self._staging.spool()
        self._file = self._staging.stream("annotations.json")
        about = {"description": "Prelabel: image-level labels as full-frame boxes"}
        categories = [{"id": n, "name": name} for name, n in self._category.items()]
        self._file.write(f'{{"info": {json.dumps(about)},\n"licenses": [],\n')
        self._file.write(
            f'"categories": {json.dumps(categories, ensure_ascii=False)},\n"images": ['
        )

    def _add(self, row: ExportRow) -> None:
        written = self._picture(row)
        name = row_name(row) if written is None else written.removeprefix("images/")
        about = as_record(row, name)
        image = {key: about.pop(key) for key in ("file_name", "width", "height")}
        self._images += 1
        image = {"id": self._images, **image, "prelabel": about}
        self._file.write("," if self._images > 1 else "")
        self._file.write("\n" + json.dumps(image, ensure_ascii=False))
        for label in row.labels:
            self._annotations += 1
            annotation = {
                "id": self._annotations,
                "image_id": self._images,
                "category_id": self._category[label],
                "bbox": [0, 0, row.width, row.height],
                "area": row.width * row.height,
                "iscrowd": 0,
                "segmentation": [],
            }
            self._waiting.write(json.dumps(annotation) + "\n")

    def _finish(self) -> None:
        self._file.write('\n],\n"annotations": [')
        self._waiting.seek(0)
        for number, line in enumerate(self._waiting):
            self._file.write(("," if number else "") + "\n" + line.rstrip("\n"))
        self._file.write("\n]}\n")
        self._staging.close_streams()
