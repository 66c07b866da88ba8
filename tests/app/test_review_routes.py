"""The routes of review beside what test_routes has: tabs that close, a store that is busy."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from db import sqlite
from db.ids import new_id
from labeling.settings import load_settings
from labeling.workspace import Workspace, open_workspace
from tests.app.seeding import seed

IMPATIENT_MS = 50


@pytest.fixture
def workspace(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """One that waits for a locked database only for a moment."""
    waits = (f"PRAGMA busy_timeout={IMPATIENT_MS}", *sqlite.PRAGMAS[1:])
    monkeypatch.setattr(sqlite, "PRAGMAS", waits)
    workspace = open_workspace(load_settings(home=home))
    yield workspace
    workspace.close()


@pytest.fixture(autouse=True)
def _project(workspace: Workspace, tmp_path: Path) -> None:
    seed(workspace, tmp_path / "pictures", 6)


def queue(client: TestClient, tab: str, **query: object) -> list[dict]:
    answer = client.get("/api/queue", params={"project": "zoo", "client": tab, **query})
    return answer.json()["items"]


def decision(item: dict) -> dict:
    return {"id": new_id(), "item": item["item"], "kind": "confirm", "labels": [item["proposal"]]}


def test_the_queue_tells_all_that_the_page_needs(client: TestClient) -> None:
    answer = client.get("/api/queue", params={"project": "zoo", "limit": 1}).json()
    assert answer["settings"]["digits"] == "rank"
    assert (answer["role"], answer["guideline_revision"], answer["keys"]) == ("admin", 0, {})
    assert answer["advice"] is None
    assert [c["code"] for c in answer["classes"]] == ["1", "2", "3", "4", "5", "6"]
    assert all(c["examples"] == [] for c in answer["classes"])
    [item] = answer["items"]
    assert (item["blind"], item["purpose"], item["note"], item["comments"]) == (
        False,
        "work",
        None,
        0,
    )


def test_verified_pictures_become_examples_of_their_class(client: TestClient) -> None:
    [item] = queue(client, "tab", limit=1)
    client.post("/api/decisions", json={"project": "zoo", "decisions": [decision(item)]})
    classes = client.get("/api/queue", params={"project": "zoo"}).json()["classes"]
    shown = {c["name"]: c["examples"] for c in classes}
    assert shown == {c["name"]: [] for c in classes} | {item["proposal"]: [item["sha"]]}


def test_a_tab_that_closes_returns_what_it_was_offered(client: TestClient) -> None:
    one, two, three = (i["item"] for i in queue(client, "first", limit=3))
    body = {"project": "zoo", "client": "first", "held": [one]}
    assert client.post("/api/leases/release", json=body).status_code == 204
    assert [i["item"] for i in queue(client, "second", limit=2)] == [two, three]


@pytest.mark.parametrize(
    "body", [{"client": "x"}, {"project": "zoo"}, {"project": "zoo", "client": "x", "held": 7}]
)
def test_a_tab_that_does_not_say_which_it_is_is_refused(client: TestClient, body: dict) -> None:
    assert client.post("/api/leases/release", json=body).status_code == 422


def test_a_decision_for_a_locked_database_may_be_sent_again(
    client: TestClient, workspace: Workspace
) -> None:
    [item] = queue(client, "tab", limit=1)
    body = {"project": "zoo", "decisions": [decision(item)]}
    other = sqlite3.connect(workspace.settings.root / "prelabel.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    refused = client.post("/api/decisions", json=body)
    assert refused.status_code == 503, refused.text
    assert refused.json()["error"]["fix"] == "Try again."
    other.execute("ROLLBACK")
    other.close()
    stored = client.post("/api/decisions", json=body).json()
    assert stored["acknowledged"] == [body["decisions"][0]["id"]]
