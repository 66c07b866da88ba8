"""Requests that no page of ours sends: each is answered, and none does harm."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from db.ids import new_id
from labeling.workflows import jobs
from labeling.workflows.work import Runner
from labeling.workspace import Workspace
from tests.app.seeding import seed

UPLOAD = "/api/upload/0123-abcd"


@pytest.fixture
def items(workspace: Workspace, tmp_path: Path, client: TestClient) -> list[str]:
    seed(workspace, tmp_path / "pictures", 3)
    answer = client.get("/api/queue", params={"project": "zoo"}).json()
    return [item["item"] for item in answer["items"]]


def post(client: TestClient, body: bytes) -> tuple[int, dict]:
    headers = {"content-type": "application/json"}
    answer = client.post("/api/decisions", content=body, headers=headers)
    return answer.status_code, answer.json()


def decision(item: str, **more: object) -> dict:
    return {"id": new_id(), "item": item, "kind": "none_of_these", "labels": [], **more}


@pytest.mark.parametrize(
    "path",
    [
        "/api/queue?project=%00",
        "/api/queue?project=zoo&client=%00",
        "/api/history?project=a%00b",
        "/api/jobs/%00",
    ],
)
def test_a_text_that_no_database_takes_is_refused(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 422


@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"a":' * 100_000, b'{"project": "\\ud800"}'])
def test_json_that_is_too_deep_or_too_odd_is_refused(client: TestClient, body: bytes) -> None:
    assert post(client, body)[0] == 422


def test_half_a_surrogate_pair_in_an_id_spoils_no_batch(
    client: TestClient, items: list[str]
) -> None:
    batch = [{"id": "\ud800"}, decision(items[0]), decision(items[1], revision=True)]
    status, answer = post(client, json.dumps({"project": "zoo", "decisions": batch}).encode())
    assert status == 200
    assert answer["acknowledged"] == [batch[1]["id"]]
    assert [one["id"] for one in answer["rejected"]] == ["\ud800", batch[2]["id"]]


def test_an_id_on_another_item_is_told_and_not_passed_over(
    client: TestClient, items: list[str]
) -> None:
    first = decision(items[0])
    reused = [decision(item, id=first["id"]) for item in items[:2]]
    body = {"project": "zoo", "decisions": [first, *reused]}
    for _ in range(2):
        _, answer = post(client, json.dumps(body).encode())
        assert answer["rejected"] == [{"id": first["id"], "why": "another decision bears this id"}]
    assert answer["already_known"] == [first["id"]] * 2


def test_two_hands_that_finish_an_upload_start_one_import(
    client: TestClient, workspace: Workspace, items: list[str]
) -> None:
    client.put(f"{UPLOAD}/cats/a.png", content=b"no picture")
    before = len(jobs.recent(workspace))
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: client.post(f"{UPLOAD}/done", json={"project": "zoo"}), range(8))
        )
    [job] = {answer.json()["job"] for answer in answers}
    assert len(jobs.recent(workspace)) == before + 1
    runner = Runner(workspace)
    while runner.step():
        pass
    assert jobs.show(workspace, job)["result"]["rejected"] == 1
    assert not list((workspace.settings.root / "uploads").glob("*-0123-abcd"))


@pytest.mark.parametrize("view", [[], "", 0, "cvat"])
def test_a_view_that_is_named_is_known(client: TestClient, items: list[str], view: object) -> None:
    batch = [decision(items[0], view=view)]
    status, answer = post(client, json.dumps({"project": "zoo", "decisions": batch}).encode())
    assert status == 200
    assert [one["id"] for one in answer["rejected"]] == [batch[0]["id"]]


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH", "BREW"])
def test_a_method_that_an_address_does_not_know_is_answered(
    client: TestClient, method: str
) -> None:
    answer = client.request(method, "/api/queue")
    assert (answer.status_code, answer.json()["error"]["fix"]) == (405, None)
    assert "GET" in answer.headers["allow"]
