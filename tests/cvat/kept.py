"""What the CVAT server for tests keeps in memory, and how it finds and lists it."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.cvat.wire import Answer, Refused, Request, Rows


class Kept:
    """Projects, tasks and the rest, in memory. ``now`` moves by a millisecond with each change."""

    def __init__(self, url: str, version: str = "2.73.0") -> None:
        self.url, self.version = url, version
        self.projects: Rows = {}
        self.labels: Rows = {}
        self.tasks: Rows = {}
        self.jobs: Rows = {}
        self.issues: Rows = {}
        self.comments: Rows = {}
        self.tags: dict[int, dict[int, dict[str, Any]]] = {}
        self.frames: dict[int, list[dict[str, Any]]] = {}
        self.uploads: dict[int, dict[str, bytes]] = {}
        self.pieces: dict[str, tuple[int, str, bytearray]] = {}
        self.deleted: dict[int, list[int]] = {}
        self.requests: dict[str, dict[str, Any]] = {}
        self.functions: Rows = {}
        self.asked: dict[str, dict[str, Any]] = {}
        self.polls = 1
        """How often a request is still at work when asked."""
        self.organizations = {"lab"}
        self._ids = itertools.count(1)
        self._now = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> str:
        self._now += timedelta(milliseconds=1)
        return self._now.isoformat().replace("+00:00", "Z")

    def _touch_task(self, task_id: int) -> None:
        task, now = self.tasks[task_id], self.now()
        task["updated_date"] = now
        for job in self.jobs.values():
            if job["task_id"] == task_id:
                job["updated_date"] = now
        self._touch_project(task["project_id"])

    def _touch_project(self, project_id: int | None) -> None:
        if project_id in self.projects:
            self.projects[project_id]["updated_date"] = self.now()

    def _matches(self, request: Request, row: dict[str, Any]) -> bool:
        query = request.query
        for name in ("project_id", "task_id", "name"):
            if name in query and str(row.get(name)) != query[name]:
                return False
        return not query.get("filter") or _holds(json.loads(query["filter"]), row)

    def _page(self, request: Request, rows: list[dict[str, Any]]) -> Answer:
        size, page = int(request.query.get("page_size", 10)), int(request.query.get("page", 1))
        part, more = rows[(page - 1) * size : page * size], len(rows) > page * size
        around = [f"{self.url}{request.path}?page={page + 1}" if more else None]
        around.append(f"{self.url}{request.path}" if page > 1 else None)
        answer = {"count": len(rows), "next": around[0], "previous": around[1], "results": part}
        return Answer(200, answer)


def _holds(rule: dict[str, Any], row: dict[str, Any]) -> bool:
    (operator, given), *_ = rule.items()
    if operator == "and":
        return all(_holds(one, row) for one in given)
    value, wanted = row[given[0]["var"]], given[1]
    if operator == ">=":
        return datetime.fromisoformat(value) >= datetime.fromisoformat(wanted)
    return bool(value == wanted)


def found(rows: Any, key: Any, kind: str) -> dict[str, Any]:
    if key not in rows:
        raise Refused(404, {"detail": f"No {kind} matches the given query."})
    return dict.__getitem__(rows, key)
