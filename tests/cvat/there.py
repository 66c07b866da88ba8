"""What people do in the CVAT server for tests."""

from __future__ import annotations

from collections.abc import Collection

from db import cvat_ledger, projects
from db.tables import CvatFrame
from labeling.workspace import Workspace
from tests.cvat import shapes
from tests.cvat.server import Server
from tests.cvat.wire import Request


class There:
    """Somebody at work in CVAT, on the tasks that were pushed for the project zoo."""

    def __init__(self, server: Server) -> None:
        self._server, self._cvat = server, server.cvat

    def place(self, item: str, ws: Workspace) -> tuple[int, int]:
        """The task and frame of an item."""
        with ws.db.read() as session:
            project = projects.find(session, "zoo")
            assert project
            for link in cvat_ledger.links(session, project.id):
                for batch in cvat_ledger.batches(session, link.id):
                    frame = session.get(CvatFrame, (batch.id, item))
                    if frame is not None:
                        return batch.remote_task_id or 0, frame.frame
        raise AssertionError("the item was not pushed")

    def task(self, item: str, ws: Workspace) -> int:
        return self.place(item, ws)[0]

    def labels(self, item: str, ws: Workspace) -> list[str]:
        """The labels of an item there."""
        return self.names(*self.place(item, ws))

    def names(self, task: int, frame: int) -> list[str]:
        """The labels of a frame."""
        tags = [tag for tag in self._cvat.tags[task].values() if tag["frame"] == frame]
        return sorted(self._cvat.labels[tag["label_id"]]["name"] for tag in tags)

    def change(self, item: str, ws: Workspace, *labels: str, source: str = "manual") -> None:
        """Give an item these labels in place of those that it has."""
        self.put(self.place(item, ws), labels, source)

    def put(self, place: tuple[int, int], labels: tuple[str, ...], source: str = "manual") -> None:
        """Give a frame these labels in place of those that it has."""
        task, frame = place
        tags = self._cvat.tags[task]
        for number in [n for n, tag in tags.items() if tag["frame"] == frame]:
            del tags[number]
        for name in labels:
            given = {"frame": frame, "label_id": self._label(name), "source": source}
            self._cvat._store(task, [given | {"attributes": []}])
        self.touch()

    def remove(self, item: str, ws: Workspace, label: str) -> None:
        """Take one tag of an item away; the others stay as they are."""
        task, frame = self.place(item, ws)
        tags, wanted = self._cvat.tags[task], self._label(label)
        for number in [
            n for n, t in tags.items() if (t["frame"], t["label_id"]) == (frame, wanted)
        ]:
            del tags[number]
        self.touch()

    def add(self, item: str, ws: Workspace, label: str, source: str = "manual") -> None:
        """Give an item one more tag."""
        task, frame = self.place(item, ws)
        given = {"frame": frame, "label_id": self._label(label), "source": source}
        self._cvat._store(task, [given | {"attributes": []}])

    def run_model(self, task: int, *labels: Collection[str]) -> None:
        """Let a model annotate a task anew: what it says of each frame replaces all tags there."""
        tags = [
            {"frame": frame, "label_id": self._label(name), "source": "auto", "attributes": []}
            for frame, names in enumerate(labels)
            for name in names
        ]
        self._ask("PUT", f"/api/tasks/{task}/annotations/", {"tags": tags})

    def touch(self) -> None:
        """Write to every task without changing anything."""
        for task in self._cvat.tasks:
            self._cvat._touch_task(task)

    def assign(self, name: str) -> None:
        for job in self._cvat.jobs.values():
            job["assignee"] = shapes.user(self._server.url, 2, name)

    def complete(self) -> None:
        for job in self._cvat.jobs:
            self._ask("PATCH", f"/api/jobs/{job}", {"state": "completed"})

    def job(self) -> int:
        return min(self._cvat.jobs)

    def delete_frames(self, *frames: int) -> None:
        """Let just these frames of every task that has pictures be deleted."""
        for task in self._cvat.frames:
            self._ask("PATCH", f"/api/tasks/{task}/data/meta", {"deleted_frames": [*frames]})

    def move_task(self) -> None:
        """Move every task to another project."""
        for row in [*self._cvat.tasks.values(), *self._cvat.jobs.values()]:
            row["project_id"] = 987_654

    def add_label(self, name: str) -> None:
        for project in self._cvat.projects:
            new = {"name": name, "type": "tag", "attributes": []}
            self._cvat._add_labels(project, [new])

    def rename_label(self, name: str, new: str) -> None:
        self._ask("PATCH", f"/api/labels/{self._label(name)}", {"name": new})

    def delete_label(self, name: str) -> None:
        self._ask("DELETE", f"/api/labels/{self._label(name)}", None)

    def open_issue(self, item: str, ws: Workspace, message: str) -> None:
        task, frame = self.place(item, ws)
        job = next(n for n, row in self._cvat.jobs.items() if row["task_id"] == task)
        body = {"job": job, "frame": frame, "message": message, "position": [0, 0, 1, 1]}
        self._ask("POST", "/api/issues", body)

    def _label(self, name: str) -> int:
        return next(n for n, row in self._cvat.labels.items() if row["name"] == name)

    def _ask(self, method: str, path: str, body: object) -> None:
        headers = {"authorization": "Bearer good-token"}
        answer = self._server.answered(Request(method, path, {}, headers, body))
        assert answer.status < 300, answer
