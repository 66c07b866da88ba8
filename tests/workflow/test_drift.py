"""Imports that look different from those before them, from the real encoder's vectors."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from db.tables import JobState
from labeling.workflows import drift, jobs, status
from labeling.workspace import Workspace
from tests.workflow.helpers import create, import_, pictures, prelabel_, run

pytestmark = pytest.mark.slow

COUNT = 40


def stripes(folder: Path, count: int) -> list[Path]:
    """Grey stripes of different widths and directions: nothing like coloured noise."""
    folder.mkdir(parents=True)
    found = []
    for n in range(count):
        wave = 127 + 120 * np.sin(np.arange(40) / (1 + n / 8))
        grey = np.tile(wave.astype(np.uint8), (30, 1))
        path = folder / f"{n:04d}.png"
        Image.fromarray(np.rot90(grey, n % 2)).save(path)
        found.append(path)
    return found


@pytest.fixture
def zoo(local_ws: Workspace, local_model, tmp_path: Path) -> str:
    name = create(local_ws, "zoo", "red,green,blue", review={"audit_share": 0.1})
    import_(local_ws, name, *pictures(tmp_path / "one", COUNT))
    prelabel_(local_ws, name)
    return name


def compare(ws: Workspace, name: str) -> dict:
    """Pre-label, and do the comparison that this puts in line."""
    prelabel_(ws, name)
    [job] = [j for j in jobs.recent(ws, name, kind=drift.KIND) if j["state"] == JobState.QUEUED]
    run(ws, job["id"])
    found = drift.of_project(ws, name)
    assert found is not None
    return found


def test_only_the_import_that_looks_different_is_named(
    local_ws: Workspace, zoo: str, tmp_path: Path
) -> None:
    assert jobs.recent(local_ws, zoo, kind=drift.KIND) == []
    assert drift.of_project(local_ws, zoo) is None
    import_(local_ws, zoo, *pictures(tmp_path / "two", COUNT, first=COUNT))
    [alike] = compare(local_ws, zoo)["imports"]
    assert not alike["different"]
    assert alike["embedding"]["corrected"] > 0.05
    import_(local_ws, zoo, *stripes(tmp_path / "three", COUNT))
    import_(local_ws, zoo, *pictures(tmp_path / "few", 3, first=900))
    found = compare(local_ws, zoo)
    other, same = found["imports"]
    assert other["different"]
    assert other["embedding"]["effect"] > 0.2
    assert not other["covered"]
    assert other["audits"] == {"answered": 0, "drawn": 4}
    assert (same["different"], same["batch"]) == (False, alike["batch"])
    assert found["tests"] == 4
    assert found["few"] == {"imports": 1, "pictures": 3}
    assert "corrected for all 4 comparisons" in found["method"]
    assert status.status(local_ws, zoo)["drift"] == found


def test_a_small_import_is_compared_too(local_ws: Workspace, zoo: str, tmp_path: Path) -> None:
    import_(local_ws, zoo, *stripes(tmp_path / "two", 6))
    [other] = compare(local_ws, zoo)["imports"]
    assert other["different"]
    assert other["items"] == 6


def test_the_same_imports_are_found_the_same_again(
    local_ws: Workspace, zoo: str, tmp_path: Path
) -> None:
    import_(local_ws, zoo, *stripes(tmp_path / "two", COUNT))
    assert compare(local_ws, zoo)["imports"] == compare(local_ws, zoo)["imports"]
