"""ImageFolder: a folder per class (of a snapshot: within one per split), as torchvision reads it.

Folder names are made legal on every file system; ``classes.csv`` maps them back to the classes.
``metadata.csv`` has a line per file with everything else that is known (its ``file_name`` column is
the one Hugging Face's imagefolder looks for).
"""

import csv

from labeling.errors import ExportError
from labeling.exporters.base import Exporter
from labeling.exporters.csv_file import Table
from labeling.exporters.rows import NONE_OF_THESE, ExportRow, row_name, safe_part


class ImageFolderExporter(Exporter):
    """``[SPLIT/]CLASS/picture``, ``classes.csv`` and ``metadata.csv``."""

    format = "imagefolder"

    def _begin(self) -> None:
        self._folders = folder_names(self.classes)
        self._table = Table(self._staging.spool())

    def _add(self, row: ExportRow) -> None:
        labels = row.answers
        if not labels:
            raise ExportError(
                f"{row_name(row)} has no label ({row.state}), and a proposal is none",
                "Export verified items only, or use csv, jsonl or coco",
            )
        if len(labels) > 1 and self.options.several_labels == "refuse":
            raise ExportError(
                f"{row_name(row)} has {len(labels)} labels, and an image folder has room for one",
                "Use csv, jsonl or coco, or ask for a copy in the folder of each label",
            )
        mode = self.options.pictures or "copy"
        for label in labels:
            folder = "/".join(filter(None, (row.split, self._folders[label])))
            self._table.add(row, self._staging.add_picture(row, folder, mode))

    def _finish(self) -> None:
        with self._staging.text("metadata.csv") as file:
            self._table.write(file)
        with self._staging.text("classes.csv") as file:
            lines = csv.writer(file)
            lines.writerow(["class", "folder", "items"])
            lines.writerows((c, f, self.by_label[c]) for c, f in self._folders.items())


def folder_names(classes: tuple[str, ...]) -> dict[str, str]:
    """Give each class, and "none of these" first, a folder of its own (case does not count)."""
    folders: dict[str, str] = {}
    taken: set[str] = set()
    for name in (NONE_OF_THESE, *classes):
        folder, number = safe_part(name), 1
        while folder.casefold() in taken:
            number += 1
            folder = f"{safe_part(name)}-{number}"
        taken.add(folder.casefold())
        folders[name] = folder
    return folders
