"""What happens around jobs: projects deleted, files lost, databases busy, clocks set back."""

import errno
import os
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from db import images, sqlite
from db import jobs as stored_jobs
from db.ids import new_id
from db.tables import (
    Acceptance,
    AcceptanceItem,
    AuditDraw,
    Base,
    Calibration,
    Comment,
    Conflict,
    CvatBatch,
    CvatFrame,
    CvatLink,
    Decision,
    DuplicateGroup,
    Head,
    ImportBatch,
    Item,
    ItemColumn,
    ItemLabel,
    ItemSource,
    Job,
    JobState,
    LearningPoint,
    Lease,
    Membership,
    Project,
    Prompt,
    RejectedFile,
    Run,
    Snapshot,
    SnapshotItem,
    utc_now,
)
from labeling.errors import BusyError, PrelabelError
from labeling.settings import Settings
from labeling.workflows import ingest, jobs, prelabel, projects
from labeling.workflows.work import Runner
from labeling.workspace import Workspace, open_workspace
from tests.rows import Seeded, seed
from tests.workflow.helpers import create, import_, job, pictures, prelabel_


def filled(ws: Workspace, folder: Path, name: str) -> str:
    pictures(folder, 3)
    import_(ws, create(ws, name), folder)
    return name


def embedding_file(ws: Workspace) -> Path:
    [path] = (ws.settings.root / "embeddings").iterdir()
    return path


def test_a_project_deleted_while_it_is_pre_labelled_does_not_block_the_next(
    ws: Workspace, model, tmp_path: Path
) -> None:
    for number, name in enumerate(("first", "second")):
        pictures(tmp_path / name, 80, first=100 * number)
        import_(ws, create(ws, name), tmp_path / name)
    prelabel.enqueue(ws, "first")
    runner = Runner(ws)
    while not (ws.settings.root / "embeddings").exists():
        assert runner.step()
    projects.delete(ws, "first")
    next_one = prelabel.enqueue(ws, "second")
    while runner.step():
        pass
    assert job(ws, next_one)["state"] == JobState.DONE, job(ws, next_one)["error"]


@pytest.mark.parametrize("left", [0, 1, 5])
def test_lost_embeddings_are_made_again(ws: Workspace, model, tmp_path: Path, left: int) -> None:
    name = filled(ws, tmp_path / "in", "zoo")
    prelabel_(ws, name)
    path = embedding_file(ws)
    if left:
        os.truncate(path, left * path.stat().st_size // 6)
    else:
        path.unlink()
    result = prelabel_(ws, name)
    assert result["encoded"] == 3 - left // 2
    assert projects.show(ws, name)["queued"] == 3


def test_labels_that_no_database_takes_end_no_import(ws: Workspace, tmp_path: Path) -> None:
    pictures(tmp_path / "in", 2)
    labels = tmp_path / "labels.csv"
    labels.write_bytes(b"image,label\n0000.png,a\0b\n")
    result = import_(ws, create(ws), tmp_path / "in", labels=str(labels))
    assert result["imported"] == 2


@pytest.mark.parametrize("fill", [b"\0", b"\x7e"])
def test_damaged_embeddings_propose_nothing_and_the_told_remedy_works(
    local_ws: Workspace, local_model, tmp_path: Path, fill: bytes
) -> None:
    name = filled(local_ws, tmp_path / "in", "zoo")
    prelabel_(local_ws, name)
    path = embedding_file(local_ws)
    path.write_bytes(fill * path.stat().st_size)
    projects.configure(local_ws, name, templates=["a {}"])
    with pytest.raises(PrelabelError, match="Delete it"):
        prelabel_(local_ws, name)
    path.unlink()
    assert prelabel_(local_ws, name)["encoded"] == 3


def test_a_name_that_no_database_takes_ends_no_linked_import(ws: Workspace, tmp_path: Path) -> None:
    [first, _] = pictures(tmp_path / "in", 2)
    first.rename(first.with_name(os.fsdecode(b"odd\xff.png")))
    result = import_(ws, create(ws), tmp_path / "in", link=True)
    assert (result["imported"], result["rejected"]) == (1, 1)
    assert import_(ws, "zoo", tmp_path / "in")["imported"] == 1, "a copy can be taken"


def test_a_clock_set_back_does_not_make_two_jobs_take_turns(ws: Workspace) -> None:
    seeded = seed(ws.db, 0)
    running = jobs.enqueue(ws, "rank", seeded.id)
    ws.db.write(
        lambda s: s.execute(update(Job).where(Job.id == running).values(state=JobState.RUNNING))
    )
    earlier = Job(id="0" * 36, kind="rank", project_id=seeded.id)
    ws.db.write(lambda s: s.add(earlier))
    with ws.db.read() as session:
        assert stored_jobs.next_id(session) == running


def test_a_linked_file_that_vanishes_while_it_is_imported_ends_nothing(
    ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, *_ = pictures(tmp_path / "in", 3)
    store = ws.blobs.put

    def put_and_lose(kind: str, sha: str, data: bytes) -> None:
        store(kind, sha, data)
        gone.unlink(missing_ok=True)

    monkeypatch.setattr(ws.blobs, "put", put_and_lose)
    result = import_(ws, create(ws), tmp_path / "in", link=True)
    assert result["imported"] + result["rejected"] == 3


def test_a_busy_database_fails_no_job(
    new_sqlite_url, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "PRAGMAS", (*sqlite.PRAGMAS, "PRAGMA busy_timeout=50"))
    ws = open_workspace(Settings(home=tmp_path / "home", database_url=new_sqlite_url()))
    seeded = seed(ws.db, 2, queued=False)
    waiting = jobs.enqueue(ws, "import", seeded.id, {"batch": "none"})
    runner = Runner(ws)
    with sqlite3.connect(ws.db.url.removeprefix("sqlite:///"), isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(BusyError, match="locked"):
            runner.step()
        other.execute("ROLLBACK")
    assert job(ws, waiting)["state"] == JobState.QUEUED
    assert runner.step()
    assert job(ws, waiting)["state"] == JobState.FAILED, "its batch is not there"
    ws.close()


def test_a_full_disk_is_told_as_what_it_is(
    ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(kind: str, sha: str, data: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), f"{kind}/{sha}")

    pictures(tmp_path / "in", 1)
    name = create(ws)
    with monkeypatch.context() as patch:
        patch.setattr(ws.blobs, "put", full)
        with pytest.raises(PrelabelError, match="No space left"):
            import_(ws, name, tmp_path / "in")
    assert import_(ws, name, tmp_path / "in")["imported"] == 1


@pytest.mark.parametrize("end", ["done", "cancelled"])
def test_an_upload_goes_away_with_its_import(ws: Workspace, tmp_path: Path, end: str) -> None:
    folder = tmp_path / "upload"
    pictures(folder / "cats", 2)
    name = create(ws)
    job_id = ingest.enqueue(ws, name, [str(folder)], upload=folder)
    if end == "cancelled":
        jobs.cancel(ws, job_id)
    runner = Runner(ws)
    while runner.step():
        pass
    assert job(ws, job_id)["state"] == end
    assert not folder.exists()
    shown = {row["image"] for row in exported_paths(ws, name)}
    assert shown == ({"cats/0000.png", "cats/0001.png"} if end == "done" else set())


def exported_paths(ws: Workspace, name: str) -> list[dict[str, str]]:
    with ws.db.read() as session:
        project = projects.find(session, name)
        return [{"image": path} for path in images.ids_by_path(session, project.id)]


def test_a_project_with_everything_in_it_can_be_deleted(ws: Workspace) -> None:
    seeded = seed(ws.db, 2)
    ws.db.write(lambda session: fill(session, seeded))
    projects.delete(ws, seeded.name)
    with ws.db.read() as session:
        left = {
            table.name: session.scalar(select(func.count()).select_from(table))
            for table in Base.metadata.sorted_tables
        }
    shared = {"user", "image", "model", "recipe"}
    assert {name for name, count in left.items() if count} == shared


def fill(session: Session, seeded: Seeded) -> None:
    """Rows of every table that a project's rows hang on."""
    item, cat, ann = seeded.items[0], seeded.classes["cat"], seeded.people["ann"]
    project = session.get_one(Project, seeded.id)
    batch = session.scalars(select(ImportBatch.id)).first()
    run = session.scalars(select(Run)).first()
    group, link = (
        DuplicateGroup(project_id=seeded.id, method="dhash"),
        CvatLink(project_id=seeded.id, server="http://cvat"),
    )
    snapshot = Snapshot(project_id=seeded.id, name="v1", manifest_sha256="0" * 64, manifest={})
    acceptance = Acceptance(
        project_id=seeded.id, recipe_id=run.recipe_id, run_id=run.id, user_id=ann, alpha=0.1,
        delta=0.1,
    )  # fmt: skip
    session.add_all([group, link, snapshot, acceptance])
    session.flush()
    sent = CvatBatch(link_id=link.id, task_name="t", state="sent")
    session.add(sent)
    session.flush()
    session.get_one(Item, item).duplicate_group_id = group.id
    of_project = {"project_id": seeded.id}
    session.add_all(
        [
            ItemLabel(item_id=item, class_id=cat),
            ItemSource(item_id=item, batch_id=batch, path="a", columns={}),
            ItemColumn(item_id=item, name="site", value="x"),
            RejectedFile(batch_id=batch, path="b", reason="empty", detail=""),
            Prompt(class_id=cat, text="a cat"),
            Membership(user_id=ann, role="lead", **of_project),
            Lease(item_id=item, user_id=ann, expires_at=utc_now(), **of_project),
            Comment(item_id=item, user_id=ann, text="?"),
            AuditDraw(
                item_id=item,
                batch_id=batch,
                probability=0.1,
                frame_size=2,
                draw_size=1,
                seed=1,
                acceptance_id=acceptance.id,
                **of_project,
            ),
            Head(
                model_id=run.model_id,
                kind="linear",
                weights=b"",
                sha256="0" * 64,
                figures={},
                **of_project,
            ),
            Calibration(
                recipe_id=run.recipe_id, method="t", parameters={}, figures={}, **of_project
            ),
            AcceptanceItem(acceptance_id=acceptance.id, item_id=item, class_id=cat, score=0.9),
            LearningPoint(arm="policy", labels=20, kind="lda", right=1, n=2, **of_project),
            CvatFrame(batch_id=sent.id, item_id=item, frame=0, file_name="a", sent_labels=[]),
            Conflict(item_id=item, link_id=link.id, base_labels=[], our_labels=[], their_labels=[]),
            SnapshotItem(snapshot_id=snapshot.id, sha256="0" * 64, labels=[], state="verified"),
            Job(kind="rank", **of_project),
        ]
    )
    session.add(
        Decision(
            id=new_id(),
            item_id=item,
            user_id=ann,
            kind="correct",
            labels=[cat],
            class_set_revision=project.revision,
            view="single",
            **of_project,
        )
    )
