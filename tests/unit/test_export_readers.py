"""Each export, read by the library of the tool that it is for, has the labels that went in."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from labeling.exporters.base import ExportOptions
from labeling.exporters.registry import write
from labeling.importers.registry import read_labels
from tests.unit.test_exporters import CLASSES, row

pytestmark = pytest.mark.slow
READERS = Path(__file__).parents[1] / "readers"
OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "FIFTYONE_DO_NOT_TRACK": "true"}
SPLITS = {1: "train", 2: "test", 3: "train", 4: "validation"}
ANSWERS: dict[int, list[str]] = {1: ["cat"], 2: [CLASSES[1]], 3: [], 4: ["cat", CLASSES[2]]}
ONE_LABEL_ONLY = {"imagefolder"}
WITHOUT_PIXELS = {"label_studio"}


@pytest.fixture(scope="session")
def python() -> Path:
    """The interpreter of an environment that has the tools (`make test` builds it)."""
    root = Path(os.environ.get("PRELABEL_TEST_READERS", Path(__file__).parents[2] / ".readers"))
    found = root / "bin" / "python"
    if not (root / "complete").exists():
        shutil.rmtree(root, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", root], check=True)
        wanted = ["-r", str(READERS / "requirements.txt")]
        pip = [found, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *wanted], check=True)
        (root / "complete").touch()
    return found


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "name",
    [
        "datumaro",
        "cvat",
        "coco",
        "huggingface",
        "parquet",
        "imagefolder",
        "label_studio",
        "fiftyone",
    ],
)
def test_the_tools_own_library_reads_what_went_in(python: Path, tmp_path: Path, name: str) -> None:
    numbers = [n for n in SPLITS if name not in ONE_LABEL_ONLY or len(ANSWERS[n]) < 2]
    rows = [row(n, ANSWERS[n], split=SPLITS[n]) for n in numbers]
    write(name, rows, CLASSES, tmp_path / "out", ExportOptions(pictures="copy"))
    found = read(python, name, tmp_path)
    assert found == {
        Path(one.file_name).stem: {
            "labels": sorted(one.labels),
            "split": one.split,
            "pixels": None if name in WITHOUT_PIXELS else [8, 6],
            "sha256": one.sha256,
        }
        for one in rows
    }


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ["datumaro", "cvat", "huggingface", "label_studio", "fiftyone"])
def test_an_export_without_splits_is_read_too(python: Path, tmp_path: Path, name: str) -> None:
    rows = [row(n, ANSWERS[n]) for n in (1, 3, 4)]
    write(name, rows, CLASSES, tmp_path / "out", ExportOptions(pictures="copy"))
    found = read(python, name, tmp_path)
    assert {stem: told["labels"] for stem, told in found.items()} == {
        Path(one.file_name).stem: sorted(one.labels) for one in rows
    }


@pytest.mark.timeout(900)
def test_what_label_studio_makes_of_an_export_comes_in(python: Path, tmp_path: Path) -> None:
    rows = [row(n, ANSWERS[n], split=SPLITS[n]) for n in SPLITS]
    write("label_studio", rows, CLASSES, tmp_path / "out", ExportOptions(pictures="copy"))
    read(python, "label_studio", tmp_path)
    labels = read_labels(tmp_path / "converted" / "result.json")
    assert labels.format == "label_studio"
    said = {one.sha256: (sorted(one.labels or ()), one.split, one.columns) for one in labels.rows}
    assert said == {one.sha256: (sorted(one.labels), one.split, one.columns) for one in rows}


def read(python: Path, name: str, folder: Path) -> dict[str, dict]:
    """What ``readers/read.py`` finds, by the stem of the picture's name."""
    environment = os.environ | OFFLINE | {"HF_HOME": str(folder / "cache")}
    done = subprocess.run(
        [python, READERS / "read.py", name, folder / "out"],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    rows = json.loads(done.stdout.splitlines()[-1])
    return {one.pop("name"): one for one in rows}
