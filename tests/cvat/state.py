"""What the CVAT server for tests knows, and how it answers: as the recordings of a real one do."""

from __future__ import annotations

import io
import itertools
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from PIL import Image, UnidentifiedImageError

from tests.cvat import shapes

TOKEN, READ_ONLY = "good-token", "read-only-token"
USERS = {1: "admin1", 2: "human1", 3: "human2"}
PASSWORD = "good-password"
IMAGE = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff")


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    raw: bytes = b""
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)


@dataclass
class Answer:
    status: int
    body: Any = None
    headers: dict[str, Any] = field(default_factory=dict)


class Refused(Exception):  # noqa: N818
    def __init__(self, status: int, body: Any) -> None:
        super().__init__(body)
        self.answer = Answer(status, body)


Rows = dict[int, dict[str, Any]]
Handle = Callable[..., Answer]


class Cvat:
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
        self.polls = 1
        """How often a request is still at work when asked."""
        self.organizations = {"lab"}
        self._ids = itertools.count(1)
        self._now = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> str:
        self._now += timedelta(milliseconds=1)
        return self._now.isoformat().replace("+00:00", "Z")

    def answer(self, request: Request) -> Answer:
        try:
            return self._answer(request)
        except Refused as refused:
            return refused.answer

    def _answer(self, request: Request) -> Answer:
        if request.path == "/api/server/about":
            return Answer(200, shapes.about(self.version, self.url))
        if request.path == "/api/auth/login":
            return self._login(request.body)
        self._check_rights(request)
        for method, pattern, handle in ROUTES:
            found = re.fullmatch(pattern, request.path)
            if found and method == request.method:
                given = [int(n) if n.isdigit() else n for n in found.groups()]
                return handle(self, request, *given)
        return Answer(404, "<!doctype html><title>Not Found</title>")

    # Rights -------------------------------------------------------------------------------------

    def _login(self, body: dict[str, str]) -> Answer:
        if body.get("password") != PASSWORD or body.get("username") not in USERS.values():
            said = {"non_field_errors": ["Unable to log in with provided credentials."]}
            return Answer(400, said)
        cookies = [f"sessionid={body['username']}; Path=/", f"csrftoken={'c' * 32}; Path=/"]
        return Answer(200, {"key": "key"}, {"Set-Cookie": cookies})

    def _check_rights(self, request: Request) -> None:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if bearer not in ("", TOKEN, READ_ONLY):
            raise Refused(401, {"detail": "Invalid token."})
        if not bearer and "sessionid=" not in request.headers.get("cookie", ""):
            raise Refused(401, {"detail": "Authentication credentials were not provided."})
        writes = request.method not in ("GET", "HEAD")
        if bearer == READ_ONLY and writes:
            no = "You do not have permission to perform this action."
            raise Refused(403, {"detail": no})
        if not bearer and writes and "x-csrftoken" not in request.headers:
            raise Refused(403, {"detail": "CSRF Failed: CSRF token missing."})
        org = request.headers.get("x-organization", "")
        if org and org not in self.organizations:
            raise Refused(404, {"detail": "Organization not found"})

    # Projects, labels, users --------------------------------------------------------------------

    def self_(self, _request: Request) -> Answer:
        return Answer(200, shapes.whoami(self.url))

    def users(self, request: Request) -> Answer:
        wanted = request.query.get("username")
        found = [shapes.user(self.url, i, n) for i, n in USERS.items() if wanted in (None, n)]
        return self._page(request, found)

    def list_projects(self, request: Request) -> Answer:
        name = request.query.get("name")
        found = [p for p in self.projects.values() if name is None or p["name"] == name]
        return self._page(request, found[::-1])

    def create_project(self, request: Request) -> Answer:
        body = request.body
        names = [label["name"].strip() for label in body.get("labels", ())]
        if len(set(names)) < len(names) or any(len(name) > 64 for name in names):
            raise Refused(400, {"labels": ["All label names must be unique for the project"]})
        row = shapes.project(self.url, next(self._ids), body, self.now())
        self.projects[row["id"]] = row
        self._add_labels(row["id"], body.get("labels", ()))
        return Answer(201, row, {"Location": row["url"]})

    def project(self, _request: Request, project_id: int) -> Answer:
        return Answer(200, _row(self.projects, project_id, "Project"))

    def patch_project(self, request: Request, project_id: int) -> Answer:
        row = _row(self.projects, project_id, "Project")
        taken = {x["name"] for x in self.labels.values() if x["project_id"] == project_id}
        for label in request.body.get("labels", ()):
            if label["name"].strip() in taken:
                raise Refused(400, [f"Label '{label['name']}' already exists"])
        self._add_labels(project_id, request.body.get("labels", ()))
        row["updated_date"] = self.now()
        return Answer(200, row)

    def _add_labels(self, project_id: int, new: Any) -> None:
        for label in new:
            row = shapes.label(next(self._ids), project_id, label, self._ids)
            self.labels[row["id"]] = row

    def list_labels(self, request: Request) -> Answer:
        wanted = int(request.query["project_id"])
        found = [row for row in self.labels.values() if row["project_id"] == wanted]
        return self._page(request, found)

    def patch_label(self, request: Request, label_id: int) -> Answer:
        row = _row(self.labels, label_id, "Label")
        row["name"] = request.body["name"]
        self._touch_project(row["project_id"])
        return Answer(200, row)

    def delete_label(self, _request: Request, label_id: int) -> Answer:
        row = self.labels.pop(label_id)
        for tags in self.tags.values():
            for tag in [t for t in tags.values() if t["label_id"] == label_id]:
                del tags[tag["id"]]
        self._touch_project(row["project_id"])
        return Answer(204)

    # Tasks, data --------------------------------------------------------------------------------

    def list_tasks(self, request: Request) -> Answer:
        found = [t for t in self.tasks.values() if self._matches(request, t)]
        return self._page(request, found[::-1])

    def create_task(self, request: Request) -> Answer:
        project = self.projects.get(request.body["project_id"])
        if project is None:
            raise Refused(400, ["The specified project does not exist."])
        row = shapes.empty_task(self.url, next(self._ids), request.body, project, self.now())
        self.tasks[row["id"]], self.uploads[row["id"]] = row, {}
        return Answer(201, row, {"Location": row["url"]})

    def task(self, _request: Request, task_id: int) -> Answer:
        return Answer(200, _row(self.tasks, task_id, "Task"))

    def patch_task(self, request: Request, task_id: int) -> Answer:
        row = _row(self.tasks, task_id, "Task")
        row |= request.body | {"updated_date": self.now()}
        return Answer(200, row)

    def delete_task(self, _request: Request, task_id: int) -> Answer:
        _row(self.tasks, task_id, "Task")
        for rows in (self.tasks, self.tags, self.frames, self.uploads, self.deleted):
            rows.pop(task_id, None)
        for job in [j for j in self.jobs.values() if j["task_id"] == task_id]:
            del self.jobs[job["id"]]
        return Answer(204)

    def data(self, request: Request, task_id: int) -> Answer:
        task, headers = _row(self.tasks, task_id, "Task"), request.headers
        if task.get("size"):
            raise Refused(400, ["Adding more data is not supported"])
        if "upload-start" in headers:
            return Answer(202)
        if "upload-length" in headers:
            return self._begin_piece(task_id, headers)
        if "upload-multiple" in headers:
            return self._receive(task_id, request.files)
        return self._take_in(task, request.body or {})

    def _receive(self, task_id: int, files: dict[str, tuple[str, bytes]]) -> Answer:
        for path, content in files.values():
            name = path.replace("\\", "/").rsplit("/", 1)[-1]
            if name in self.uploads[task_id]:
                return Answer(500, "<!doctype html><title>Server Error (500)</title>")
            self.uploads[task_id][name] = content
        return Answer(200)

    def _begin_piece(self, task_id: int, headers: dict[str, str]) -> Answer:
        import base64

        meta = dict(part.split(" ") for part in headers["upload-metadata"].split(","))
        name, key = base64.b64decode(meta["filename"]).decode(), f"1_{uuid4()}"
        self.pieces[key] = (task_id, name, bytearray())
        where = f"{self.url}/api/tasks/{task_id}/data/{key}"
        return Answer(201, None, {"Location": where, "Upload-Filename": name})

    def piece(self, request: Request, task_id: int, key: str) -> Answer:
        _, name, content = self.pieces[key]
        content += request.raw
        self.uploads[task_id][name] = bytes(content)
        return Answer(204, None, {"Upload-Offset": str(len(content))})

    def _take_in(self, task: dict[str, Any], body: dict[str, Any]) -> Answer:
        files = {n: c for n, c in self.uploads[task["id"]].items() if n.lower().endswith(IMAGE)}
        order = body.get("upload_file_order")
        if body.get("sorting_method") == "predefined" and set(order or ()) != set(files):
            said = "Uploaded files do not match the 'upload_file_order' field contents."
            raise Refused(400, [said])
        key = f"action=create&target=task&target_id={task['id']}"
        request = shapes.request(key, task, self.now())
        self.requests[key] = request | {"polls": self.polls}
        try:
            frames = [shapes.frame(n, _size(n, files[n])) for n in (order or sorted(files))]
        except OSError as error:
            self.requests[key]["error"] = f"PIL.UnidentifiedImageError: {error}\n"
            return Answer(202, {"rq_id": key})
        if not frames:
            self.requests[key]["error"] = "ValueError: No media data found\n"
            return Answer(202, {"rq_id": key})
        self.requests[key]["frames"] = frames
        if self.polls == 0:
            self._finish(key)
        return Answer(202, {"rq_id": key})

    def request_status(self, _request: Request, key: str) -> Answer:
        row = _row(self.requests, key, "Request")
        if row["polls"] > 0:
            row["polls"] -= 1
        else:
            self._finish(key)
        return Answer(200, shapes.public(row))

    def _finish(self, key: str) -> None:
        row = self.requests[key]
        if row["status"] in ("finished", "failed"):
            return
        row["finished_date"] = self.now()
        if "error" in row:
            row |= {"status": "failed", "message": row["error"]}
            return
        row["status"] = "finished"
        task = self.tasks.get(row["operation"]["task_id"])
        if task is None:
            return
        frames = self.frames[task["id"]] = row["frames"]
        self.tags[task["id"]], self.deleted[task["id"]] = {}, []
        task |= shapes.filled(self.url, task["id"], len(frames), self.now())
        job = shapes.job(self.url, next(self._ids), task, len(frames), self.now())
        self.jobs[job["id"]] = job

    def list_requests(self, request: Request) -> Answer:
        wanted = request.query.get("task_id")
        found = [
            shapes.public(row)
            for row in self.requests.values()
            if wanted in (None, str(row["operation"]["task_id"]))
        ]
        return self._page(request, found)

    def meta(self, _request: Request, task_id: int) -> Answer:
        _row(self.tasks, task_id, "Task")
        if task_id not in self.frames:
            raise Refused(400, ["Data is not uploaded for the task yet"])
        return Answer(200, shapes.meta(self.frames[task_id], self.deleted[task_id], self.now()))

    def patch_meta(self, request: Request, task_id: int) -> Answer:
        self.deleted[task_id] = list(request.body["deleted_frames"])
        self.tasks[task_id]["updated_date"] = self.now()
        return self.meta(request, task_id)

    # Annotations --------------------------------------------------------------------------------

    def annotations(self, _request: Request, task_id: int) -> Answer:
        _row(self.tasks, task_id, "Task")
        return Answer(200, shapes.annotations(self.tags.get(task_id, {}).values()))

    def put_annotations(self, request: Request, task_id: int) -> Answer:
        self._check_tags(task_id, request.body.get("tags", ()))
        self.tags[task_id] = {}
        return self._store(task_id, [{**t, "id": 0} for t in request.body.get("tags", ())])

    def patch_annotations(self, request: Request, task_id: int) -> Answer:
        tags, action = request.body.get("tags", ()), request.query.get("action")
        if action == "delete":
            for tag in tags:
                self.tags[task_id].pop(tag["id"], None)
            self._touch_task(task_id)
            return Answer(200, shapes.annotations(tags))
        self._check_tags(task_id, tags)
        if action == "create":
            tags = [{**tag, "id": 0} for tag in tags]
        return self._store(task_id, tags)

    def job_annotations(self, request: Request, job_id: int) -> Answer:
        task_id = _row(self.jobs, job_id, "Job")["task_id"]
        handle = self.patch_annotations if request.method == "PATCH" else self.annotations
        return handle(request, task_id)

    def _check_tags(self, task_id: int, tags: Any) -> None:
        project_id = _row(self.tasks, task_id, "Task")["project_id"]
        for tag in tags:
            label = self.labels.get(tag["label_id"])
            if label is None or label["project_id"] != project_id:
                raise Refused(400, [f"label_id `{tag['label_id']}` is invalid"])
            specs = {a["id"] for a in label["attributes"]}
            for attribute in tag.get("attributes", ()):
                if attribute["spec_id"] not in specs:
                    raise Refused(400, [f"spec_id `{attribute['spec_id']}` is invalid"])

    def _store(self, task_id: int, tags: Any) -> Answer:
        stored = []
        for tag in tags:
            if not 0 <= tag["frame"] < len(self.frames[task_id]):
                continue
            row = shapes.tag(tag.get("id") or next(self._ids), tag)
            stored.append(row)
            label = self.labels[row["label_id"]]
            self.tags[task_id][row["id"]] = shapes.with_defaults(row, label)
        self._touch_task(task_id)
        return Answer(200, shapes.annotations(stored))

    # Jobs, issues -------------------------------------------------------------------------------

    def list_jobs(self, request: Request) -> Answer:
        found = [j for j in self.jobs.values() if self._matches(request, j)]
        return self._page(request, found)

    def job(self, _request: Request, job_id: int) -> Answer:
        return Answer(200, _row(self.jobs, job_id, "Job"))

    def patch_job(self, request: Request, job_id: int) -> Answer:
        row, body = _row(self.jobs, job_id, "Job"), request.body
        if "assignee" in body:
            name = USERS.get(body["assignee"])
            if name is None:
                raise Refused(400, {"assignee": ["Invalid pk - object does not exist."]})
            row["assignee"] = shapes.user(self.url, body["assignee"], name)
            row["assignee_updated_date"] = self.now()
        if "stage" in body:
            row |= {"stage": body["stage"], "state": "new"}
        if "state" in body:
            row["state"] = body["state"]
            if body["state"] == "completed":
                self._touch_project(row["project_id"])
        row["updated_date"] = self.now()
        return Answer(200, row)

    def list_issues(self, request: Request) -> Answer:
        jobs = {
            j["id"] for j in self.jobs.values() if str(j["task_id"]) == request.query["task_id"]
        }
        return self._page(request, [i for i in self.issues.values() if i["job"] in jobs])

    def create_issue(self, request: Request) -> Answer:
        row = shapes.issue(self.url, next(self._ids), request.body, self.now())
        self.issues[row["id"]] = row
        comment = {"issue": row["id"], "message": request.body["message"]}
        self._add_comment(comment)
        return Answer(201, row)

    def create_comment(self, request: Request) -> Answer:
        return Answer(201, self._add_comment(request.body))

    def _add_comment(self, body: dict[str, Any]) -> dict[str, Any]:
        row = shapes.comment(self.url, next(self._ids), body, self.now())
        self.comments[row["id"]] = row
        return row

    def list_comments(self, request: Request) -> Answer:
        wanted = int(request.query["issue_id"])
        return self._page(request, [c for c in self.comments.values() if c["issue"] == wanted])

    # Shared -------------------------------------------------------------------------------------

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


def _row(rows: Any, key: Any, kind: str) -> dict[str, Any]:
    if key not in rows:
        raise Refused(404, {"detail": f"No {kind} matches the given query."})
    return dict.__getitem__(rows, key)


def _size(name: str, content: bytes) -> tuple[int, int]:
    try:
        with Image.open(io.BytesIO(content)) as picture:
            turned = picture.getexif().get(274, 1) > 4
            return picture.size[::-1] if turned else picture.size
    except UnidentifiedImageError:
        raise OSError(f"cannot identify image file '/data/raw/{name}'") from None


ROUTES: list[tuple[str, str, Handle]] = [
    ("GET", "/api/users/self", Cvat.self_),
    ("GET", "/api/users", Cvat.users),
    ("GET", "/api/projects", Cvat.list_projects),
    ("POST", "/api/projects", Cvat.create_project),
    ("GET", r"/api/projects/(\d+)", Cvat.project),
    ("PATCH", r"/api/projects/(\d+)", Cvat.patch_project),
    ("GET", "/api/labels", Cvat.list_labels),
    ("PATCH", r"/api/labels/(\d+)", Cvat.patch_label),
    ("DELETE", r"/api/labels/(\d+)", Cvat.delete_label),
    ("GET", "/api/tasks", Cvat.list_tasks),
    ("POST", "/api/tasks", Cvat.create_task),
    ("GET", r"/api/tasks/(\d+)", Cvat.task),
    ("PATCH", r"/api/tasks/(\d+)", Cvat.patch_task),
    ("DELETE", r"/api/tasks/(\d+)", Cvat.delete_task),
    ("POST", r"/api/tasks/(\d+)/data/", Cvat.data),
    ("PATCH", r"/api/tasks/(\d+)/data/(1_[\w-]+)", Cvat.piece),
    ("GET", r"/api/tasks/(\d+)/data/meta", Cvat.meta),
    ("PATCH", r"/api/tasks/(\d+)/data/meta", Cvat.patch_meta),
    ("GET", "/api/requests", Cvat.list_requests),
    ("GET", r"/api/requests/(.+)", Cvat.request_status),
    ("GET", r"/api/tasks/(\d+)/annotations/", Cvat.annotations),
    ("PUT", r"/api/tasks/(\d+)/annotations/", Cvat.put_annotations),
    ("PATCH", r"/api/tasks/(\d+)/annotations/", Cvat.patch_annotations),
    ("GET", r"/api/jobs/(\d+)/annotations/", Cvat.job_annotations),
    ("PATCH", r"/api/jobs/(\d+)/annotations/", Cvat.job_annotations),
    ("GET", "/api/jobs", Cvat.list_jobs),
    ("GET", r"/api/jobs/(\d+)", Cvat.job),
    ("PATCH", r"/api/jobs/(\d+)", Cvat.patch_job),
    ("GET", "/api/issues", Cvat.list_issues),
    ("POST", "/api/issues", Cvat.create_issue),
    ("GET", "/api/comments", Cvat.list_comments),
    ("POST", "/api/comments", Cvat.create_comment),
]
