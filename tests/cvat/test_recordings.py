"""The test server answers in the shapes of a real one; we send what the real one accepted."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labeling.cvat import remote
from labeling.cvat.answers import Tag
from labeling.cvat.client import CvatClient
from tests.cvat.server import Server
from tests.cvat.state import PASSWORD, READ_ONLY, TOKEN
from tests.cvat.wire import Request
from tests.workflow.helpers import pictures

EXCHANGES = json.loads(
    (Path(__file__).parent / "recordings" / "exchanges.json").read_text("utf-8")
)["exchanges"]
LISTS = json.loads((Path(__file__).parent / "recordings" / "schema.json").read_text("utf-8"))[
    "lists"
]
OF_SCHEMA = {"POST /api/projects": {"bug_tracker"}, "POST /api/tasks": {"bug_tracker"}}
"""What we send and nobody recorded with these requests, but 2.73's own schema lists; a PATCH of a
task's ``bug_tracker`` is recorded."""

SAME = {"PATCH /api/projects/{id}": "POST /api/projects"}
"""Requests whose labels have one schema."""


def shape(value: Any) -> Any:
    """Keys and types; a list is the shape of its parts, text and numbers are types."""
    if isinstance(value, dict):
        return {key: shape(part) for key, part in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def differences(ours: Any, real: Any, at: str = "") -> Iterator[str]:
    """Where two shapes differ; null and an empty list fit anything."""
    if "NoneType" in (ours, real) or [] in (ours, real):
        return
    if isinstance(ours, dict) and isinstance(real, dict):
        for key in sorted(set(ours) | set(real)):
            if key not in ours or key not in real:
                yield f"{at}.{key} only {'real' if key in real else 'ours'}"
            else:
                yield from differences(ours[key], real[key], f"{at}.{key}")
    elif isinstance(ours, list) and isinstance(real, list):
        yield from differences(ours[0], real[0], f"{at}[]")
    elif ours != real:
        yield f"{at}: ours {ours}, real {real}"


def plain(path: str) -> str:
    """A path without its ids."""
    path = re.sub(r"1_[0-9a-f-]{36}", "{piece}", path)
    return re.sub(r"(?<=/)(\d+|action.*)(?=/|$)", "{id}", path)


class World:
    """A server with one of everything, to send recorded requests to."""

    def __init__(self, server: Server, client: CvatClient, folder: Path) -> None:
        self.server = server
        self.project = remote.create_project(client, "prelabel-demo", "", ["a", "b"])
        self.label = remote.labels(client, self.project.id)[0]
        self.task = remote.create_task(client, self.project.id, "filled", "")
        self.files = pictures(folder, 3)
        remote.upload(client, self.task.id, self.files)
        remote.fill(client, self.task.id, [Tag(n, self.label.id) for n in range(2)])
        self.empty = remote.create_task(client, self.project.id, "empty", "")
        self.job = remote.jobs_of_task(client, self.task.id)[0]
        self.tag = remote.tags(client, self.task.id)[0][0]

    def answer(self, recorded: dict[str, Any]) -> Any:
        """The answer to a recorded request, with ids that exist here."""
        path = recorded["path"].replace("%3D", "=").replace("%26", "&")
        request = Request(recorded["method"], path, dict(recorded["query"]), self._headers(), None)
        request.body = self._body(recorded)
        self._aim(request, recorded)
        return self.server.answered(request)

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {TOKEN}"}

    def _aim(self, request: Request, recorded: dict[str, Any]) -> None:
        step, empty = recorded["step"], recorded["status"] in (400, 404)
        ids = {"projects": self.project.id, "labels": self.label.id, "jobs": self.job.id}
        ids["tasks"] = self.task.id
        for kind, known in ids.items():
            request.path = re.sub(rf"(?<=/{kind}/)(?!99999)\d+", str(known), request.path)
        if request.path.endswith("/data/") or (empty and request.path.endswith("/data/meta")):
            self._aim_data(request, recorded)
        if "/data/1_" in request.path:
            request.path = self._begun_piece()
            request.raw = b"x" * 948
        if "/requests/" in request.path:
            self._aim_request(request, recorded)
        for key, value in {"project_id": self.project.id, "task_id": self.task.id}.items():
            if key in request.query:
                request.query[key] = str(value)
        if "filter" in request.query:
            rule = request.query["filter"]
            request.query["filter"] = re.sub(
                r'("project_id"}, )\d+', rf"\g<1>{self.project.id}", rule
            ).replace("2026-11-23", "2020-11-23")
        request.query = {key: str(value) for key, value in request.query.items()}
        if step in ("get deleted", "push to deleted"):
            request.path = request.path.replace(f"/{self.task.id}", "/99999", 1)
        if step == "unknown org":
            request.headers["x-organization"] = "nope"
        if step == "tasks filter and project":
            self.server.cvat._touch_task(self.task.id)
        if step == "anon list projects":
            request.headers = {}
        if step == "bad token whoami":
            request.headers = {"authorization": "Bearer wrong"}
        if step == "ro token create project":
            request.headers = {"authorization": f"Bearer {READ_ONLY}"}

    def _aim_data(self, request: Request, recorded: dict[str, Any]) -> None:
        if recorded["step"].startswith("ADD MORE"):
            request.headers["upload-start"] = ""
            return
        request.path = request.path.replace(f"/{self.task.id}/", f"/{self.empty.id}/")
        if recorded["status"] == 201:
            name = "Zm8ucG5n"
            request.headers |= {"upload-length": "948", "upload-metadata": f"filename {name}"}
        elif recorded["request_json"]:
            names = recorded["request_json"].get("upload_file_order") or ["a.png"]
            known = ["other.png"] if recorded["status"] == 400 else names
            data = self.files[0].read_bytes()
            self.server.cvat.uploads[self.empty.id] = dict.fromkeys(known, data)
        elif recorded["status"] == 200:
            request.headers["upload-multiple"] = ""
        else:
            request.headers["upload-start"] = ""

    def _begun_piece(self) -> str:
        headers = {"upload-metadata": "filename Zm8ucG5n"}
        begun = self.server.cvat._begin_piece(self.empty.id, headers)
        return begun.headers["Location"].removeprefix(self.server.url)

    def _aim_request(self, request: Request, recorded: dict[str, Any]) -> None:
        key = f"action=create&target=task&target_id={self.task.id}"
        row = self.server.cvat.requests[key]
        status = recorded["response_json"]["status"]
        row |= {"status": status, "polls": int(status == "started")}
        row["finished_date"] = None if status == "started" else self.server.cvat.now()
        request.path = f"/api/requests/{key}"

    def _body(self, recorded: dict[str, Any]) -> Any:
        body = recorded["request_json"]
        if recorded["path"] == "/api/auth/login":
            return body | {"password": PASSWORD if recorded["status"] == 200 else "wrong"}
        if not isinstance(body, dict):
            return body
        body = json.loads(json.dumps(body))
        for tag in body.get("tags", ()):
            tag["label_id"] = tag["label_id"] if tag["label_id"] == 999999 else self.label.id
            specs = list(self.label.attributes.values())
            kept = list(zip(tag.get("attributes", ()), specs, strict=False))
            tag["attributes"] = [attribute | {"spec_id": spec} for attribute, spec in kept]
            if "id" in tag:
                tag["id"] = self.tag.id
        if recorded["step"] == "add dup label":
            body["labels"][0]["name"] = "a"
        is_gone = recorded["step"] == "create task in deleted project"
        for key, value in {"project_id": self.project.id, "job": self.job.id}.items():
            if key in body and not is_gone:
                body[key] = value
        return body


@pytest.mark.parametrize("recorded", EXCHANGES, ids=lambda x: f"{x['from']} {x['step']}")
def test_the_test_server_answers_in_the_shape_of_a_real_one(
    server: Server, client: CvatClient, tmp_path: Path, recorded: dict[str, Any]
) -> None:
    answer = World(server, client, tmp_path).answer(recorded)
    assert answer.status == recorded["status"], answer.body
    real = recorded["response_json"]
    if isinstance(real, str):
        assert answer.body is None
    else:
        assert list(differences(shape(answer.body), shape(real))) == []
    named = {h for h in recorded["response_headers"] if h in ("location", "upload-offset")}
    assert named <= {name.lower() for name in answer.headers}


def test_we_send_what_a_real_server_accepted(
    server: Server, client: CvatClient, tmp_path: Path
) -> None:
    project = remote.create_project(client, "zoo", "prelabel://project/1", ["cat", "dog"])
    remote.add_labels(client, project.id, ["bird"])
    label = remote.labels(client, project.id)[0]
    remote.rename_label(client, label.id, "kitten")
    task = remote.create_task(client, project.id, "zoo 001", "prelabel://batch/1")
    remote.upload(client, task.id, pictures(tmp_path, 3))
    remote.fill(client, task.id, [Tag(0, label.id, attributes=[(label.attributes["score"], "1")])])
    tag = remote.tags(client, task.id)[0][0]
    remote.change(client, task.id, update=[tag], create=[Tag(1, label.id)], delete=[tag])
    job = remote.jobs_of_task(client, task.id)[0]
    remote.assign(client, job.id, "human1")
    remote.jobs(client, project.id, job.updated)
    remote.frame_names(client, task.id)
    remote.active_request(client, task.id)
    remote.delete_task(client, task.id)
    accepted: dict[str, set[str]] = {}
    for exchange in EXCHANGES:
        if exchange["status"] < 300:
            key = f"{exchange['method']} {plain(exchange['path'])}"
            accepted.setdefault(key, set()).update(_keys(exchange["request_json"]))
    for request in server.log:
        key = f"{request.method} {plain(request.path)}"
        if request.method in ("POST", "PUT", "PATCH"):
            assert key in accepted, key
            sent = _keys(request.body) - OF_SCHEMA.get(key, set())
            assert sent <= accepted[key] | accepted[SAME.get(key, key)], key


def test_lists_that_nobody_recorded_follow_the_schema(
    server: Server, client: CvatClient, tmp_path: Path
) -> None:
    world = World(server, client, tmp_path)
    position = {"frame": 0, "job": world.job.id, "message": "?", "position": [0.0, 0.0]}
    client.send("POST", "/api/issues", position, doing="asking")
    assert remote.issues(client, world.task.id)
    remote.assign(client, world.job.id, "human1")
    remote.find_project(client, "prelabel-demo", "")
    remote.tasks(client, world.project.id)
    remote.active_request(client, world.task.id)
    read = {path: dict(r.query) for r in server.log if r.method == "GET" for path in [r.path]}
    assert LISTS.keys() <= read.keys()
    for path, described in LISTS.items():
        assert read[path].keys() <= set(described["parameters"]), path
        if "keys" in described:
            (row, *_) = client.get(path, doing="looking", **read[path])["results"]
            assert sorted(row.keys() - {"url"}) == [k for k in described["keys"] if k != "url"], (
                path
            )


def _keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(_keys, value.values()))
    return set().union(*map(_keys, value)) if isinstance(value, list) else set()
