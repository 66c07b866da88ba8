"""Pull from the test server: taken, left alone, or for a reviewer; nothing verified by itself."""

from pathlib import Path

import pytest

from db import decisions
from db.tables import Item
from labeling.errors import ForbiddenError, InputError, NotFoundError, PrelabelError
from labeling.workflows import accounts, class_moves, comments, cvat_pull, second_look
from labeling.workspace import Workspace
from tests.cvat.helpers import decide, labels_there, project, push
from tests.cvat.pulls import counts, items, pull, pushed, settle, shown
from tests.cvat.server import Server
from tests.cvat.there import There
from tests.workflow.helpers import create, import_, pictures, prelabel_

pytestmark = [pytest.mark.usefixtures("login"), pytest.mark.slow]


def test_a_tag_that_somebody_changed_becomes_a_decision(
    ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    first, second, *_ = pushed(ws, server, tmp_path / "a")
    there.assign("human1")
    there.change(first, ws, "bird")
    assert counts(pull(ws, server)) == (0, 1, 3, 0)
    told = shown(ws, first)
    assert (told["labels"], told["state"]) == (["bird"], "verified")
    newest = told["decisions"][-1]
    assert newest["kind"] == newest["view"] == "cvat"
    assert newest["by"] == f"cvat:{server.url.removeprefix('http://')}"
    assert newest["entered_by"] == "lea"
    assert "assigned to human1" in newest["reason"]
    assert shown(ws, second)["labels"] == ["dog"]
    assert counts(pull(ws, server)) == (0, 0, 4, 0)
    assert push(ws, server)["updated"] == 0


def test_what_changed_here_alone_stays(
    ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    labels = project(ws, tmp_path / "a", 3)
    push(ws, server)
    path = next(iter(labels))
    decide(ws, {path: "bird"})
    there.touch()
    assert counts(pull(ws, server)) == (0, 0, 3, 0)
    (item,) = items(ws, [path])
    assert shown(ws, item)["labels"] == ["bird"]


def proposed(ws: Workspace, server: Server, folder: Path, count: int) -> list[str]:
    """A project whose proposals are at the server; its items."""
    paths = pictures(folder, count)
    import_(ws, create(ws), folder)
    prelabel_(ws, "zoo")
    push(ws, server, states=["proposed"])
    return items(ws, [str(path) for path in paths])


@pytest.mark.usefixtures("model")
def test_only_evidence_or_a_signature_verifies(
    ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    first, second, third = proposed(ws, server, tmp_path / "a", 3)
    there.complete()
    assert counts(pull(ws, server)) == (0, 0, 3, 0)
    assert {shown(ws, item)["state"] for item in (first, second, third)} == {"proposed"}
    there.change(first, ws, *there.labels(first, ws), source="manual")
    there.change(second, ws, "bird", source="semi-auto")
    assert counts(pull(ws, server)) == (2, 0, 1, 0)
    kept = [name for name in there.labels(first, ws) if name != "none_of_these"]
    assert shown(ws, first)["labels"] == kept
    assert shown(ws, second)["labels"] == ["bird"]
    assert [shown(ws, i)["state"] for i in (first, second, third)] == [
        "verified",
        "verified",
        "proposed",
    ]
    assert counts(pull(ws, server, sign_off=[there.job()])) == (1, 0, 2, 0)
    told = shown(ws, third)
    assert told["state"] == "verified"
    assert "signed off by lea" in told["decisions"][-1]["reason"]


@pytest.mark.usefixtures("model")
def test_a_change_that_the_model_proposes_too_is_not_forgotten_by_a_push(
    ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    (path,) = project(ws, tmp_path / "a", 1)
    push(ws, server)
    (item,) = items(ws, [path])
    prelabel_(ws, "zoo")
    class_moves.split(ws, "zoo", "cat", ["lion", "tiger"])
    prelabel_(ws, "zoo")
    same = shown(ws, item)["proposal"] or "none_of_these"
    if same in ("lion", "tiger"):
        there.add_label(same)
    there.change(item, ws, same)
    assert push(ws, server)["waiting"] == 1
    assert sum(counts(pull(ws, server))[:2]) == 1
    assert shown(ws, item)["state"] == "verified"


@pytest.mark.usefixtures("model")
def test_what_a_reviewer_sent_back_is_not_verified_again_by_the_same_tag(
    ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    (item,) = proposed(ws, server, tmp_path / "a", 1)
    there.change(item, ws, "dog", source="manual")
    assert counts(pull(ws, server)) == (1, 0, 0, 0)
    reviewer = accounts.user(ws, "rea", role="reviewer").id
    accounts.user(ws, "ann")
    seen = shown(ws, item)["seq"]
    second_look.send_back(ws, reviewer, "zoo", item, "ann", "look again", seen=seen)
    there.touch()
    assert counts(pull(ws, server)) == (0, 0, 1, 0)
    assert shown(ws, item)["labels"] is None


def test_a_job_of_somebody_else_is_not_signed_off(
    ws: Workspace, server: Server, tmp_path: Path
) -> None:
    pushed(ws, server, tmp_path / "a", 1)
    with pytest.raises(PrelabelError, match="job 999999 is none of those"):
        pull(ws, server, sign_off=[999999])


def test_tasks_that_moved_are_told_by_name(
    ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    pushed(ws, server, tmp_path / "a", 2)
    there.move_task()
    (told,) = pull(ws, server)["problems"]
    assert "zoo 001" in told
    assert "was moved to CVAT project" in told


def test_a_task_that_was_deleted_is_told_once_and_its_pictures_stay(
    local_ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    item, *_ = pushed(local_ws, server, tmp_path / "a", 2)
    server.cvat.delete_task(None, there.task(item, local_ws))
    (told,) = pull(local_ws, server)["problems"]
    assert "zoo 001" in told
    assert "was deleted there" in told
    assert pull(local_ws, server)["problems"] == push(local_ws, server)["problems"] == []
    assert (shown(local_ws, item)["labels"], server.cvat.tasks) == (["cat"], {})


@pytest.mark.usefixtures("model")
def test_what_a_model_in_cvat_says_verifies_nothing_and_replaces_nothing(
    ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    item, other = proposed(ws, server, tmp_path / "a", 2)
    fresh = "dog" if there.labels(item, ws) != ["dog"] else "cat"
    there.change(item, ws, fresh, source="auto")
    assert counts(pull(ws, server)) == (0, 0, 2, 0)
    assert push(ws, server)["unchanged"] == 2
    assert (shown(ws, item)["state"], there.labels(item, ws)) == ("proposed", [fresh])
    there.change(item, ws, fresh, source="semi-auto")
    assert counts(pull(ws, server)) == (1, 0, 1, 0)
    there.change(item, ws, "bird", source="auto")
    assert counts(pull(ws, server)) == (0, 0, 1, 1)
    assert shown(ws, item)["labels"] == [fresh]
    settle(ws, item, fresh)
    push(ws, server)
    assert there.labels(item, ws) == [fresh]
    there.change(other, ws, "bird", source="auto")
    assert counts(pull(ws, server, sign_off=[there.job()])) == (1, 0, 1, 0)
    assert shown(ws, other)["labels"] == ["bird"]
    assert counts(push(ws, server)) == (0, 0, 2, 0)


@pytest.mark.parametrize("change", ["rename", "delete"])
def test_a_label_that_somebody_changed_stops_the_pull(
    ws: Workspace, server: Server, there: There, tmp_path: Path, change: str
) -> None:
    item, *_ = pushed(ws, server, tmp_path / "a", 2)
    there.rename_label("cat", "lynx") if change == "rename" else there.delete_label("cat")
    with pytest.raises(PrelabelError, match="the label 'cat' was"):
        pull(ws, server)
    assert shown(ws, item)["labels"] == ["cat"]


def test_issues_come_back_as_comments_once(
    ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    first, second = pushed(ws, server, tmp_path / "a", 2)
    pull(ws, server)
    there.open_issue(first, ws, "is this a cat?")
    for _ in range(2):
        pull(ws, server)
        (one,) = comments.thread(ws, "zoo", first)
        assert "is this a cat?" in one["text"]
    assert comments.thread(ws, "zoo", second) == []


def test_tasks_that_did_not_change_are_not_read_again(
    ws: Workspace, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cvat_pull, "OVERLAP", -cvat_pull.OVERLAP)
    pushed(ws, server, tmp_path / "a", 2)
    pull(ws, server)
    read = len(server.sent("GET", "annotations"))
    pull(ws, server)
    assert len(server.sent("GET", "annotations")) == read


def test_a_pull_that_breaks_off_takes_the_rest_the_next_time(
    ws: Workspace, server: Server, there: There, tmp_path: Path
) -> None:
    found = items(ws, list(project(ws, tmp_path / "a", 4)))
    push(ws, server, job_size=1)
    for item in found:
        there.change(item, ws, "bird")
    server.fault("403", "GET", f"tasks/{there.task(found[2], ws)}/annotations", times=1)
    with pytest.raises(PrelabelError):
        pull(ws, server)
    assert counts(pull(ws, server))[0:2] == (0, 1)
    assert [shown(ws, item)["labels"] for item in found] == [["bird"]] * 4
    with ws.db.read() as session:
        logs = decisions.logs(session, found)
        assert all(session.get(Item, item) for item in found)
    taken = [sum(one.kind == "cvat" for one in logs[item]) for item in found]
    assert sum(taken) == 3  # one was a bird before


def test_only_a_lead_pulls_what_was_pushed(ws: Workspace, server: Server, tmp_path: Path) -> None:
    project(ws, tmp_path / "a", 1)
    lead = accounts.user(ws, "lea", role="lead").id
    with pytest.raises(NotFoundError, match="never pushed"):
        cvat_pull.enqueue(ws, lead, "zoo", server.url)
    push(ws, server)
    with pytest.raises(ForbiddenError):
        cvat_pull.enqueue(ws, accounts.user(ws, "ann").id, "zoo", server.url)
    with pytest.raises(InputError):
        cvat_pull.enqueue(ws, lead, "zoo", "http://a:b@example.org")
    assert all(len(labels) == 1 for labels in labels_there(server).values())
