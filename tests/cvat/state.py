"""What the CVAT server for tests knows, and how it answers: as the recordings of a real one do."""

from __future__ import annotations

import re
from typing import Any

from tests.cvat import shapes
from tests.cvat.functions import Functions
from tests.cvat.jobs import USERS, Jobs
from tests.cvat.kept import found
from tests.cvat.tasks import Tasks
from tests.cvat.wire import Answer, Handle, Refused, Request

TOKEN, READ_ONLY = "good-token", "read-only-token"
PASSWORD = "good-password"


class Cvat(Tasks, Jobs, Functions):
    """A server's answers to requests, by `ROUTES`."""

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
            raise Refused(404, {"detail": f"{org} organization does not exist."})

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
        return Answer(200, found(self.projects, project_id, "Project"))

    def delete_project(self, request: Request, project_id: int) -> Answer:
        found(self.projects, project_id, "Project")
        del self.projects[project_id]
        for task in [t for t in self.tasks.values() if t["project_id"] == project_id]:
            self.delete_task(request, task["id"])
        for label in [x for x in self.labels.values() if x["project_id"] == project_id]:
            del self.labels[label["id"]]
        return Answer(204)

    def patch_project(self, request: Request, project_id: int) -> Answer:
        row = found(self.projects, project_id, "Project")
        taken = {x["name"] for x in self.labels.values() if x["project_id"] == project_id}
        for label in request.body.get("labels", ()):
            if label["name"].strip() in taken:
                raise Refused(400, ["All label names must be unique"])
        self._add_labels(project_id, request.body.get("labels", ()))
        row["updated_date"] = self.now()
        return Answer(200, row)

    def _add_labels(self, project_id: int, new: Any) -> None:
        for label in new:
            row = shapes.label(next(self._ids), project_id, label, self._ids)
            self.labels[row["id"]] = row

    def list_labels(self, request: Request) -> Answer:
        if "task_id" in request.query:
            of = found(self.tasks, int(request.query["task_id"]), "Task")["project_id"]
        else:
            of = int(request.query["project_id"])
        rows = [row for row in self.labels.values() if row["project_id"] == of]
        return self._page(request, rows)

    def patch_label(self, request: Request, label_id: int) -> Answer:
        row, name = found(self.labels, label_id, "Label"), request.body["name"].strip()
        others = [x for x in self.labels.values() if x["id"] != label_id]
        if name in [x["name"] for x in others if x["project_id"] == row["project_id"]]:
            raise Refused(400, ["All label names must be unique"])
        row["name"] = name
        self._touch_project(row["project_id"])
        return Answer(200, row)

    def delete_label(self, _request: Request, label_id: int) -> Answer:
        row = found(self.labels, label_id, "Label")
        del self.labels[label_id]
        for tags in self.tags.values():
            for tag in [t for t in tags.values() if t["label_id"] == label_id]:
                del tags[tag["id"]]
        self._touch_project(row["project_id"])
        return Answer(204)


ROUTES: list[tuple[str, str, Handle]] = [
    ("GET", "/api/users/self", Cvat.self_),
    ("GET", "/api/users", Cvat.users),
    ("GET", "/api/projects", Cvat.list_projects),
    ("POST", "/api/projects", Cvat.create_project),
    ("GET", r"/api/projects/(\d+)", Cvat.project),
    ("PATCH", r"/api/projects/(\d+)", Cvat.patch_project),
    ("DELETE", r"/api/projects/(\d+)", Cvat.delete_project),
    ("GET", "/api/labels", Cvat.list_labels),
    ("PATCH", r"/api/labels/(\d+)", Cvat.patch_label),
    ("DELETE", r"/api/labels/(\d+)", Cvat.delete_label),
    ("GET", "/api/tasks", Cvat.list_tasks),
    ("POST", "/api/tasks", Cvat.create_task),
    ("GET", r"/api/tasks/(\d+)", Cvat.task),
    ("PATCH", r"/api/tasks/(\d+)", Cvat.patch_task),
    ("DELETE", r"/api/tasks/(\d+)", Cvat.delete_task),
    ("POST", r"/api/tasks/(\d+)/data/", Cvat.data),
    ("GET", r"/api/tasks/(\d+)/data/", Cvat.pictures),
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
    ("POST", "/api/functions", Cvat.create_function),
    ("GET", r"/api/functions/(\d+)", Cvat.function),
    ("DELETE", r"/api/functions/(\d+)", Cvat.delete_function),
    ("POST", r"/api/functions/queues/function:(\d+)/requests/acquire", Cvat.acquire),
    ("POST", r"/api/functions/queues/function:(\d+)/requests/([\w-]+)/update", Cvat.update_asked),
    ("POST", r"/api/functions/queues/function:(\d+)/requests/([\w-]+)/fail", Cvat.fail_asked),
    (
        "POST",
        r"/api/functions/queues/function:(\d+)/requests/([\w-]+)/complete",
        Cvat.complete_asked,
    ),
]
