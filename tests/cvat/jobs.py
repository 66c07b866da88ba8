"""Jobs and issues of the CVAT server for tests."""

from __future__ import annotations

from typing import Any

from tests.cvat import shapes
from tests.cvat.kept import Kept, found
from tests.cvat.wire import Answer, Refused, Request

USERS = {1: "admin1", 2: "human1", 3: "human2"}


class Jobs(Kept):
    """What can be asked of jobs and issues, as the recordings of a real server show it."""

    def list_jobs(self, request: Request) -> Answer:
        found = [j for j in self.jobs.values() if self._matches(request, j)]
        return self._page(request, found)

    def job(self, _request: Request, job_id: int) -> Answer:
        return Answer(200, found(self.jobs, job_id, "Job"))

    def patch_job(self, request: Request, job_id: int) -> Answer:
        row, body = found(self.jobs, job_id, "Job"), request.body
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
