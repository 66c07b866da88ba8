"""The page Snapshots: taken, listed, compared, verified, exported, brought back."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import session
from db import images, projects
from db.ids import new_id
from labeling.workflows import (
    accounts,
    classes,
    erasure,
    jobs,
    review,
    snapshot_jobs,
    snapshots,
)
from labeling.workflows.work import Runner
from labeling.workspace import Workspace
from tests.app.pages import open_at, press, texts
from tests.app.seeding import seed

pytestmark = pytest.mark.slow


@pytest.fixture
def shas(workspace: Workspace, tmp_path: Path) -> list[str]:
    """Six pictures; the first four are dogs, the fifth shows none of the classes."""
    session.share(workspace)
    found = seed(workspace, tmp_path / "pictures", 6)
    for sha in found[:4]:
        decide(workspace, sha, "dog")
    decide(workspace, found[4])
    return found


def decide(ws: Workspace, sha: str, *labels: str) -> None:
    with ws.db.read() as db:
        item = images.all_by_sha(db, projects.find(db, "zoo").id)[sha]
    kind = "correct" if labels else "none_of_these"
    act = {"id": new_id(), "item": item, "kind": kind, "labels": list(labels)}
    answer = review.decide(ws, accounts.user(ws, "ann").id, "zoo", [act])
    assert answer["acknowledged"], answer


def work(ws: Workspace) -> None:
    """Do what waits, as a worker does."""
    runner = Runner(ws)
    while runner.step():
        pass


def opened(tab: str | None = None) -> AppTest:
    page = open_at("snapshots", project="zoo")
    if tab:
        page.session_state["snapshot-tab"] = tab
        page.run()
    assert not page.exception
    assert not page.error, page.error[0].value
    return page


def take(ws: Workspace, name: str, **given) -> dict:
    return snapshots.create(ws, accounts.local_user(ws), "zoo", name, **given)


@pytest.mark.usefixtures("shas")
def test_a_lead_takes_one_with_a_note_and_shares(workspace: Workspace) -> None:
    page = opened()
    assert page.button(key="snapshot-create").disabled
    page.text_input(key="snapshot-name").set_value("v1").run()
    page.text_area(key="snapshot-note").set_value("before the summer").run()
    for split, share in (("train", 50), ("validation", 0), ("test", 40)):
        page.number_input(key=f"snapshot-share-{split}").set_value(share).run()
    assert "The splits are 90 % together" in texts(page)
    assert page.button(key="snapshot-create").disabled
    page.number_input(key="snapshot-share-test").set_value(50).run()
    page.number_input(key="snapshot-seed").set_value(7).run()
    press(page, "Sign off 5 pictures")
    work(workspace)
    [made] = snapshots.listed(workspace, "zoo")
    assert (made["snapshot"], made["note"], made["seed"]) == ("v1", "before the summer", 7)
    assert made["splits"]["validation"] == 0
    assert made["items"] == 5
    table = opened().dataframe[0].value
    assert list(table["Snapshot"]) == ["v1"]
    assert list(table["Note"]) == ["before the summer"]
    assert "Erased" not in table


@pytest.mark.usefixtures("shas")
def test_a_name_that_is_taken_is_refused_before_any_job(workspace: Workspace) -> None:
    take(workspace, "v1")
    page = opened()
    page.text_input(key="snapshot-name").set_value("v1").run()
    page = press(page, "Sign off 5 pictures")
    assert "a snapshot 'v1' already" in page.error[0].value.replace("\\", "")
    assert not jobs.recent(workspace, "zoo", kind="snapshot")


def test_two_are_compared_by_class_and_picture(workspace: Workspace, shas: list[str]) -> None:
    take(workspace, "v1")
    decide(workspace, shas[0], "owl")
    decide(workspace, shas[5], "fox")
    take(workspace, "v2")
    page = opened()
    kinds = [one.value for one in page.subheader]
    assert kinds == ["Added: 1 picture", "Labelled otherwise: 1 picture"]
    rows = page.dataframe[1].value.set_index("Class")
    assert rows.loc["owl", "Changed to it"] == 1
    assert rows.loc["dog", "Changed from it"] == 1
    assert rows.loc["fox", "Added"] == 1
    assert "cat" not in rows.index
    boards = "".join(one.proto.body for one in page.get("html"))
    assert shas[0] in boards
    assert "was dog" in boards
    assert shas[1] not in boards


def test_other_splits_and_names_are_told_beside_the_labels(
    workspace: Workspace, shas: list[str]
) -> None:
    assert shas
    take(workspace, "v1", shares={"train": 1.0})
    classes.rename(workspace, "zoo", "dog", "big dog")
    take(workspace, "v2", shares={"test": 1.0}, seed=7)
    told = texts(opened())
    assert "Renamed: the class dog to big dog." in told
    assert "In another split: 5 from train to test." in told
    assert "The same pictures with the same labels." in told


def test_what_was_erased_is_told_and_is_no_fault(workspace: Workspace, shas: list[str]) -> None:
    take(workspace, "v1")
    erasure.enqueue(workspace, accounts.local_user(workspace), "zoo", [shas[0]], reason="asked to")
    work(workspace)
    page = press(opened("Verify"), "Verify")
    assert not page.exception
    work(workspace)
    page = opened("Verify")
    assert "all as signed off" in page.success[0].value
    assert "1 picture erased since" in texts(page)
    assert list(page.dataframe[0].value["Erased"]) == [1]


@pytest.mark.usefixtures("shas")
def test_tampering_is_told(workspace: Workspace) -> None:
    take(workspace, "v1")
    [path] = (workspace.settings.root / "snapshots").glob("*/labels.jsonl")
    path.write_text(path.read_text().replace("verified", "reviewed"))
    page = press(opened("Verify"), "Verify")
    work(workspace)
    page.run()
    assert "Not as it was signed off" in page.error[0].value


def test_it_comes_back_once_its_name_is_typed(workspace: Workspace, shas: list[str]) -> None:
    take(workspace, "v1")
    decide(workspace, shas[0], "owl")
    page = opened("Restore")
    assert page.button(key="snapshot-restore").disabled
    page.text_input(key="snapshot-restore-typed").set_value("v1").run()
    press(page, "Restore")
    work(workspace)
    assert "1 restored, 4 unchanged" in texts(opened("Restore"))


@pytest.mark.usefixtures("shas")
def test_it_is_exported_as_it_was_signed_off(workspace: Workspace) -> None:
    take(workspace, "v1")
    page = opened("Export")
    page.selectbox(key="snapshot-export-format").set_value("jsonl").run()
    press(page, "Export")
    work(workspace)
    [job] = jobs.recent(workspace, "zoo", kind="export")
    assert (job["result"]["format"], job["result"]["items"]) == ("jsonl", 5)


@pytest.mark.usefixtures("shas")
def test_a_job_that_is_done_again_takes_one_snapshot(workspace: Workspace) -> None:
    lead = accounts.local_user(workspace)
    job = snapshot_jobs.create(workspace, lead, "zoo", snapshots.Order("v1", states=("verified",)))
    with workspace.db.read() as db:
        project_id = projects.find(db, "zoo").id
    order = snapshots.Order("v1", states=("verified",))
    jobs.to_end(snapshots.taking(workspace, lead, project_id, order, job))
    work(workspace)
    assert jobs.show(workspace, job)["state"] == "done"
    assert len(snapshots.listed(workspace, "zoo")) == 1
