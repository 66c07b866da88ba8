"""Pictures that were erased here are named in the reports of pushes until they are gone there."""

from pathlib import Path

import pytest

from labeling.workflows import accounts, cvat_push, erasure
from labeling.workflows.work import Runner
from labeling.workspace import Workspace
from tests.cvat.helpers import counts, expected, labels_there, project, push
from tests.cvat.server import Server
from tests.workflow.helpers import job, run

pytestmark = pytest.mark.usefixtures("login")


def test_an_erased_picture_is_named_by_task_and_frame(
    ws: Workspace, server: Server, tmp_path: Path
) -> None:
    labels = project(ws, tmp_path / "a", 3)
    push(ws, server)
    lead = accounts.user(ws, "lea", role="lead").id
    gone = list(labels)[1]
    told = erasure.preview(ws, lead, "zoo", [gone])[0]["stays"]
    assert len(told) == 1
    assert "frame 1 of zoo" in told[0]
    assert f"{server.url}/tasks/" in told[0]
    run(ws, erasure.enqueue(ws, lead, "zoo", [gone]))
    again = push(ws, server)
    assert counts(again) == (0, 0, 3, 0, 0)
    [line] = again["problems"]
    assert line.startswith("erased here: delete frame 1 of zoo")
    assert len(labels_there(server)) == 3
    [task] = server.cvat.tasks
    server.cvat.deleted[task] = [1]
    assert push(ws, server)["problems"] == []


def test_a_push_that_has_begun_ends_before_the_erasure(
    ws: Workspace, server: Server, tmp_path: Path
) -> None:
    labels = project(ws, tmp_path / "a", 3)
    pushing = cvat_push.enqueue(ws, "zoo", server.url)
    runner = Runner(ws)
    assert runner.step()
    lead = accounts.user(ws, "lea", role="lead").id
    erasing = erasure.enqueue(ws, lead, "zoo", [list(labels)[1]])
    while job(ws, pushing)["state"] != "done":
        assert job(ws, erasing)["state"] == "queued"
        assert runner.step()
    while runner.step():
        pass
    assert job(ws, erasing)["state"] == "done"
    assert "CVAT has a copy" in job(ws, erasing)["result"]["stays"][0]
    assert labels_there(server) == expected(labels)
