"""Preferences and guidelines over HTTP."""

import pytest
from starlette.testclient import TestClient

from labeling.class_names import parse
from labeling.workflows import accounts, guidelines, projects
from labeling.workspace import Workspace


@pytest.fixture(autouse=True)
def zoo(workspace: Workspace) -> None:
    projects.create(workspace, "zoo", parse("cat,dog"))


def test_keys_are_stored_and_answered(client: TestClient) -> None:
    asked = {"project": "zoo", "name": "keys"}
    assert client.get("/api/preferences", params=asked).json() == {"name": "keys", "value": {}}
    put = client.put("/api/preferences", json={**asked, "value": {"undo": "z"}})
    assert put.json() == {"name": "keys", "value": {"undo": "z"}}
    assert client.get("/api/preferences", params=asked).json()["value"] == {"undo": "z"}


def test_a_conflict_names_both_commands(client: TestClient) -> None:
    value = {"undo": "z", "skip": "z"}
    answer = client.put("/api/preferences", json={"project": "zoo", "name": "keys", "value": value})
    assert answer.status_code == 422
    assert "'undo' and 'skip'" in answer.json()["error"]["what"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "keys", "value": {}},
        {"project": "zoo", "name": "keys"},
        {"project": "zoo", "name": "keys", "value": []},
        {"project": "zoo", "name": 3, "value": {}},
    ],
)
def test_what_is_no_preference_is_refused(client: TestClient, body: dict) -> None:
    assert client.put("/api/preferences", json=body).status_code == 422


def test_an_unknown_project_is_not_found(client: TestClient) -> None:
    asked = {"project": "nope", "name": "keys"}
    assert client.get("/api/preferences", params=asked).status_code == 404


def test_the_guidelines_are_one_request_away(client: TestClient, workspace: Workspace) -> None:
    lead = accounts.local_user(workspace)
    guidelines.save(workspace, lead, "zoo", "cat", instructions="Any cat.", do=["kittens"])
    answer = client.get("/api/guidelines", params={"project": "zoo"}).json()
    assert answer["revision"] == 1
    cat, dog = answer["classes"]
    assert (cat["name"], cat["instructions"], cat["do"]) == ("cat", "Any cat.", ["kittens"])
    assert (dog["instructions"], dog["dont"], dog["examples"]) == ("", [], [])
