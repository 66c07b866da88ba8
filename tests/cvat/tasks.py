"""Tasks of the CVAT server for tests: their pictures, frames and tags."""

from __future__ import annotations

import io
import zipfile
from typing import Any
from uuid import uuid4

from PIL import Image, UnidentifiedImageError

from tests.cvat import shapes
from tests.cvat.kept import Kept, found
from tests.cvat.wire import Answer, Refused, Request

IMAGE = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff")


class Tasks(Kept):
    """What can be asked of tasks, as the recordings of a real server show it."""

    def list_tasks(self, request: Request) -> Answer:
        found = [t for t in self.tasks.values() if self._matches(request, t)][::-1]
        if request.query.get("sort") == "-updated_date":
            found.sort(key=lambda task: task["updated_date"], reverse=True)
        return self._page(request, found)

    def create_task(self, request: Request) -> Answer:
        project = self.projects.get(request.body["project_id"])
        if project is None:
            raise Refused(400, ["Project matching query does not exist."])
        row = shapes.empty_task(self.url, next(self._ids), request.body, project, self.now())
        self.tasks[row["id"]], self.uploads[row["id"]] = row, {}
        return Answer(201, row, {"Location": row["url"]})

    def task(self, _request: Request, task_id: int) -> Answer:
        return Answer(200, found(self.tasks, task_id, "Task"))

    def patch_task(self, request: Request, task_id: int) -> Answer:
        row = found(self.tasks, task_id, "Task")
        row |= request.body | {"updated_date": self.now()}
        return Answer(200, row)

    def delete_task(self, _request: Request, task_id: int) -> Answer:
        found(self.tasks, task_id, "Task")
        for rows in (self.tasks, self.tags, self.frames, self.uploads, self.deleted):
            rows.pop(task_id, None)
        for job in [j for j in self.jobs.values() if j["task_id"] == task_id]:
            del self.jobs[job["id"]]
        return Answer(204)

    def data(self, request: Request, task_id: int) -> Answer:
        task, headers = found(self.tasks, task_id, "Task"), request.headers
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
        row = found(self.requests, key, "Request")
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
        found(self.tasks, task_id, "Task")
        if task_id not in self.frames:
            raise Refused(400, ["Data is not uploaded for the task yet"])
        return Answer(200, shapes.meta(self.frames[task_id], self.deleted[task_id], self.now()))

    def pictures(self, request: Request, task_id: int) -> Answer:
        """A frame, or a chunk of them as a zip archive, as it was uploaded."""
        names = [frame["name"] for frame in self.frames[task_id]]
        number, contents = int(request.query["number"]), self.uploads[task_id]
        if request.query["type"] == "frame":
            return Answer(200, contents[names[number]])
        size, zipped = self.tasks[task_id]["data_chunk_size"], io.BytesIO()
        with zipfile.ZipFile(zipped, "w") as chunk:
            for name in names[number * size : (number + 1) * size]:
                chunk.writestr(name, contents[name])
        return Answer(200, zipped.getvalue())

    def patch_meta(self, request: Request, task_id: int) -> Answer:
        self.deleted[task_id] = list(request.body["deleted_frames"])
        self.tasks[task_id]["updated_date"] = self.now()
        return self.meta(request, task_id)

    # Annotations --------------------------------------------------------------------------------

    def annotations(self, _request: Request, task_id: int) -> Answer:
        found(self.tasks, task_id, "Task")
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
        task_id = found(self.jobs, job_id, "Job")["task_id"]
        handle = self.patch_annotations if request.method == "PATCH" else self.annotations
        return handle(request, task_id)

    def _check_tags(self, task_id: int, tags: Any) -> None:
        project_id = found(self.tasks, task_id, "Task")["project_id"]
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


def _size(name: str, content: bytes) -> tuple[int, int]:
    try:
        with Image.open(io.BytesIO(content)) as picture:
            turned = picture.getexif().get(274, 1) > 4
            return picture.size[::-1] if turned else picture.size
    except UnidentifiedImageError:
        raise OSError(f"cannot identify image file '/data/raw/{name}'") from None
