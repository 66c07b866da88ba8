"""The client against the test server: what it does, and what becomes of every fault."""

import dataclasses
import json
from pathlib import Path

import pytest

from labeling.cvat import client as door
from labeling.cvat import remote
from labeling.cvat.client import CvatClient
from labeling.cvat.credentials import Login, find_login
from labeling.cvat.names import server_address
from labeling.errors import (
    CvatAwayError,
    CvatError,
    CvatGoneError,
    CvatLoginError,
    InputError,
)
from tests.cvat.conftest import QUICK
from tests.cvat.server import Server
from tests.cvat.state import PASSWORD, READ_ONLY, TOKEN
from tests.workflow.helpers import pictures

MARK = "prelabel://project/1"


def connect(server: Server, **given: object) -> CvatClient:
    return CvatClient(server.url, Login(token=TOKEN), **{"patience": QUICK} | given)


def test_lists_are_read_to_their_end(client: CvatClient) -> None:
    names = [f"class {n}" for n in range(door.PAGE + 5)]
    project = remote.create_project(client, "many", MARK, names)
    assert [label.name for label in remote.labels(client, project.id)] == names


def test_names_of_projects_say_nothing_marks_do(client: CvatClient) -> None:
    remote.create_project(client, "zoo", "somebody's", ["a"])
    ours = remote.create_project(client, "zoo", MARK, ["a"])
    assert remote.find_project(client, "zoo", MARK) == ours
    assert remote.find_project(client, "zoo", "prelabel://project/2") is None


def test_large_pictures_go_in_pieces(
    server: Server, client: CvatClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "REQUEST_BYTES", 200)
    project = remote.create_project(client, "zoo", MARK, ["a"])
    task = remote.create_task(client, project.id, "t", "")
    files = pictures(tmp_path, 3)[::-1]
    remote.upload(client, task.id, files)
    assert len(server.sent("PATCH", r"/data/1_")) == 3
    assert remote.frame_names(client, task.id).names == [path.name for path in files]


def test_a_password_works_as_a_token_does(server: Server) -> None:
    client = CvatClient(server.url, Login(user="admin1", password=PASSWORD), patience=QUICK)
    assert client.user == "admin1"
    assert remote.create_project(client, "zoo", MARK, ["a"]).name == "zoo"


@pytest.mark.parametrize("login", [Login(token="wrong"), Login(user="admin1", password="wrong")])
def test_a_wrong_login_is_told_at_once_and_not_shown(server: Server, login: Login) -> None:
    with pytest.raises(CvatLoginError, match="does not accept") as told:
        CvatClient(server.url, login, patience=QUICK)
    assert "PRELABEL_CVAT_TOKEN" in str(told.value)
    assert "wrong" not in f"{told.value}{login!r}"
    assert told.value.__cause__ is None


def test_a_token_that_may_not_write(server: Server) -> None:
    client = CvatClient(server.url, Login(token=READ_ONLY), patience=QUICK)
    with pytest.raises(CvatLoginError, match=r"may not do this.*permission") as told:
        remote.create_project(client, "zoo", MARK, ["a"])
    assert "may write" in str(told.value.fix)


def test_an_organisation_that_is_not_there(server: Server) -> None:
    assert connect(server, organization="lab").user == "admin1"
    with pytest.raises(CvatGoneError, match="elsewhere organization does not exist"):
        connect(server, organization="elsewhere")


@pytest.mark.parametrize("version", ["1.7.0", "2.72.9", "3.0.0", "unknown", ""])
def test_a_wrong_version_is_refused(server: Server, version: str) -> None:
    server.cvat.version = version
    with pytest.raises(CvatError, match="not supported"):
        connect(server)


@pytest.mark.parametrize("version", ["2.73.0", "2.81.3"])
def test_newer_servers_of_the_series_are_taken(server: Server, version: str) -> None:
    server.cvat.version = version
    assert connect(server).version == version


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        ("400", CvatError, "refuses with 400.*injected 400"),
        ("401", CvatLoginError, "does not accept the login"),
        ("403", CvatLoginError, "may not do this"),
        ("404", CvatGoneError, "does not have it"),
        ("409", CvatError, "refuses with 409.*injected 409"),
        ("413", CvatError, "nothing so large"),
        ("429", CvatAwayError, "longer pause"),
        ("500", CvatAwayError, "failed with 500"),
        ("502", CvatAwayError, "failed with 502"),
        ("503", CvatAwayError, "failed with 503"),
        ("reset", CvatAwayError, "can't be reached or broke off"),
        ("hang", CvatAwayError, "does not answer in time"),
        ("html", CvatError, "answers what CVAT does not"),
        ("strange", CvatError, "answers what CVAT does not"),
        ("cut", CvatAwayError, "broke off"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH"])
def test_every_fault_is_one_of_our_errors(
    server: Server, client: CvatClient, method: str, fault: str, error: type, words: str
) -> None:
    server.fault(fault, method, times=99)
    with pytest.raises(error, match=words) as told:
        client.send(method, "/api/tasks", doing="looking around")
    assert type(told.value) is error
    assert "looking around" in told.value.what
    assert told.value.fix
    assert "<html" not in str(told.value)


@pytest.mark.parametrize("fault", ["502", "503", "504", "reset"])
def test_reading_is_tried_again_writing_is_not(
    server: Server, client: CvatClient, fault: str
) -> None:
    server.fault(fault, "GET")
    assert client.get("/api/tasks", doing="reading")["count"] == 0
    server.fault(fault, "POST")
    with pytest.raises(CvatAwayError):
        remote.create_project(client, "zoo", MARK, ["a"])
    assert len(server.sent("POST", "/api/projects")) == 1


def test_a_write_that_arrived_though_it_failed_is_found_by_its_mark(
    server: Server, client: CvatClient
) -> None:
    server.fault("reset_after", "POST", "/api/projects")
    with pytest.raises(CvatAwayError):
        remote.create_project(client, "zoo", MARK, ["a"])
    assert remote.find_project(client, "zoo", MARK)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("header", [{}, {"Retry-After": "2"}])
def test_a_pause_that_is_asked_for_is_kept(server: Server, method: str, header: dict) -> None:
    slept: list[float] = []
    patience = dataclasses.replace(QUICK, sleep=slept.append)
    client = connect(server, patience=patience)
    server.fault("429", method, times=2, headers=header)
    if method == "GET":
        client.get("/api/tasks", doing="reading")
    else:
        remote.create_project(client, "zoo", MARK, ["a"])
    assert slept == [float(header.get("Retry-After", 1))] * 2


def test_a_pause_that_is_too_long_is_not_kept(server: Server) -> None:
    slept: list[float] = []
    client = connect(server, patience=dataclasses.replace(QUICK, sleep=slept.append))
    server.fault("429", headers={"Retry-After": "6"})
    with pytest.raises(CvatAwayError, match="a pause of 6 s"):
        client.get("/api/tasks", doing="reading")
    assert slept == []


def test_a_server_that_never_finishes_is_waited_for_with_an_end(
    server: Server, tmp_path: Path
) -> None:
    server.cvat.polls = 10**9
    client = connect(server, patience=dataclasses.replace(QUICK, processing=0.05))
    project = remote.create_project(client, "zoo", MARK, ["a"])
    task = remote.create_task(client, project.id, "t", "")
    with pytest.raises(CvatAwayError, match="still taking in"):
        remote.upload(client, task.id, pictures(tmp_path, 1))
    assert remote.active_request(client, task.id)


def test_a_picture_that_the_server_can_not_use_is_named(
    server: Server, client: CvatClient, tmp_path: Path
) -> None:
    project = remote.create_project(client, "zoo", MARK, ["a"])
    task = remote.create_task(client, project.id, "t", "")
    broken = tmp_path / "000001_broken.png"
    broken.write_bytes(b"no picture")
    with pytest.raises(CvatError, match="cannot identify image"):
        remote.upload(client, task.id, [*pictures(tmp_path, 1), broken])


def test_nothing_listens_there() -> None:
    with pytest.raises(CvatAwayError, match=r"127.0.0.1:9 can't be reached") as told:
        CvatClient("http://127.0.0.1:9", Login(token=TOKEN), patience=QUICK)
    assert TOKEN not in str(told.value)


def test_an_assignee_whom_the_server_does_not_know(client: CvatClient) -> None:
    with pytest.raises(CvatError, match="no user 'nobody'"):
        remote.assign(client, 1, "nobody")


def test_issues_come_with_their_comments(
    server: Server, client: CvatClient, tmp_path: Path
) -> None:
    project = remote.create_project(client, "zoo", MARK, ["a"])
    task = remote.create_task(client, project.id, "t", "")
    remote.upload(client, task.id, pictures(tmp_path, 2))
    job = remote.jobs_of_task(client, task.id)[0]
    body = {"frame": 1, "position": [1.0, 1.0], "job": job.id, "message": "wrong label"}
    made = client.send("POST", "/api/issues", body, doing="asking")
    client.send("POST", "/api/comments", {"issue": made["id"], "message": "why?"}, doing="asking")
    issue = remote.issues(client, task.id)[0]
    assert (issue.frame, issue.job_id, issue.resolved) == (1, job.id, False)
    assert [(c.user, c.text) for c in issue.comments] == [
        ("admin1", "wrong label"),
        ("admin1", "why?"),
    ]


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("https://Cvat.Example.org/", "https://cvat.example.org"),
        ("cvat.example.org", "https://cvat.example.org"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("https://example.org/cvat/", "https://example.org/cvat"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
    ],
)
def test_an_address_has_one_form(given: str, address: str) -> None:
    assert server_address(given) == address


@pytest.mark.parametrize("given", ["ftp://a", "https://", "http://a:b@c", "http://a:port", "a?b=c"])
def test_what_is_no_address(given: str) -> None:
    with pytest.raises(InputError):
        server_address(given)


def test_a_login_comes_from_the_environment() -> None:
    name = {"PRELABEL_CVAT_USER": "ann"}
    assert find_login("x", {"PRELABEL_CVAT_TOKEN": "t"} | name).token == "t"
    assert find_login("x", name | {"PRELABEL_CVAT_PASSWORD": "p"}).password == "p"
    with pytest.raises(CvatLoginError, match="PRELABEL_CVAT_TOKEN"):
        find_login("x", {})


def test_what_is_sent_is_json_that_others_read(server: Server, client: CvatClient) -> None:
    remote.create_project(client, "zoo", MARK, ["größe", "猫"])
    body = json.loads(server.sent("POST", "/api/projects")[0].raw)
    assert [label["name"] for label in body["labels"]] == ["größe", "猫"]
