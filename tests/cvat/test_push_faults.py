"""A push that meets faults at its writes: got over, or told, and nothing is there twice."""

from pathlib import Path

import pytest

from labeling.errors import PrelabelError
from labeling.workflows import cvat_push, cvat_sync, jobs
from labeling.workspace import Workspace
from tests.cvat.helpers import counts, decide, expected, labels_there, project, push
from tests.cvat.server import Server
from tests.workflow.helpers import run

pytestmark = [pytest.mark.usefixtures("login"), pytest.mark.slow]


def problems(ws: Workspace, server: Server) -> list[str]:
    """What a push that meets faults tells, whether it ends or not."""
    try:
        return push(ws, server, job_size=2, assignee="human1")["problems"]
    except PrelabelError as error:
        return [f"{error.what} {error.fix}"]


WRITES = [
    ("POST", "/api/projects"),
    ("POST", "/api/tasks$"),
    ("POST", "/data/"),
    ("PUT", "annotations"),
    ("PATCH", "/api/jobs"),
]


@pytest.mark.parametrize(("method", "path"), WRITES)
@pytest.mark.parametrize("fault", ["reset", "reset_after", "500", "502", "429"])
def test_one_fault_is_got_over_by_itself(
    local_ws: Workspace, server: Server, tmp_path: Path, monkeypatch, method, path, fault
) -> None:
    monkeypatch.setattr(cvat_sync, "PAUSES", (0.01, 0.03))
    labels = project(local_ws, tmp_path / "a", 4)
    server.fault(fault, method, path)
    result = push(local_ws, server, job_size=2, assignee="human1")
    assert counts(result) == (4, 0, 0, 0, 0)
    assert labels_there(server) == expected(labels)
    assert len(server.cvat.projects) == 1
    assert len(server.cvat.tasks) == 2
    assert all(job["assignee"] for job in server.cvat.jobs.values())


@pytest.mark.parametrize(("method", "path"), [*WRITES, ("PATCH", "annotations"), ("GET", "meta")])
@pytest.mark.parametrize("fault", ["401", "403", "404", "409", "500"])
def test_after_faults_that_last_the_next_push_goes_on(
    local_ws: Workspace, server: Server, tmp_path: Path, monkeypatch, method, path, fault
) -> None:
    monkeypatch.setattr(cvat_sync, "PAUSES", ())
    labels = project(local_ws, tmp_path / "a", 4)
    if (method, path) == ("PATCH", "annotations"):
        push(local_ws, server, job_size=2)
        changed = {next(iter(labels)): "bird"}
        decide(local_ws, changed)
        labels |= changed
    server.fault(fault, method, path, times=99)
    told = problems(local_ws, server)
    assert "CVAT" in told[0]
    server.faults.clear()
    push(local_ws, server, job_size=2, assignee="human1")
    assert labels_there(server) == expected(labels)
    assert len(server.cvat.projects) == 1
    assert len(server.cvat.tasks) == 2


@pytest.mark.parametrize("number", [3, 9, 14, 25])
def test_a_push_that_is_cancelled_is_finished_by_the_next(
    local_ws: Workspace, server: Server, tmp_path: Path, number: int
) -> None:
    labels = project(local_ws, tmp_path / "a", 6)
    job = cvat_push.enqueue(local_ws, "zoo", server.url, job_size=2)

    def cancel(count: int) -> None:
        if count == number:
            jobs.cancel(local_ws, job)

    server.before = cancel
    with pytest.raises(PrelabelError, match="the job was cancelled"):
        run(local_ws, job)
    server.before = lambda count: None
    assert len(server.cvat.tags) < 3
    push(local_ws, server, job_size=2)
    assert labels_there(server) == expected(labels)
    assert len(server.cvat.tasks) == 3
    assert counts(push(local_ws, server)) == (0, 0, 6, 0, 0)


def test_a_request_that_arrives_late_leaves_no_empty_task(ws, server, tmp_path) -> None:
    labels = project(ws, tmp_path / "a", 2)
    push(ws, server)
    (task,) = server.cvat.tasks.values()
    server.cvat.tasks[900] = task | {"id": 900, "size": 0, "bug_tracker": "prelabel://batch/x"}
    server.cvat.tasks[901] = task | {"id": 901, "size": 0, "bug_tracker": "somebody's"}
    push(ws, server)
    assert 900 not in server.cvat.tasks
    assert 901 in server.cvat.tasks
    assert labels_there(server) == expected(labels)
