"""An erased picture is gone from everywhere here, the log stays, and what held it says so."""

import json
from pathlib import Path

import numpy as np
import pytest

from db import acceptances, decisions, erasures, images, proposals
from db.ids import new_id
from db.tables import Decision, DuplicateGroup, Embedding, Image, Item, Job, JobState
from labeling.errors import ForbiddenError, InputError, NotFoundError
from labeling.images.fingerprint import sha256
from labeling.workflows import (
    accounts,
    erasure,
    erasure_files,
    exports,
    gallery,
    ingest,
    ingest_files,
    people,
    projects,
    review,
    snapshots,
    store,
)
from labeling.workflows.jobs import Task
from labeling.workflows.snapshot_files import verify
from labeling.workflows.snapshot_restore import restore
from labeling.workflows.work import Runner
from labeling.workspace import Workspace
from tests.workflow.helpers import create, import_, job, pictures, prelabel_, run


@pytest.fixture
def lead(ws: Workspace) -> str:
    return accounts.user(ws, "lea", role="lead").id


@pytest.fixture
def zoo(ws: Workspace, tmp_path: Path) -> list[Path]:
    """A project of six pictures, each verified as a cat."""
    paths = pictures(tmp_path / "in", 6)
    create(ws)
    import_(ws, "zoo", tmp_path / "in")
    for path in paths:
        decide(ws, path)
    return paths


def sha_of(path: Path) -> str:
    return sha256(path.read_bytes())


def item_of(ws: Workspace, path: Path, project: str = "zoo") -> str:
    with ws.db.read() as session:
        found = projects.find(session, project)
        return images.all_by_sha(session, found.id)[sha_of(path)]


def decide(ws: Workspace, path: Path, label: str = "cat") -> None:
    act = {"id": new_id(), "item": item_of(ws, path), "kind": "correct", "labels": [label]}
    answer = review.decide(ws, accounts.user(ws, "ann").id, "zoo", [act])
    assert answer["acknowledged"], answer


def erase(ws: Workspace, lead: str, *names: Path | str, reason: str = "asked to") -> dict:
    names_given = [str(name) for name in names]
    return run(ws, erasure.enqueue(ws, lead, "zoo", names_given, reason=reason))


def test_its_bytes_are_gone_and_its_decisions_stay(ws: Workspace, lead: str, zoo: list[Path]):
    gone, item = zoo[0], item_of(ws, zoo[0])
    sha = sha_of(gone)
    for kind in ("original", "thumb"):
        assert ws.blobs.exists(kind, sha)
    assert erase(ws, lead, "0000.png")["erased"] == [sha]
    for kind in ("original", "screen", "thumb"):
        assert not ws.blobs.exists(kind, sha)
    ann = accounts.user(ws, "ann").id
    with ws.db.read() as session:
        assert session.get(Image, sha) is None
        assert session.get(Item, item) is None
        assert [d.item_id for d in decisions.log(session, item)] == [item]
        kept = erasures.of(session, [sha])[sha]
        assert (kept.reason, kept.user_id, kept.left) == ("asked to", lead, {})
        assert kept.finished_at is not None
    found = projects.show(ws, "zoo")
    assert (found["items"], found["verified"]) == (5, 5)
    assert len(review.history(ws, ann, "zoo")["decisions"]) == 5
    shown = gallery.search(ws, "zoo")
    assert sha not in json.dumps(shown, default=str)
    checked = store.verify(ws)
    assert (checked["items"], checked["differing"], checked["orphans"]) == (5, [], 0)


def test_the_same_bytes_are_refused_until_an_admin_lifts_it(
    ws: Workspace, lead: str, zoo: list[Path]
):
    sha = sha_of(zoo[0])
    erase(ws, lead, sha)
    again = import_(ws, "zoo", zoo[0])
    assert (again["imported"], again["rejected"]) == (0, 1)
    told = ingest.rejected_files(ws, again["batch"])[0]
    assert told["reason"] == "erased"
    assert "asked to" in told["detail"]
    assert not ws.blobs.exists("thumb", sha)
    with pytest.raises(ForbiddenError):
        erasure.lift(ws, lead, [sha])
    boss = accounts.user(ws, "boss", role="admin").id
    assert erasure.lift(ws, boss, [sha]) == [sha]
    assert import_(ws, "zoo", zoo[0])["imported"] == 1
    assert projects.show(ws, "zoo")["by_state"] == {"verified": 5, "unlabeled": 1}
    with pytest.raises(NotFoundError):
        erasure.lift(ws, boss, [sha])
    erase(ws, lead, sha)
    assert import_(ws, "zoo", zoo[0])["rejected"] == 1


def test_snapshots_say_so_and_leave_it_out(
    ws: Workspace, lead: str, zoo: list[Path], tmp_path: Path
):
    manifest = snapshots.create(ws, lead, "zoo", "v1")
    sha = sha_of(zoo[0])
    assert erasure.preview(ws, lead, "zoo", [sha])[0]["snapshots"] == [
        {"project": "zoo", "snapshot": "v1"}
    ]
    erase(ws, lead, sha)
    checked = verify(ws, "zoo", "v1")
    assert (checked["ok"], checked["faults"], checked["pictures"]) == (True, [], 6)
    assert [one["sha256"] for one in checked["erased"]] == [sha]
    assert "asked to" in checked["erased"][0]["what"]
    listed = snapshots.listed(ws, "zoo")[0]
    assert listed["erased"] == 1
    assert manifest.items() <= listed.items()
    snapshots.create(ws, lead, "zoo", "v2")
    changes = snapshots.diff(ws, "zoo", "v1", "v2")
    assert changes["removed"] == changes["erased"] == [sha]
    out = tmp_path / "out"
    options = {"pictures": "copy"}
    job = exports.enqueue(ws, "zoo", "csv", out, snapshot="v1", options=options)
    result = run(ws, job)
    assert (result["items"], result["erased"]) == (5, [sha])
    assert json.loads((out / "manifest.json").read_text())["filters"]["erased"] == [sha]
    decide(ws, zoo[1], "dog")
    back = restore(ws, lead, "zoo", "v1")
    assert (back["restored"], back["unchanged"]) == (1, 4)
    assert back["failed"][0]["sha256"] == sha
    assert "erased" in back["failed"][0]["why"]


def test_vectors_and_proposals_go_with_it(ws: Workspace, model, lead: str, zoo: list[Path]):
    prelabel_(ws, "zoo")
    item, sha = item_of(ws, zoo[2]), sha_of(zoo[2])
    with ws.db.read() as session:
        project = projects.find(session, "zoo")
        assert project.run_id
        run_row = proposals.run(session, project.run_id)
        used = proposals.model(session, run_row.model_id)
        row = proposals.embedding_row(session, used.id, sha)
        assert proposals.of_items(session, project.run_id, [item])
    erase(ws, lead, sha)
    with ws.embeddings(used.id, used.dim, used.rows) as vectors:
        left = vectors.read(np.arange(used.rows))
    assert not left[row].any()
    assert np.linalg.norm(np.delete(left, row, 0), axis=1) == pytest.approx(np.ones(5), abs=1e-2)
    with ws.db.read() as session:
        assert session.get(Embedding, (used.id, sha)) is None
        assert not proposals.of_items(session, project.run_id, [item])
    assert prelabel_(ws, "zoo")["items"] == 5


def test_a_picture_goes_from_every_project_and_only_for_who_leads_all(
    ws: Workspace, lead: str, zoo: list[Path]
):
    create(ws, "farm")
    import_(ws, "farm", zoo[0])
    found = erasure.preview(ws, lead, "zoo", [str(zoo[0])])[0]
    assert sorted(one["project"] for one in found["projects"]) == ["farm", "zoo"]
    ann = accounts.user(ws, "ann").id
    with pytest.raises(ForbiddenError):
        erasure.preview(ws, ann, "zoo", [str(zoo[0])])
    people.set_membership(ws, "ann", "zoo", "lead")
    with pytest.raises(ForbiddenError, match="all projects"):
        erasure.enqueue(ws, ann, "zoo", [str(zoo[0])])
    erase(ws, lead, zoo[0])
    assert projects.show(ws, "farm")["items"] == 0
    assert store.verify(ws)["orphans"] == 0


def test_what_is_linked_or_was_exported_stays_and_is_named(
    ws: Workspace, lead: str, tmp_path: Path
):
    paths = pictures(tmp_path / "in", 2)
    create(ws)
    import_(ws, "zoo", tmp_path / "in", link=True)
    for path in paths:
        decide(ws, path)
    out = tmp_path / "out"
    run(ws, exports.enqueue(ws, "zoo", "imagefolder", out))
    abandoned = tmp_path / ".out.partial-0123456789abcdef"
    abandoned.mkdir()
    told = erase(ws, lead, paths[0])["stays"]
    assert len(told) == 2
    assert str(paths[0]) in told[0]
    assert str(out) in told[1]
    assert paths[0].exists()
    assert not abandoned.exists()


def test_names_that_mean_nothing_or_too_much_are_refused(ws: Workspace, lead: str, zoo: list[Path]):
    for wrong in ("nothing.png", "0" * 64):
        with pytest.raises(InputError, match="no picture"):
            erasure.enqueue(ws, lead, "zoo", [wrong])
    with pytest.raises(InputError, match="reason"):
        erasure.enqueue(ws, lead, "zoo", ["0000.png"], reason="x" * 501)
    assert projects.show(ws, "zoo")["items"] == len(zoo)


def test_killed_in_the_middle_it_is_finished_by_the_next(
    ws: Workspace, lead: str, zoo: list[Path], monkeypatch: pytest.MonkeyPatch
):
    sha = sha_of(zoo[0])

    def killed(*_given) -> None:
        raise OSError(5, "killed here")

    with monkeypatch.context() as patched:
        patched.setattr(erasure_files, "remove", killed)
        with pytest.raises(Exception, match="killed here"):
            erase(ws, lead, zoo[0])
    assert ws.blobs.exists("original", sha)
    assert projects.show(ws, "zoo")["items"] == 5
    assert erase(ws, lead, zoo[0])["erased"] == [sha]
    assert not ws.blobs.exists("original", sha)
    with pytest.raises(InputError):
        erasure.enqueue(ws, lead, "zoo", [str(zoo[0])])


def test_a_job_that_is_taken_up_again_ends_the_same(ws: Workspace, lead: str, zoo: list[Path]):
    job_id = erasure.enqueue(ws, lead, "zoo", [str(path) for path in zoo[:3]])
    with ws.db.read() as session:
        row = session.get_one(Job, job_id)
    at_work = erasure.steps(Task(ws, row))
    for _ in range(4):  # three pictures out of the database, one out of the files
        next(at_work)
    at_work.close()
    result = run(ws, job_id)
    assert len(result["erased"]) == 2
    assert projects.show(ws, "zoo")["items"] == 3
    for path in zoo[:3]:
        assert not ws.blobs.exists("original", sha_of(path))
    with ws.db.read() as session:
        assert session.get_one(Job, job_id).state == JobState.DONE
        assert not erasures.unfinished(session)


def erase_amid(ws: Workspace, lead: str, begun: str, path: Path) -> None:
    """Erase a picture while a job is in the middle of its work, then let that go on to its end."""
    runner = Runner(ws)
    while job(ws, begun)["done"] < 2:
        assert runner.step()
    erasing = erasure.enqueue(ws, lead, "zoo", [str(path)])
    while job(ws, erasing)["state"] != "done":
        assert runner.step()
    assert job(ws, begun)["state"] == "running"
    assert not ws.blobs.exists("original", sha_of(path))
    while runner.step():
        pass
    assert job(ws, begun)["state"] == "done"


def test_an_export_that_has_begun_begins_anew_without_it(
    ws: Workspace, lead: str, zoo: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(exports, "PART", 1)
    out, sha = tmp_path / "out", sha_of(zoo[0])
    begun = exports.enqueue(ws, "zoo", "csv", out, options={"pictures": "copy"})
    erase_amid(ws, lead, begun, zoo[0])
    assert job(ws, begun)["result"]["items"] == 5
    assert not list(out.rglob(f"*{sha[:12]}*"))
    assert sha not in (out / "labels.csv").read_text()


def test_an_import_that_has_begun_refuses_it(
    ws: Workspace, lead: str, zoo: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ingest_files, "CHUNK_ROWS", 1)
    begun = ingest.enqueue(ws, "zoo", [str(tmp_path / "in")])
    erase_amid(ws, lead, begun, zoo[5])
    batch = job(ws, begun)["result"]["batch"]
    assert [one["reason"] for one in ingest.rejected_files(ws, batch)] == ["erased"]
    assert not ws.blobs.exists("original", sha_of(zoo[5]))
    assert projects.show(ws, "zoo")["items"] == 5


def test_a_group_of_two_near_duplicates_ends(ws: Workspace, lead: str, zoo: list[Path]):
    both = [item_of(ws, path) for path in zoo[:2]]

    def group(session) -> None:
        project = projects.find(session, "zoo")
        row = DuplicateGroup(id=new_id(), project_id=project.id, method="test")
        session.add(row)
        session.flush()
        for item in both:
            session.get_one(Item, item).duplicate_group_id = row.id

    ws.db.write(group)
    erase(ws, lead, zoo[0])
    with ws.db.read() as session:
        assert session.get_one(Item, both[1]).duplicate_group_id is None
        assert session.query(DuplicateGroup).count() == 0
        assert session.query(Decision).count() == 6
        assert acceptances.running(session, projects.find(session, "zoo").id) is None
