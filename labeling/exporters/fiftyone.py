"""FiftyOne: the layout of its FiftyOneImageClassificationDataset, a folder per split."""

import json
from pathlib import PurePosixPath
from typing import Any

from labeling.exporters.base import Exporter
from labeling.exporters.rows import NONE_OF_THESE, ExportRow

SPLIT = "all"


class FiftyOneExporter(Exporter):
    """``SPLIT/data/picture`` and ``SPLIT/labels.json``, which maps a picture's stem to its label.

    A picture with several labels has a list of them; "none of these" is a class of its own;
    None where nobody has decided.
    """

    format = "fiftyone"

    def _begin(self) -> None:
        self._waiting: dict[str, Any] = {}

    def _add(self, row: ExportRow) -> None:
        split = row.split or SPLIT
        mode = self.options.pictures or "copy"
        path = PurePosixPath(self._staging.add_picture(row, f"{split}/data", mode))
        targets = [self._target(label, row) for label in row.answers]
        answer = targets if len(targets) > 1 else next(iter(targets), None)
        if split not in self._waiting:
            self._waiting[split] = self._staging.spool()
        self._waiting[split].write(json.dumps([path.stem, answer]) + "\n")

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
                    stem, answer = json.loads(line)
                    told = f"{json.dumps(stem, ensure_ascii=False)}: {json.dumps(answer)}"
                    file.write((",\n" if number else "\n") + told)
                file.write("\n}}\n")
        self._staging.close_streams()
