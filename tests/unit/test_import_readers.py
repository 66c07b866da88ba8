"""What the tools' own libraries write is read with the labels that went in."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from labeling.images.fingerprint import sha256
from labeling.importers.matching import PictureFinder
from labeling.importers.registry import read_labels
from tests.unit.test_export_readers import OFFLINE, READERS, python
from tests.workflow.helpers import picture

__all__ = ["python"]

pytestmark = pytest.mark.slow
TOLD = {
    "a/bild 1.png": {"labels": ["cat"], "split": "train"},
    "b/bild 1.png": {"labels": ["big dog", "Vögel 鳥"], "split": "train"},
    "b/猫.png": {"labels": [], "split": "test"},
    "ü/x y.png": {"labels": ["Vögel 鳥"], "split": "test"},
}
WRITERS = {
    "datumaro": "datumaro",
    "cvat": "cvat",
    "coco": "coco",
    "coco_boxes": "coco",
    "imagefolder": "imagefolder",
    "parquet": "parquet",
    "label_studio": "label_studio",
    "label_studio_min": "label_studio",
    "label_studio_csv": "label_studio",
    "label_studio_tsv": "label_studio",
    "fiftyone": "fiftyone",
    "fiftyone_samples": "fiftyone",
}
"""The format that is told, by what writes it."""
WITH_SPLITS = {"datumaro", "coco", "coco_boxes", "fiftyone", "fiftyone_samples"}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("writer", list(WRITERS))
def test_what_a_tool_writes_is_read(python: Path, tmp_path: Path, writer: str) -> None:
    paths = [picture(tmp_path / "sets" / name, n) for n, name in enumerate(TOLD)]
    (tmp_path / "sets" / "labels.json").write_text(json.dumps(TOLD))
    out = tmp_path / "out"
    done = subprocess.run(
        [python, READERS / "write.py", writer, tmp_path / "sets", out],
        capture_output=True,
        text=True,
        env=os.environ | OFFLINE | {"HF_HOME": str(tmp_path / "cache")},
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    labels = read_labels(out)
    assert labels.format == WRITERS[writer]
    finder = PictureFinder(rows := list(labels.rows))
    for name, path in zip(TOLD, paths, strict=True):
        finder.offer(name, str(path), sha256(path.read_bytes()))
    found = {finder.find(row): (sorted(row.labels or ()), row.split) for row in rows}
    assert found == {
        name: (sorted(one["labels"]), one["split"] if writer in WITH_SPLITS else None)
        for name, one in TOLD.items()
    }
