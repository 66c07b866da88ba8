"""FiftyOne: the layout of its FiftyOneImageClassificationDataset, a folder per split."""

import json
from pathlib import PurePosixPath
from typing import Any

from labeling.exporters.base import Exporter
from labeling.exporters.rows import NONE_OF_THESE, ExportRow

SPLIT = "all"


class FiftyOneExporter(Exporter):
    """``SPLIT/data/picture`` and ``SPLIT/labels.json``, which maps a picture's stem to its label.

    "None of these" is a class of its own; None where nobody has decided. If any picture of the
    export has several labels, each has a list: a field of FiftyOne holds either Classification or
    Classifications, and its importer makes one or the other of each target.
    """

    format = "fiftyone"

    def _begin(self) -> None:
        self._waiting: dict[str, Any] = {}
        self._has_several = False

    def _add(self, row: ExportRow) -> None:
        split = row.split or SPLIT
        mode = self.options.pictures or "copy"
        path = PurePosixPath(self._staging.add_picture(row, f"{split}/data", mode))
        targets = [self._target(label, row) for label in row.answers]
        self._has_several |= len(targets) > 1
        if split not in self._waiting:
            self._waiting[split] = self._staging.spool()
        self._waiting[split].write(json.dumps([path.stem, targets]) + "\n")

    def _target(self, label: str, row: ExportRow) -> dict[str, Any]:
        attributes = {"sha256": row.sha256, "state": row.state, "user": row.user, "view": row.view}
        target: dict[str, Any] = {"label": label, "attributes": attributes}
        if row.score is not None and label == row.proposal_label:
            target["confidence"] = float(row.score)
        return target

    def _finish(self) -> None:
        classes = json.dumps([*self.classes, NONE_OF_THESE], ensure_ascii=False)
        for split, waiting in self._waiting.items():
            waiting.seek(0)
            with self._staging.text(f"{split}/labels.json") as file:
                file.write(f'{{"classes": {classes}, "labels": {{')
                for number, line in enumerate(waiting):
                    stem, targets = json.loads(line)
                    answer = targets if self._has_several and targets else next(iter(targets), None)
                    told = f"{json.dumps(stem, ensure_ascii=False)}: {json.dumps(answer)}"
                    file.write((",\n" if number else "\n") + told)
                file.write("\n}}\n")
        self._staging.close_streams()
