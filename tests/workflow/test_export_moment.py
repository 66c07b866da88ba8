"""An export tells of one moment, however much people decide while it is written."""

import csv
import json
import zipfile
from pathlib import Path

import pytest

from db import decisions, images
from db.ids import new_id
from labeling.errors import NotFoundError
from labeling.workflows import accounts, exports, jobs, review
from labeling.workflows.projects import find
from labeling.workflows.work import Runner
from labeling.workspace import Workspace
from tests.rows import seed
from tests.workflow.helpers import create, import_, pictures, run


def decide(ws: Workspace, project: str, item: str, label: str) -> None:
    given = {"id": new_id(), "item": item, "kind": "correct", "labels": [label]}
    assert review.decide(ws, accounts.local_user(ws), project, [given])["acknowledged"]


def labels_in(out: Path) -> list[str]:
    with next(out.glob("*.csv")).open(encoding="utf-8") as file:
        return [row["label"] for row in csv.DictReader(file)]


def test_a_decision_made_while_an_export_is_written_does_not_leave_as_none_of_these(
    ws: Workspace, tmp_path: Path
) -> None:
    pictures(tmp_path / "in", 3)
    name = create(ws)
    import_(ws, name, tmp_path / "in")
    with ws.db.read() as session:
        items = sorted(images.all_by_sha(session, find(session, name).id).values())
    decide(ws, name, items[0], "cat")
    job_id = exports.enqueue(ws, name, "csv", tmp_path / "out")
    runner = Runner(ws)
    assert runner.step()
    decide(ws, name, items[1], "dog")
    while runner.step():
        pass
    assert jobs.show(ws, job_id)["state"] == "done"
    assert labels_in(tmp_path / "out") == ["cat"]


def test_a_reader_sees_one_moment(ws: Workspace) -> None:
    seeded = seed(ws.db, 1)
    with ws.db.read() as session:
        assert decisions.count(session, seeded.id) == 0
        decide(ws, seeded.name, seeded.items[0], "cat")
        assert decisions.count(session, seeded.id) == 0


def exported(ws: Workspace, name: str, out: Path, states: str) -> str:
    job = exports.enqueue(ws, name, "csv", out, states=[states])
    run(ws, job)
    return job


def test_a_zip_holds_the_export_it_is_named_for_or_is_refused(
    local_ws: Workspace, tmp_path: Path
) -> None:
    pictures(tmp_path / "in", 3)
    name = create(local_ws)
    import_(local_ws, name, tmp_path / "in")
    first = exported(local_ws, name, tmp_path / "out", "verified")
    packed = exports.zip_of(local_ws, first)
    assert packed.parent == local_ws.settings.exports_dir, "nothing is put beside a person's folder"
    second = exported(local_ws, name, tmp_path / "out", "unlabeled")
    with zipfile.ZipFile(exports.zip_of(local_ws, second)) as archive:
        assert json.loads(archive.read("manifest.json"))["items"] == 3
    with pytest.raises(NotFoundError):
        exports.zip_of(local_ws, first)
