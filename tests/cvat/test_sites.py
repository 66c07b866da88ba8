"""The whole round trip through a server's API alone: on the test server, and on a real one where
PRELABEL_TEST_CVAT_URL names it."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from labeling.cvat import remote
from labeling.cvat.answers import Tag
from labeling.errors import CvatGoneError, PrelabelError
from labeling.workflows import comments, cvat_push
from labeling.workspace import Workspace
from tests.cvat.helpers import add, counts, decide, expected, project, push
from tests.cvat.pulls import items, pull, settle, shown
from tests.cvat.sites import Site
from tests.workflow.helpers import RUN_JOB, pictures

KILLED_AFTER = (0.3, 0.9, 1.5)
"""Seconds after the start of a push at which it is killed."""


def of_picture(labels: dict[str, str]) -> dict[str, list[str]]:
    """What `Site.tags` should be for pictures with one label each."""
    return {name[:16]: given for name, given in expected(labels).items()}


def test_a_task_from_creation_to_tags(site: Site, tmp_path: Path) -> None:
    mark = f"prelabel://project/{site.name}"
    project = remote.create_project(site.client, site.name, mark, ["cat", "dog", "none_of_these"])
    assert remote.find_project(site.client, site.name, mark) == project
    labels = {label.name: label for label in remote.labels(site.client, project.id)}
    assert set(labels) == {"cat", "dog", "none_of_these"}
    task = remote.create_task(site.client, project.id, f"{site.name} 001", "prelabel://batch/1")
    assert (task.size, task.mark) == (0, "prelabel://batch/1")
    files = pictures(tmp_path, 4)[::-1]
    remote.upload(site.client, task.id, files)
    assert remote.frame_names(site.client, task.id).names == [path.name for path in files]
    assert remote.tasks(site.client, project.id)[0].size == 4
    cat = labels["cat"]
    attributes = [(cat.attributes["score"], "0.87"), (cat.attributes["model"], "m")]
    remote.fill(site.client, task.id, [Tag(n, cat.id, attributes=attributes) for n in range(3)])
    tags, other = remote.tags(site.client, task.id)
    assert not other
    assert [(t.frame, t.label_id, t.source) for t in tags] == [
        (n, cat.id, "auto") for n in range(3)
    ]
    assert set(tags[0].attributes) == set(attributes)
    moved = Tag(0, labels["dog"].id, tags[0].id)
    remote.change(site.client, task.id, update=[moved], create=[Tag(3, cat.id)], delete=[tags[2]])
    now = {t.frame: t.label_id for t in remote.tags(site.client, task.id)[0]}
    assert now == {0: labels["dog"].id, 1: cat.id, 3: cat.id}
    job = remote.jobs_of_task(site.client, task.id)[0]
    assert (job.state, job.stage, job.assignee) == ("new", "annotation", None)
    assert job in remote.jobs(site.client, project.id, job.updated)
    assert remote.issues(site.client, task.id) == []
    remote.delete_task(site.client, task.id)
    with pytest.raises(CvatGoneError):
        remote.task(site.client, task.id)
    remote.delete_task(site.client, task.id)


def test_labels_go_there_and_come_back(local_ws: Workspace, site: Site, tmp_path: Path) -> None:
    ws, name = local_ws, site.name
    labels = project(ws, tmp_path / "a", 7, name=name)
    assert counts(push(ws, site, name, job_size=3)) == (7, 0, 0, 0, 0)
    assert site.tags() == of_picture(labels)
    assert sorted(task.size for task in site.tasks()) == [1, 3, 3]
    assert counts(push(ws, site, name)) == (0, 0, 7, 0, 0)
    labels |= add(ws, tmp_path / "b", 2, first=50, name=name)
    first = next(iter(labels))
    decide(ws, {first: "bird"}, name)
    labels[first] = "bird"
    assert counts(push(ws, site, name)) == (2, 1, 6, 0, 0)
    assert site.tags() == of_picture(labels)
    _, theirs, both, removed, *_ = found = items(ws, list(labels), name)
    site.retag(ws, theirs, "none_of_these")
    site.retag(ws, both, "cat")
    site.retag(ws, removed)
    decide(ws, {list(labels)[2]: "dog"}, name)
    assert push(ws, site, name)["waiting"] == 2
    assert counts(pull(ws, site, name))[:4] == (0, 1, 6, 2)
    assert shown(ws, theirs, name)["labels"] == []
    assert [shown(ws, item, name)["labels"] for item in (both, removed)] == [["dog"], ["cat"]]
    settle(ws, both, "cat", name=name)
    settle(ws, removed, "bird", name=name)
    push(ws, site, name)
    wanted = of_picture(labels)
    for item, label in ((theirs, "none_of_these"), (both, "cat"), (removed, "bird")):
        wanted[shown(ws, item, name)["sha"][:16]] = [label]
    assert site.tags() == wanted
    assert counts(pull(ws, site, name)) == (0, 0, len(found), 0, 0)


def test_jobs_issues_frames_and_tasks(local_ws: Workspace, site: Site, tmp_path: Path) -> None:
    ws, name = local_ws, site.name
    paths = list(project(ws, tmp_path / "a", 4, name=name))
    push(ws, site, name, job_size=2, assignee=site.client.user)
    first, second, third, _ = items(ws, paths, name)
    task, frame = site.place(ws, first)
    assert remote.jobs_of_task(site.client, task)[0].assignee == site.client.user
    body = {"job": site.job(task), "frame": frame, "position": [1.0, 1.0], "message": "a cat?"}
    site.ask("POST", "/api/issues", body)
    site.delete_frames(task, site.place(ws, second)[1])
    site.ask("PATCH", f"/api/jobs/{site.job(task)}", {"state": "completed"})
    result = pull(ws, site, name)
    assert counts(result)[:4] == (0, 0, 3, 1)
    assert "was deleted in" in result["problems"][0]
    (comment,) = comments.thread(ws, name, first)
    assert "a cat?" in comment["text"]
    assert shown(ws, second, name)["looks"][-1]["kind"] == "conflict"
    other, _ = site.place(ws, third)
    remote.delete_task(site.client, other)
    (told, *_) = (line for line in pull(ws, site, name)["problems"] if "was deleted there" in line)
    assert "002" in told
    assert shown(ws, third, name)["labels"] == ["bird"]


@pytest.mark.slow
def test_a_push_that_is_killed_is_finished_by_the_next(
    local_ws: Workspace, site: Site, tmp_path: Path
) -> None:
    ws, name = local_ws, site.name
    labels = project(ws, tmp_path / "a", 12, name=name)
    for seconds in KILLED_AFTER:
        job = cvat_push.enqueue(ws, name, site.url, job_size=3)
        command = [sys.executable, "-c", RUN_JOB, str(ws.settings.root), ws.db.url, job]
        process = subprocess.Popen(command)
        time.sleep(seconds)
        process.kill()
        process.wait()
    push(ws, site, name, job_size=3)
    assert site.tags() == of_picture(labels)
    assert len(site.projects()) == 1
    assert sorted(task.size for task in site.tasks()) == [3, 3, 3, 3]
    assert counts(push(ws, site, name)) == (0, 0, 12, 0, 0)


def test_a_login_that_is_not_known_there(
    local_ws: Workspace, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(local_ws, tmp_path / "a", 1, name=site.name)
    monkeypatch.setenv("PRELABEL_CVAT_TOKEN", "nobody's")
    with pytest.raises(PrelabelError, match="does not accept the login"):
        push(local_ws, site, site.name)
    assert site.projects() == []
