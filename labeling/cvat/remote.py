"""What is done at a CVAT server, one function a wish, over `labeling.cvat.client.CvatClient`.

Reading may be repeated at will. A write that ends in CvatAwayError may have arrived: look for its
effect (`tasks`, `tags`) before writing again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from labeling.cvat import answers
from labeling.cvat.answers import (
    FrameNames,
    Issue,
    RemoteJob,
    RemoteLabel,
    RemoteProject,
    RemoteTask,
    Tag,
)
from labeling.cvat.refusals import AGAIN
from labeling.errors import CvatAwayError, CvatError, CvatGoneError

if TYPE_CHECKING:
    from labeling.cvat.client import CvatClient

ATTRIBUTES = ("score", "model")
"""Text attributes of each label, written when a tag is created with its task, never after."""
PATCH_TAGS = 1_000
"""Tags in one request."""
ACTIVE = ("queued", "started")


def projects_named(client: CvatClient, name: str) -> list[RemoteProject]:
    """The projects that are called ``name``, which may be several."""
    doing = f"looking for the project {name}"
    found = client.get_all("/api/projects", doing=doing, name=name)
    with answers.understood(doing):
        return [answers.project(answer) for answer in found]


def find_project(client: CvatClient, name: str, mark: str) -> RemoteProject | None:
    """The project whose bug tracker is ``mark``; of several, the oldest."""
    ours = [p for p in projects_named(client, name) if p.mark == mark]
    return min(ours, key=lambda p: p.id, default=None)


def project(client: CvatClient, project_id: int) -> RemoteProject:
    """The project with this id.

    Raises:
        CvatGoneError: there is none (any more).
    """
    doing = f"reading the CVAT project {project_id}"
    answer = client.get(f"/api/projects/{project_id}", doing=doing)
    with answers.understood(doing):
        return answers.project(answer)


def create_project(client: CvatClient, name: str, mark: str, names: Sequence[str]) -> RemoteProject:
    """Create a project with one tag label a name."""
    doing = f"creating the CVAT project {name}"
    body = {"name": name, "bug_tracker": mark, "labels": [_new_label(n) for n in names]}
    answer = client.send("POST", "/api/projects", body, doing=doing)
    with answers.understood(doing):
        return answers.project(answer)


def labels(client: CvatClient, project_id: int) -> list[RemoteLabel]:
    """The labels of a project."""
    doing = f"reading the labels of CVAT project {project_id}"
    found = client.get_all("/api/labels", doing=doing, project_id=project_id)
    with answers.understood(doing):
        return [answers.label(answer) for answer in found]


def add_labels(client: CvatClient, project_id: int, names: Sequence[str]) -> None:
    """Add tag labels to a project."""
    doing = f"adding labels to CVAT project {project_id}"
    body = {"labels": [_new_label(name) for name in names]}
    client.send("PATCH", f"/api/projects/{project_id}", body, doing=doing)


def rename_label(client: CvatClient, label_id: int, name: str) -> None:
    """Give a label another name; its tags stay."""
    doing = f"renaming a label to {name}"
    client.send("PATCH", f"/api/labels/{label_id}", {"name": name}, doing=doing)


def tasks(client: CvatClient, project_id: int) -> list[RemoteTask]:
    """The tasks of a project."""
    doing = f"listing the tasks of CVAT project {project_id}"
    found = client.get_all("/api/tasks", doing=doing, project_id=project_id)
    with answers.understood(doing):
        return [answers.task(answer) for answer in found]


def task(client: CvatClient, task_id: int) -> RemoteTask:
    """The task with this id.

    Raises:
        CvatGoneError: there is none (any more).
    """
    doing = f"reading the task {task_id}"
    answer = client.get(f"/api/tasks/{task_id}", doing=doing)
    with answers.understood(doing):
        return answers.task(answer)


def create_task(client: CvatClient, project_id: int, name: str, mark: str) -> RemoteTask:
    """Create a task without pictures."""
    doing = f"creating the task {name}"
    body = {"name": name, "project_id": project_id, "bug_tracker": mark}
    answer = client.send("POST", "/api/tasks", body, doing=doing)
    with answers.understood(doing):
        return answers.task(answer)


def delete_task(client: CvatClient, task_id: int) -> None:
    """Delete a task; nothing happens where there is none."""
    try:
        client.send("DELETE", f"/api/tasks/{task_id}", doing=f"deleting the empty task {task_id}")
    except CvatGoneError:
        return


def upload(client: CvatClient, task_id: int, files: Sequence[Path]) -> None:
    """Send the pictures of a task, once, and wait until the server has taken them in.

    Raises:
        CvatError: the server can't use a picture, or they arrived in another order.
        CvatAwayError: it is still at work when the wait is over; `await_data` waits on.
    """
    doing = f"uploading {len(files)} pictures to task {task_id}"
    await_data(client, task_id, client.upload(task_id, files, doing=doing))


def active_request(client: CvatClient, task_id: int) -> str | None:
    """The id of the request by which a server takes in the pictures of a task, while it does."""
    doing = f"asking what becomes of task {task_id}"
    found = client.get("/api/requests", doing=doing, task_id=task_id).get("results") or []
    with answers.understood(doing):
        return next((str(r["id"]) for r in found if r["status"] in ACTIVE), None)


def await_data(client: CvatClient, task_id: int, request_id: str) -> None:
    """Wait until a server has taken in the pictures of a task.

    Raises:
        CvatError: it can't use them; says which.
        CvatAwayError: it is still at work when the wait is over.
    """
    doing = f"taking in the pictures of task {task_id}"
    patience, end = client.patience, time.monotonic() + client.patience.processing
    while True:
        answer = client.get(f"/api/requests/{quote(request_id, safe='')}", doing=doing)
        status = answer.get("status")
        if status == "finished":
            return
        if status not in ACTIVE:
            raise CvatError(
                f"CVAT failed {doing}: {str(answer.get('message'))[-300:].strip()}",
                "Look at the picture that it names; then push again.",
            )
        if time.monotonic() > end:
            raise CvatAwayError(f"CVAT is still {doing} after {patience.processing:.0f} s", AGAIN)
        patience.sleep(patience.poll)


def frame_names(client: CvatClient, task_id: int) -> FrameNames:
    """The file name of each frame, and which frames are deleted."""
    doing = f"reading the frames of task {task_id}"
    answer = client.get(f"/api/tasks/{task_id}/data/meta", doing=doing)
    with answers.understood(doing):
        return answers.frames(answer)


def jobs(client: CvatClient, project_id: int, since: datetime | None = None) -> list[RemoteJob]:
    """The jobs of a project, or those that have changed since then (deleted frames and issues do
    not change a job)."""
    doing = f"listing the jobs of CVAT project {project_id}"
    query: dict[str, Any] = {"project_id": project_id}
    if since:
        newer = {">=": [{"var": "updated_date"}, since.isoformat()]}
        query = {"filter": json.dumps({"and": [_is("project_id", project_id), newer]})}
    found = client.get_all("/api/jobs", doing=doing, **query)
    with answers.understood(doing):
        return [answers.job(answer) for answer in found]


def jobs_of_task(client: CvatClient, task_id: int) -> list[RemoteJob]:
    """The jobs of a task; one of ours has one, unless somebody made more."""
    doing = f"reading the job of task {task_id}"
    found = client.get_all("/api/jobs", doing=doing, task_id=task_id)
    with answers.understood(doing):
        return [answers.job(answer) for answer in found]


def assign(client: CvatClient, job_id: int, user: str) -> None:
    """Assign a job to the user called ``user`` there.

    Raises:
        CvatError: the server knows no such user.
    """
    doing = f"assigning a job to {user}"
    found = client.get_all("/api/users", doing=doing, username=user)
    with answers.understood(doing):
        ids = [int(answer["id"]) for answer in found if answer["username"] == user]
    if not ids:
        raise CvatError(f"there is no user {user!r} at {client.server}", "Check --assignee.")
    client.send("PATCH", f"/api/jobs/{job_id}", {"assignee": ids[0]}, doing=doing)


def tags(client: CvatClient, task_id: int) -> tuple[list[Tag], bool]:
    """The tags of a task, and whether it has other annotations as well."""
    doing = f"reading the tags of task {task_id}"
    answer = client.get(f"/api/tasks/{task_id}/annotations/", doing=doing)
    with answers.understood(doing):
        return answers.tags(answer), answers.has_shapes(answer)


def fill(client: CvatClient, task_id: int, wanted: Sequence[Tag]) -> None:
    """Write the tags of a task that has no annotation at all: this would wipe out any.

    Sent twice, or arriving late, it leaves the same tags.
    """
    body = {"tags": [answers.as_json(tag) for tag in wanted]}
    doing = f"writing {len(wanted)} tags of task {task_id}"
    client.send("PUT", f"/api/tasks/{task_id}/annotations/", body, doing=doing)


def change(
    client: CvatClient,
    task_id: int,
    *,
    update: Sequence[Tag] = (),
    create: Sequence[Tag] = (),
    delete: Sequence[Tag] = (),
) -> None:
    """Change single tags; in this order, so that a frame never lacks what it had and keeps."""
    for action, given in (("update", update), ("create", create), ("delete", delete)):
        for part in _parts(given):
            body = {"tags": [answers.as_json(tag) for tag in part]}
            doing = f"changing {len(given)} tags of task {task_id}"
            path = f"/api/tasks/{task_id}/annotations/"
            client.send("PATCH", path, body, doing=doing, action=action)


def issues(client: CvatClient, task_id: int) -> list[Issue]:
    """The issues of a task with their comments, oldest first."""
    doing = f"reading the issues of task {task_id}"
    found = client.get_all("/api/issues", doing=doing, task_id=task_id)
    with answers.understood(doing):
        return [answers.issue(i, _comments(client, int(i["id"]))) for i in found]


def _comments(client: CvatClient, issue_id: int) -> list[answers.IssueComment]:
    doing = f"reading the comments of issue {issue_id}"
    found = client.get_all("/api/comments", doing=doing, issue_id=issue_id)
    with answers.understood(doing):
        return sorted(map(answers.comment, found), key=lambda comment: comment.id)


def _new_label(name: str) -> dict[str, Any]:
    attributes = [
        {"name": n, "mutable": True, "input_type": "text", "values": [], "default_value": ""}
        for n in ATTRIBUTES
    ]
    return {"name": name, "type": "tag", "attributes": attributes}


def _is(name: str, value: Any) -> dict[str, Any]:
    return {"==": [{"var": name}, value]}


def _parts(given: Sequence[Tag]) -> Iterable[Sequence[Tag]]:
    return (given[at : at + PATCH_TAGS] for at in range(0, len(given), PATCH_TAGS))
