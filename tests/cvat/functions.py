"""Auto-annotation functions of the CVAT server for tests, which agents serve.

CVAT Enterprise and CVAT online have them; the recorded server had not. So these answers follow what
cvat-cli 2.80 itself sends and reads, and nothing that was recorded.
"""

from __future__ import annotations

from typing import Any

from tests.cvat.kept import Kept, found
from tests.cvat.wire import Answer, Refused, Request


class Functions(Kept):
    """Functions, and the requests that wait in the queue of each."""

    def create_function(self, request: Request) -> Answer:
        row = {"id": next(self._ids), **request.body}
        for label in row.get("labels_v2", ()):
            label.setdefault("type", "any")
        self.functions[row["id"]] = row
        return Answer(201, row)

    def function(self, _request: Request, function_id: int) -> Answer:
        return Answer(200, found(self.functions, function_id, "Function"))

    def delete_function(self, _request: Request, function_id: int) -> Answer:
        found(self.functions, function_id, "Function")
        del self.functions[function_id]
        return Answer(204)

    def ask(self, function_id: int, task_id: int, frame: int | None = None) -> str:
        """Let somebody at the server ask a function to annotate a task, or one frame of it."""
        project_id = self.tasks[task_id]["project_id"]
        labels = [x for x in self.labels.values() if x["project_id"] == project_id]
        known = {label["name"] for label in self.functions[function_id]["labels_v2"]}
        names = [label["name"] for label in labels if label["name"] in known]
        mapping = {n: {"name": n, "attributes": {}, "sublabels": {}} for n in names}
        params: dict[str, Any] = {
            "type": "annotate_task" if frame is None else "annotate_frame",
            "task": task_id,
            "mapping": mapping,
            "threshold": None,
            "conv_mask_to_poly": False,
        }
        if frame is not None:
            params["frame"] = frame
        key = f"ar-{next(self._ids)}"
        category = "batch" if frame is None else "interactive"
        self.asked[key] = {
            "function": function_id,
            "category": category,
            "params": params,
            "state": "waiting",
        }
        return key

    def acquire(self, request: Request, function_id: int) -> Answer:
        found(self.functions, function_id, "Function")
        for key, row in self.asked.items():
            wanted = (function_id, request.body["request_category"], "waiting")
            if (row["function"], row["category"], row["state"]) == wanted:
                row["state"] = "taken"
                return Answer(200, {"ar_assignment": {"ar_id": key, "ar_params": row["params"]}})
        return Answer(200, {"ar_assignment": None})

    def update_asked(self, _request: Request, _function_id: int, key: str) -> Answer:
        found(self.asked, key, "Request")
        return Answer(200)

    def complete_asked(self, request: Request, _function_id: int, key: str) -> Answer:
        row = found(self.asked, key, "Request")
        if row["state"] != "taken":
            raise Refused(400, {"detail": f"the request is {row['state']}"})
        row["state"] = "completed"
        self._store(row["params"]["task"], request.body["annotations"]["tags"])
        return Answer(200)

    def fail_asked(self, request: Request, _function_id: int, key: str) -> Answer:
        found(self.asked, key, "Request")["state"] = f"failed: {request.body['exc_info']}"
        return Answer(200)
