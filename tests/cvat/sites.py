"""A CVAT server as anybody sees it, through its API alone: the one for tests, or a real one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from db import cvat_ledger, projects
from db.tables import CvatFrame
from labeling.cvat import remote
from labeling.cvat.answers import RemoteProject, RemoteTask, Tag
from labeling.cvat.client import CvatClient
from labeling.workspace import Workspace


@dataclass
class Site:
    """A server and a project there, which is deleted at the end.

    Attributes:
        client: a connection, logged in as whoever the tests may be.
        name: of the project, here and there; nobody else's is called so.
    """

    client: CvatClient
    name: str

    @property
    def url(self) -> str:
        return self.client.server

    def projects(self) -> list[RemoteProject]:
        """The CVAT projects that bear the name."""
        return remote.projects_named(self.client, self.name)

    def tasks(self) -> list[RemoteTask]:
        (project,) = self.projects()
        return remote.tasks(self.client, project.id)

    def tags(self) -> dict[str, list[str]]:
        """The labels of each frame, by the SHA-256 that its file name begins with."""
        (project,) = self.projects()
        named = {label.id: label.name for label in remote.labels(self.client, project.id)}
        found: dict[str, list[str]] = {}
        for task in self.tasks():
            names = remote.frame_names(self.client, task.id).names
            assert not found.keys() & {name[7:23] for name in names}, "a picture is there twice"
            found |= {name[7:23]: [] for name in names}
            for tag in remote.tags(self.client, task.id)[0]:
                found[names[tag.frame][7:23]].append(named[tag.label_id])
        return {sha: sorted(labels) for sha, labels in found.items()}

    def place(self, ws: Workspace, item: str) -> tuple[int, int]:
        """The task and the frame of an item."""
        with ws.db.read() as session:
            link = cvat_ledger.links(session, projects.find(session, self.name).id)[-1]
            for batch in cvat_ledger.batches(session, link.id):
                frame = session.get(CvatFrame, (batch.id, item))
                if frame is not None:
                    return batch.remote_task_id or 0, frame.frame
        raise AssertionError("the item was not pushed")

    def retag(self, ws: Workspace, item: str, *labels: str, source: str = "manual") -> None:
        """What a person (or a model) does to the tags of an item there."""
        task_id, frame = self.place(ws, item)
        (project,) = self.projects()
        ids = {label.name: label.id for label in remote.labels(self.client, project.id)}
        old = [t for t in remote.tags(self.client, task_id)[0] if t.frame == frame]
        new = [Tag(frame, ids[name], source=source) for name in labels]
        remote.change(self.client, task_id, create=new, delete=old)

    def delete_frames(self, task_id: int, *frames: int) -> None:
        body = {"deleted_frames": [*frames]}
        self.ask("PATCH", f"/api/tasks/{task_id}/data/meta", body)

    def job(self, task_id: int) -> int:
        return remote.jobs_of_task(self.client, task_id)[0].id

    def ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        return self.client.send(method, path, body, doing="trying")

    def clean(self) -> None:
        """Delete the projects, with their tasks."""
        for project in self.projects():
            self.ask("DELETE", f"/api/projects/{project.id}")
