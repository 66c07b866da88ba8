"""Label Studio: tasks as JSON with annotations and predictions, and the labeling configuration."""

import json
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from labeling.exporters.base import Exporter
from labeling.exporters.rows import NONE_OF_THESE, ExportRow, as_record, row_name

LOCAL = "/data/local-files/?d="
"""How Label Studio addresses files below its LOCAL_FILES_DOCUMENT_ROOT."""


class LabelStudioExporter(Exporter):
    """``tasks.json``, ``label_config.xml``, and ``images/`` when pictures are asked for.

    What people decided is an annotation; what the model proposed stays a prediction.
    """

    format = "label_studio"

    def _begin(self) -> None:
        self._number = 0
        with self._staging.text("label_config.xml") as file:
            file.write(_config((*self.classes, NONE_OF_THESE)))
        self._file = self._staging.stream("tasks.json")
        self._file.write("[")

    def _add(self, row: ExportRow) -> None:
        self._number += 1
        written = self._picture(row)
        address = LOCAL + quote(written) if written else row_name(row)
        about = as_record(row, address)
        kept = ("sha256", "state", "user", "decided_at", "view", "split", "group", "columns")
        data = {"image": address} | {key: about[key] for key in kept}
        task: dict[str, Any] = {"id": self._number, "data": data, "annotations": []}
        if row.answers:
            annotation = {"id": self._number, "result": [_choices(row.answers)]}
            task["annotations"] = [annotation | {"was_cancelled": False, "ground_truth": False}]
        if row.proposal_label:
            prediction = {"model_version": row.model or "", "score": row.score}
            task["predictions"] = [prediction | {"result": [_choices([row.proposal_label])]}]
        before = ",\n" if self._number > 1 else "\n"
        self._file.write(before + json.dumps(task, ensure_ascii=False))

    def _finish(self) -> None:
        self._file.write("\n]\n")
        self._staging.close_streams()


def _choices(labels: list[str]) -> dict[str, Any]:
    return {
        "from_name": "label",
        "to_name": "image",
        "type": "choices",
        "value": {"choices": labels},
    }


def _config(classes: tuple[str, ...]) -> str:
    choices = "\n".join(f"    <Choice value={quoteattr(name)}/>" for name in classes)
    return (
        '<View>\n  <Image name="image" value="$image"/>\n'
        f'  <Choices name="label" toName="image" choice="multiple">\n{choices}\n'
        "  </Choices>\n</View>\n"
    )
