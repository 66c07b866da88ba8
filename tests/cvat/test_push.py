"""Push against the test server: nothing twice, on the wrong picture or overwritten."""

import sqlite3
from itertools import chain
from pathlib import Path

import pytest

from db import cvat_ledger
from db.engine import sqlite_url
from labeling.errors import ForbiddenError, InputError, NotFoundError, PrelabelError
from labeling.settings import Settings
from labeling.workflows import accounts, classes, cvat_pull, cvat_push
from labeling.workspace import Workspace, open_workspace
from tests.cvat.helpers import (
    add,
    counts,
    decide,
    expected,
    labels_there,
    project,
    push,
    tasks_by_mark,
)
from tests.cvat.server import Server
from tests.cvat.state import TOKEN
from tests.cvat.there import There
from tests.workflow.helpers import create, import_, picture, prelabel_, run

pytestmark = [pytest.mark.usefixtures("login"), pytest.mark.slow]


def test_a_second_push_changes_nothing(ws: Workspace, server: Server, tmp_path: Path) -> None:
    labels = project(ws, tmp_path / "a", 7)
    assert counts(push(ws, server, job_size=3)) == (7, 0, 0, 0, 0)
    assert labels_there(server) == expected(labels)
    assert sorted(len(frames) for frames in server.cvat.frames.values()) == [1, 3, 3]
    assert set(tasks_by_mark(server).values()) == {1}
    writes = len(server.log) - len(server.sent("GET", ""))
    assert counts(push(ws, server, job_size=3)) == (0, 0, 7, 0, 0)
    assert len(server.log) - len(server.sent("GET", "")) == writes


def test_only_what_is_new_or_changed_is_sent(ws: Workspace, server: Server, tmp_path: Path) -> None:
    labels = project(ws, tmp_path / "a", 5)
    push(ws, server)
    changed = {path: "bird" for path, label in list(labels.items())[:2] if label != "bird"}
    decide(ws, changed)
    more = add(ws, tmp_path / "b", 2, first=50)
    assert counts(push(ws, server)) == (2, len(changed), 5 - len(changed), 0, 0)
    assert labels_there(server) == expected(labels | changed | more)
    assert len(server.cvat.projects) == 1
    assert len(server.sent("PUT", "annotations")) == 2
    patched = server.sent("PATCH", "annotations")
    assert [(r.query["action"], len(r.body["tags"])) for r in patched] == [("update", len(changed))]


def test_where_there_is_nothing_to_send_that_is_told(local_ws, server, tmp_path) -> None:
    project(local_ws, tmp_path / "a", 1)
    (told,) = push(local_ws, server, states=["proposed", "reviewed"])["problems"]
    assert "no picture is proposed or reviewed and fits" in told
    assert push(local_ws, server)["problems"] == []


def test_none_of_these_is_a_label_of_its_own(ws: Workspace, server: Server, tmp_path: Path) -> None:
    project(ws, tmp_path / "a", 1)
    path = picture(tmp_path / "b" / "x.png", 99)
    import_(ws, "zoo", path.parent)
    decide(ws, {str(path): "none_of_these"})
    push(ws, server)
    assert sorted(chain.from_iterable(labels_there(server).values())) == ["cat", "none_of_these"]


def test_several_labels_are_several_tags(ws: Workspace, server: Server, tmp_path: Path) -> None:
    path = picture(tmp_path / "a" / "x.png", 1)
    create(ws, mode="multi")
    import_(ws, "zoo", path.parent)
    decide(ws, {str(path): "cat|dog"})
    assert counts(push(ws, server)) == (1, 0, 0, 0, 0)
    decide(ws, {str(path): "bird"})
    assert counts(push(ws, server)) == (0, 1, 0, 0, 0)
    assert list(labels_there(server).values()) == [["bird"]]


def test_edits_of_people_there_are_left_for_the_pull(
    ws: Workspace, server: Server, tmp_path: Path
) -> None:
    labels = project(ws, tmp_path / "a", 4)
    push(ws, server)
    cvat = server.cvat
    (task_id,) = cvat.tasks
    by_name = {label["name"]: label["id"] for label in cvat.labels.values()}
    tags = sorted(cvat.tags[task_id].values(), key=lambda tag: tag["frame"])
    tags[0] |= {"label_id": by_name["bird"], "source": "semi-auto"}
    tags[1] |= {"label_id": by_name["none_of_these"], "source": "semi-auto"}
    del cvat.tags[task_id][tags[2]["id"]]
    cvat.deleted[task_id] = [3]
    decide(ws, {next(iter(labels)): "dog"})
    before = labels_there(server)
    result = push(ws, server)
    assert counts(result) == (0, 0, 0, 1, 0)
    assert result["waiting"] == 3
    assert labels_there(server) == before


def test_a_tag_that_stands_twice_becomes_one(ws: Workspace, server: Server, tmp_path: Path) -> None:
    labels = project(ws, tmp_path / "a", 2)
    push(ws, server)
    (task_id,) = server.cvat.tasks
    tag = next(iter(server.cvat.tags[task_id].values()))
    server.cvat.tags[task_id][999] = tag | {"id": 999, "source": "manual"}
    assert counts(push(ws, server)) == (0, 0, 2, 0, 0)
    assert labels_there(server) == expected(labels)
    assert 999 in server.cvat.tags[task_id]


def test_score_and_model_are_written_once(ws, server: Server, tmp_path: Path, model) -> None:
    project(ws, tmp_path / "a", 2)
    more = [picture(tmp_path / "b" / f"{n}.png", 70 + n) for n in range(3)]
    import_(ws, "zoo", more[0].parent)
    prelabel_(ws, "zoo")
    assert push(ws, server, states=["proposed", "verified"])["created"] == 5
    (task_id,) = server.cvat.tasks
    values = [[a["value"] for a in t["attributes"]] for t in server.cvat.tags[task_id].values()]
    assert all(0 <= float(score) <= 1 and model == "embedded" for score, model in values)


def test_a_lead_chooses_by_class_score_and_number(ws, server, tmp_path, model) -> None:
    labels = project(ws, tmp_path / "a", 6)
    prelabel_(ws, "zoo")
    cats = [path for path, label in labels.items() if label == "cat"]
    assert push(ws, server, class_names=["cat"])["created"] == len(cats)
    assert labels_there(server) == expected(dict.fromkeys(cats, "cat"))
    assert push(ws, server, limit=1)["created"] == 1
    assert push(ws, server, below=0.0)["created"] == 0
    assert push(ws, server, below=1.0)["created"] == 3


def test_jobs_get_their_assignee_after_the_tags(ws, server, tmp_path) -> None:
    project(ws, tmp_path / "a", 2)
    push(ws, server, assignee="human1")
    (job,) = server.cvat.jobs.values()
    assert job["assignee"]["username"] == "human1"
    order = [(r.method, r.path.rsplit("/", 2)[-2]) for r in server.log]
    assert order.index(("PUT", "annotations")) < order.index(("PATCH", "jobs"))
    add(ws, tmp_path / "b", 1, first=30)
    result = push(ws, server, assignee="nobody")
    assert result["created"] == 1
    assert "no user 'nobody'" in result["problems"][0]


def test_a_class_renamed_here_is_renamed_there(ws, server, tmp_path) -> None:
    labels = project(ws, tmp_path / "a", 3)
    push(ws, server)
    classes.rename(ws, "zoo", "cat", "kitten")
    assert counts(push(ws, server)) == (0, 0, 3, 0, 0)
    renamed = {p: "kitten" if c == "cat" else c for p, c in labels.items()}
    assert labels_there(server) == expected(renamed)


@pytest.mark.parametrize("what", ["renamed to 'feline'", "deleted"])
def test_a_label_changed_there_stops_the_push_and_asks(ws, server, tmp_path, what) -> None:
    project(ws, tmp_path / "a", 3)
    push(ws, server)
    label = next(row for row in server.cvat.labels.values() if row["name"] == "cat")
    if what == "deleted":
        del server.cvat.labels[label["id"]]
    else:
        label["name"] = "feline"
    with pytest.raises(PrelabelError, match=f"label 'cat' was {what}"):
        push(ws, server)


def test_tasks_that_are_gone_or_moved_are_told_by_name(ws, server, tmp_path) -> None:
    project(ws, tmp_path / "a", 4)
    push(ws, server, job_size=2)
    first, second = server.cvat.tasks
    del server.cvat.tasks[first]
    server.cvat.tasks[second]["project_id"] = 77
    result = push(ws, server)
    assert counts(result) == (0, 0, 0, 0, 0)
    assert "was deleted there" in result["problems"][0]
    assert "was moved to CVAT project 77" in result["problems"][1]


def test_a_database_from_before_a_push_takes_its_tasks_in(local_ws, server, tmp_path) -> None:
    labels = project(local_ws, tmp_path / "a", 2)
    push(local_ws, server)
    backup = tmp_path / "backup.db"
    with sqlite3.connect(local_ws.db.url.removeprefix("sqlite:///")) as source:
        source.backup(sqlite3.connect(backup))
    labels |= add(local_ws, tmp_path / "b", 3, first=50)
    push(local_ws, server)
    task = max(server.cvat.tasks)
    There(server).put((task, 1), ("bird",))
    restored = open_workspace(Settings(home=tmp_path / "home2", database_url=sqlite_url(backup)))
    add(restored, tmp_path / "b", 3, first=50)
    result = push(restored, server)
    (told,) = result["problems"]
    assert "3 of its 3 pictures are synced from now on" in told
    assert (counts(result)[:4], len(server.cvat.tasks)) == ((2, 0, 2, 1), 2)
    assert counts(push(restored, server)) == (0, 0, 4, 1, 0)
    there = labels_there(server)
    assert len(there) == 5
    restored.close()


def test_another_project_can_be_begun_where_it_was_deleted(ws, server, tmp_path) -> None:
    labels = project(ws, tmp_path / "a", 3)
    push(ws, server)
    for rows in (server.cvat.projects, server.cvat.tasks, server.cvat.frames, server.cvat.tags):
        rows.clear()
    with pytest.raises(PrelabelError, match="is not at") as told:
        push(ws, server)
    assert "--new-project" in told.value.fix
    assert push(ws, server, new_project=True)["created"] == 3
    assert labels_there(server) == expected(labels)
    assert counts(push(ws, server)) == (0, 0, 3, 0, 0)


def test_one_server_by_two_addresses_gets_nothing_twice(ws, server, tmp_path) -> None:
    project(ws, tmp_path / "a", 3)
    push(ws, server)
    other = server.url.replace("127.0.0.1", "localhost")
    with pytest.raises(PrelabelError, match=f"server {server.url} by another address"):
        run(ws, cvat_push.enqueue(ws, "zoo", other))
    assert (len(server.cvat.projects), len(server.cvat.tasks)) == (1, 1)
    with pytest.raises(NotFoundError) as told:
        cvat_pull.enqueue(ws, accounts.local_user(ws), "zoo", other)
    assert server.url in (told.value.fix or "")
    assert run(ws, cvat_push.enqueue(ws, "zoo", other, new_project=True))["created"] == 3


def test_going_to_an_organisation_and_back_sends_nothing_twice(ws, server, tmp_path) -> None:
    project(ws, tmp_path / "a", 2)
    push(ws, server)
    with pytest.raises(PrelabelError, match="mistyped organization does not exist"):
        push(ws, server, organization="mistyped")
    assert counts(push(ws, server)) == (0, 0, 2, 0, 0)
    assert push(ws, server, organization="lab")["created"] == 2
    assert counts(push(ws, server)) == (0, 0, 2, 0, 0)
    assert counts(push(ws, server, organization="")) == (0, 0, 2, 0, 0)
    assert len(server.cvat.projects) == 2


def test_only_a_lead_pushes(local_ws, server, tmp_path) -> None:
    project(local_ws, tmp_path / "a", 1)
    annotator = accounts.user(local_ws, "ann").id
    with pytest.raises(ForbiddenError, match="needs the role lead"):
        cvat_push.enqueue(local_ws, "zoo", server.url, user_id=annotator)


def test_what_can_not_be_asked_for(local_ws: Workspace, server: Server) -> None:
    create(local_ws)
    for given in ({"states": ["nonsense"]}, {"states": []}, {"job_size": 0}, {"limit": -1}):
        with pytest.raises(InputError):
            cvat_push.enqueue(local_ws, "zoo", server.url, **given)
    with pytest.raises(PrelabelError, match="no class"):
        cvat_push.enqueue(local_ws, "zoo", server.url, class_names=["cow"])


def test_no_login_is_told_before_anything_is_done(local_ws, server, tmp_path, monkeypatch) -> None:
    project(local_ws, tmp_path / "a", 1)
    monkeypatch.delenv("PRELABEL_CVAT_TOKEN")
    with pytest.raises(PrelabelError, match="no login for CVAT"):
        push(local_ws, server)
    assert server.log == []


def test_one_process_alone_syncs_a_link(ws: Workspace) -> None:
    with cvat_ledger.held(ws.db, "link") as first, cvat_ledger.held(ws.db, "link") as second:
        assert first
        assert second is ws.db.is_sqlite
    with cvat_ledger.held(ws.db, "link") as again:
        assert again


def test_the_token_is_nowhere(local_ws: Workspace, server: Server, tmp_path: Path) -> None:
    project(local_ws, tmp_path / "a", 1)
    push(local_ws, server)
    local_ws.close()
    for path in local_ws.settings.root.rglob("*"):
        if path.is_file():
            assert TOKEN.encode() not in path.read_bytes(), path
