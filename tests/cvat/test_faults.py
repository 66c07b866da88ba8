"""Every answer that a server fails with, in push and in pull, at every request of them: a person is
told what happened, nothing is lost or doubled, and the next push or pull does the rest."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labeling.cvat.client import CvatClient
from labeling.cvat.credentials import find_login
from labeling.errors import PrelabelError
from labeling.workflows import accounts, cvat_links, cvat_pull, cvat_sync
from labeling.workspace import Workspace
from tests.cvat.conftest import QUICK
from tests.cvat.helpers import add, counts, expected, labels_there, project, push
from tests.cvat.pulls import items, settle, shown
from tests.cvat.server import Server
from tests.cvat.state import TOKEN
from tests.cvat.there import There
from tests.workflow.helpers import run

pytestmark = pytest.mark.slow

FAULTS = {
    "401": "does not accept the login",
    "403": "may not do this",
    "404": "does not have it|is not at",
    "409": "refuses with 409",
    "429": "asks for a pause of 1000 s",
    "500": "failed with 500",
    "502": "failed with 502",
    "hang": "does not answer in time",
    "reset": "can't be reached or broke off",
    "cut": "can't be reached or broke off",
}
"""What goes wrong (``tests.cvat.server.Fault``), and what is told of it."""
READS = (
    "about", "users/self", r"projects/\d+$", "labels", "tasks$", "jobs", "issues", "meta",
    "annotations",
)  # fmt: skip
WRITES = (("POST", "tasks$"), ("POST", "data/"), ("PUT", "annotations"), ("PATCH", "annotations"))
Patient = Callable[[float], None]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch, server: Server) -> Patient:
    """Says how many seconds an answer is waited for; what the SDK sleeps is not slept."""
    monkeypatch.setenv("PRELABEL_CVAT_TOKEN", TOKEN)
    monkeypatch.setattr(cvat_sync, "PAUSES", ())
    server.cvat.polls = 0

    def wait(seconds: float) -> None:
        patience = dataclasses.replace(QUICK, read=seconds, write=seconds, tries=0)
        monkeypatch.setattr(
            cvat_links,
            "connect",
            lambda link: CvatClient(link.server, find_login(link.server), patience=patience),
        )

    wait(60)
    return wait


def pull(ws: Workspace, server: Server) -> dict[str, Any]:
    lead = accounts.user(ws, "lea", role="lead").id
    return run(ws, cvat_pull.enqueue(ws, lead, "zoo", server.url))


def fails(
    server: Server, patient: Patient, fault: str, method: str, path: str, sync: Callable[[], Any]
) -> None:
    """Expect that a sync that meets a fault tells it, whether it ends by it or not."""
    headers = {"Retry-After": "1000"} if fault == "429" else {}
    server.fault(fault, method, path, times=99, headers=headers, seconds=1.0)
    patient(0.2 if fault == "hang" else 60)
    try:
        told = "; ".join(sync()["problems"])
    except PrelabelError as error:
        told = f"{error.what}, {error.fix}"
    assert any(word in told for word in FAULTS[fault].split("|")), (method, path, told)
    server.faults.clear()
    patient(60)


@pytest.mark.parametrize("fault", list(FAULTS))
def test_a_pull_that_fails_is_told_and_the_next_takes_everything(
    local_ws: Workspace, server: Server, tmp_path: Path, patient: Patient, fault: str
) -> None:
    there = There(server)
    (item,) = items(local_ws, list(project(local_ws, tmp_path / "a", 1)))
    push(local_ws, server)
    for number, path in enumerate(READS):
        label = ("bird", "dog")[number % 2]
        there.change(item, local_ws, label)
        fails(server, patient, fault, "GET", path, lambda: pull(local_ws, server))
        assert shown(local_ws, item)["labels"] != [label]
        assert counts(pull(local_ws, server)) == (0, 1, 0, 0, 0)
        assert shown(local_ws, item)["labels"] == [label]
    assert counts(pull(local_ws, server)) == (0, 0, 1, 0, 0)
    assert push(local_ws, server)["unchanged"] == 1


@pytest.mark.parametrize("fault", list(FAULTS))
def test_a_push_that_fails_is_told_and_the_next_sends_everything_once(
    local_ws: Workspace, server: Server, tmp_path: Path, patient: Patient, fault: str
) -> None:
    labels = project(local_ws, tmp_path / "a", 1)
    (path,) = labels
    (item,) = items(local_ws, [path])
    push(local_ws, server)
    requests = [("GET", one) for one in READS if one != "issues"]
    for number, (method, where) in enumerate([*requests, *WRITES]):
        labels |= {path: ("bird", "dog")[number % 2]}
        settle(local_ws, item, labels[path])
        if method in ("POST", "PUT"):
            labels |= add(local_ws, tmp_path / f"b{number}", 1, first=50 + number)
        fails(server, patient, fault, method, where, lambda: push(local_ws, server))
        push(local_ws, server)
        assert labels_there(server) == expected(labels), (method, where)
        assert len(server.cvat.tasks) == len(labels)
    assert counts(push(local_ws, server)) == (0, 0, len(labels), 0, 0)
    assert len(server.cvat.projects) == 1


@pytest.mark.parametrize("fault", ["429", "502", "500", "reset"])
@pytest.mark.parametrize("path", ["tasks$", "annotations"])
def test_a_pull_gets_over_one_fault_by_itself(
    local_ws: Workspace, server: Server, tmp_path: Path, patient: Patient, fault: str, path: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(cvat_sync, "PAUSES", (0.0,))
    (item,) = items(local_ws, list(project(local_ws, tmp_path / "a", 1)))
    push(local_ws, server)
    There(server).change(item, local_ws, "bird")
    server.fault(fault, "GET", path, headers={"Retry-After": "2"})
    assert counts(pull(local_ws, server)) == (0, 1, 0, 0, 0)
    assert shown(local_ws, item)["labels"] == ["bird"]


@pytest.mark.usefixtures("patient")
def test_a_server_of_a_wrong_version_stops_both_until_it_is_another(
    local_ws: Workspace, server: Server, tmp_path: Path
) -> None:
    (item,) = items(local_ws, list(project(local_ws, tmp_path / "a", 1)))
    push(local_ws, server)
    There(server).change(item, local_ws, "bird")
    server.cvat.version = "2.60.0"
    for sync in (push, pull):
        with pytest.raises(PrelabelError, match=r"runs CVAT 2\.60\.0, which is not supported"):
            sync(local_ws, server)
    server.cvat.version = "2.73.0"
    assert counts(pull(local_ws, server)) == (0, 1, 0, 0, 0)
    assert counts(push(local_ws, server)) == (0, 0, 1, 0, 0)
