"""The page CVAT: what is at a server, what is asked for, and what waits for a reviewer."""

from pathlib import Path

import pytest

from db.tables import CvatLink, Job
from labeling.workflows import accounts, cvat_pull, cvat_push, item_log, jobs
from labeling.workspace import Workspace
from tests.app.pages import Open, open_at, press, texts
from tests.app.seeding import seed
from tests.cvat.helpers import decide, project, push
from tests.cvat.pulls import items
from tests.cvat.server import running
from tests.cvat.state import TOKEN
from tests.cvat.there import There
from tests.workflow.helpers import run

pytestmark = pytest.mark.slow


def test_nothing_was_pushed_and_nothing_can_be_before_there_is_an_address(
    open_page: Open, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 2)
    page = open_page("cvat", project="zoo")
    assert not page.exception
    assert "Nothing was pushed yet" in texts(page)
    assert [b.disabled for b in page.button if b.label in ("Push", "Pull")] == [True, True]
    page.text_input(key="cvat-url").input("https://cvat.example.org").run()
    press(page, "Pull")
    assert "was never pushed" in page.error[0].value


def test_a_push_is_asked_for_with_what_was_chosen(
    open_page: Open, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 2)
    page = open_page("cvat", project="zoo")
    page.text_input(key="cvat-url").input("https://cvat.example.org").run()
    page.text_input(key="cvat-assignee").input("human1").run()
    page.multiselect(key="cvat-classes").select("cat").run()
    page.number_input(key="cvat-below").set_value(0.6).run()
    page.number_input(key="cvat-limit").set_value(50).run()
    page.text_input(key="cvat-org").input("lab").run()
    page.checkbox(key="cvat-new-project").check().run()
    press(page, "Push")
    assert not page.exception
    (job,) = jobs.recent(workspace, "zoo", kind=cvat_push.KIND)
    assert job["state"] == "queued"
    with workspace.db.read() as session:
        given = session.get_one(Job, job["id"]).parameters
        assert session.get_one(CvatLink, given["link"]).organization == "lab"
    assert (given["assignee"], given["job_size"]) == ("human1", cvat_push.JOB_SIZE)
    assert (given["wish"]["below"], given["wish"]["limit"]) == (0.6, 50)
    assert len(given["wish"]["class_ids"]) == 1
    assert given["new_project"]
    assert not page.checkbox(key="cvat-new-project").value


def test_the_ledger_and_conflicts_are_told(
    open_page: Open, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRELABEL_CVAT_TOKEN", TOKEN)
    with running() as server:
        server.cvat.polls = 0
        path = next(iter(project(workspace, tmp_path / "a", 2)))
        push(workspace, server)
        (item,) = items(workspace, [path])
        There(server).change(item, workspace, "dog")
        decide(workspace, {path: "bird"})
        lead = accounts.local_user(workspace)
        run(workspace, cvat_pull.enqueue(workspace, lead, "zoo", server.url))
    page = open_page("cvat", project="zoo")
    assert not page.exception
    assert "**1 picture changed here and in CVAT.**" in page.warning[0].value
    assert "0 created, 0 updated, 1 unchanged, 1 conflicts, 0 failed" in texts(page)
    ledger = page.dataframe[0].value
    assert ledger["state"].tolist() == ["synced"]
    assert ledger["pictures"].tolist() == [2]
    look = open_page("second-look", project="zoo")
    assert not look.exception
    assert "in CVAT dog, here bird, before cat" in texts(look).replace("\\", "")
    sides = [one.value for one in look.markdown if one.value.startswith(":small[")]
    assert [side.split("**")[1] for side in sides[:3]] == ["bird", "dog", "cat"]
    (place,) = item_log.show(workspace, lead, "zoo", item)["cvat"]
    assert (place["server"], place["frame"], place["labels"]) == (server.url, 0, "cat")
    assert place["url"].endswith(f"/tasks/{place['task']}/jobs/{place['job']}?frame=0")
    assert f"CVAT task {place['task']}, job {place['job']}, frame 0" in texts(look)
    page = open_at("item", project="zoo", item=item)
    assert place["file"].replace("_", "") in texts(page).replace("\\", "").replace("_", "")
    press(look, "dog")
    assert item_log.show(workspace, lead, "zoo", item)["labels"] == ["dog"]
