"""The routes over a real database: what they answer and what they store."""

import inspect
import io
import logging
import zipfile
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient

from app.components.modules import module_url
from app.routes.errors import STATUSES, answering_errors, status_of
from app.routes.request import JSON_LIMIT
from db.ids import new_id
from labeling import errors
from labeling.workflows import exports
from labeling.workflows.work import run_to_end
from labeling.workspace import Workspace
from tests.app.seeding import seed


@pytest.fixture
def shas(workspace: Workspace, tmp_path: Path) -> list[str]:
    return seed(workspace, tmp_path / "pictures", 12)


def queue(browser: TestClient, **query: object) -> dict:
    return browser.get("/api/queue", params={"project": "zoo", **query}).json()


def decision(item: dict, kind: str = "confirm", **more: object) -> dict:
    labels = [item["proposal"]] if kind == "confirm" else []
    return {
        "id": new_id(),
        "item": item["item"],
        "kind": kind,
        "labels": labels,
        "revision": 1,
        "view": "single",
        "shown_proposal": item["proposal"],
        "seconds": 1.5,
        "supersedes": None,
        "reason": None,
        **more,
    }


def decide(client: TestClient, *decisions: dict) -> dict:
    body = {"project": "zoo", "decisions": decisions}
    answer = client.post("/api/decisions", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.usefixtures("shas")
def test_the_history_of_one_act_is_whole(client: TestClient) -> None:
    first, second, third = queue(client, limit=3)["items"]
    act = new_id()
    batch = [decision(one, act_id=act, view="grid") for one in (first, second)]
    decide(client, *batch, decision(third))
    asked = {"project": "zoo", "act": act, "limit": 1_000}
    history = client.get("/api/history", params=asked).json()["decisions"]
    assert [(one["id"], one["act_id"]) for one in history] == [
        (one["id"], act) for one in reversed(batch)
    ]


@pytest.mark.usefixtures("shas")
def test_a_decision_is_stored_once_however_often_it_comes(client: TestClient) -> None:
    first, second = queue(client, limit=2)["items"]
    one, two = decision(first), decision(second, "none_of_these")
    assert decide(client, one, two)["acknowledged"] == [one["id"], two["id"]]
    again = decide(client, two, one)
    assert (again["acknowledged"], again["already_known"]) == ([], [two["id"], one["id"]])
    assert again["counts"]["verified"] == 2
    history = client.get("/api/history", params={"project": "zoo"}).json()["decisions"]
    assert [past["id"] for past in history] == [two["id"], one["id"]]


@pytest.mark.usefixtures("shas")
def test_a_bad_decision_fails_alone(client: TestClient) -> None:
    items = queue(client, limit=3)["items"]
    good, bad, last = (decision(item) for item in items)
    bad["view"] = "from above"
    answer = decide(client, good, bad, last)
    assert answer["acknowledged"] == [good["id"], last["id"]]
    assert [one["id"] for one in answer["rejected"]] == [bad["id"]]


def test_the_queue_leaves_out_what_is_held_and_what_is_decided(
    client: TestClient, shas: list[str]
) -> None:
    first, *rest = queue(client, limit=4, client="tab")["items"]
    decide(client, decision(first))
    held = ",".join(item["item"] for item in rest)
    later = queue(client, limit=50, client="tab", held=held)["items"]
    seen = {first["sha"], *(item["sha"] for item in rest)}
    assert {item["sha"] for item in later} == set(shas) - seen


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"no json", 422),
        (b"[]", 422),
        (b"{}", 422),
        (b'{"project": "zoo", "decisions": 5}', 422),
        (b'{"project": "zoo", "decisions": [5]}', 422),
        (b'{"project": "nowhere", "decisions": []}', 404),
        (b'{"project": "zoo", "decisions": [' + b"{}," * 600 + b"{}]}", 422),
        (b'"' + b"x" * JSON_LIMIT + b'"', 413),
    ],
)
@pytest.mark.usefixtures("shas")
def test_what_is_no_batch_is_refused_with_a_reason(
    client: TestClient, body: bytes, status: int
) -> None:
    answer = client.post("/api/decisions", content=body)
    assert answer.status_code == status
    assert answer.json()["error"]["what"]


@pytest.mark.parametrize("query", [{}, {"project": ""}, {"project": "zoo", "limit": "many"}])
@pytest.mark.usefixtures("shas")
def test_a_queue_needs_a_project_and_a_number(client: TestClient, query: dict[str, str]) -> None:
    assert client.get("/api/queue", params=query).status_code == 422


def test_pictures_may_be_kept_for_good(client: TestClient, shas: list[str]) -> None:
    for size in ("thumb", "screen", "original"):
        answer = client.get(f"/media/{size}/{shas[0]}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
        assert "sandbox" in answer.headers["content-security-policy"]
        again = client.get(
            f"/media/{size}/{shas[0]}", headers={"if-none-match": answer.headers["etag"]}
        )
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        f"/media/thumb/{'0' * 64}",
        "/media/thumb/..%5c..%5cprelabel.db",
        f"/media/huge/{'0' * 64}",
        "/assets/x/review/face.py",
        "/api/jobs/nothing",
    ],
)
@pytest.mark.usefixtures("shas")
def test_what_is_not_there_is_not_found(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"]["what"]


def test_health_tells_schema_and_worker(client: TestClient) -> None:
    answer = client.get("/healthz").json()
    assert answer["ok"] is True
    assert answer["schema"]
    assert answer["worker"] == "absent"


def test_modules_are_served_under_their_version(client: TestClient) -> None:
    for component in ("workbench", "upload"):
        answer = client.get(module_url(component))
        assert answer.headers["content-type"].startswith("text/javascript")
        assert "immutable" in answer.headers["cache-control"]
    old = client.get("/assets/000000000000/review/main.js")
    assert old.headers["cache-control"] == "no-cache"


def test_every_error_for_people_has_a_status() -> None:
    kinds = {
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.PrelabelError) and kind is not errors.PrelabelError
    }
    assert kinds <= set(STATUSES)


def test_a_class_without_a_status_takes_that_of_its_base() -> None:
    class Special(errors.NotFoundError):
        pass

    assert status_of(Special("gone")) == 404


def test_an_unexpected_error_is_answered_without_its_insides(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(_request: Request) -> Response:
        raise ValueError("the password is 1234")

    client.app.router.add_route("/broken", answering_errors(broken))  # type: ignore[attr-defined]
    with caplog.at_level(logging.ERROR, "prelabel.routes"):
        answer = client.get("/broken")
    assert answer.status_code == 500
    assert "1234" not in answer.text
    incident = answer.json()["error"]["what"].split()[-1].strip(")")
    assert incident in caplog.text
    assert "the password is 1234" in caplog.text


def test_a_finished_export_comes_as_one_zip_file(
    client: TestClient, workspace: Workspace, shas: list[str]
) -> None:
    item = queue(client, limit=1)["items"][0]
    decide(client, decision(item))
    job = exports.enqueue(workspace, "zoo", "imagefolder")
    run_to_end(workspace, job, lambda _job: None)
    answer = client.get(f"/api/exports/{job}")
    assert answer.headers["content-disposition"].startswith("attachment")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert any(item["sha"][:12] in name for name in archive.namelist())
    assert client.get(f"/api/exports/{new_id()}").status_code == 404
