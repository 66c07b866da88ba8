"""Snapshots hold what was verified, refuse to be tampered with, and come back by new decisions."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from db import alike, images, snapshots
from db.ids import new_id
from db.tables import Item
from labeling.errors import ForbiddenError, InputError, NotFoundError
from labeling.workflows import (
    accounts,
    classes,
    exports,
    projects,
    review,
    second_look,
    snapshot_changes,
)
from labeling.workflows import snapshots as workflow
from labeling.workflows.snapshot_files import LABELS, MANIFEST, folder_of, verify
from labeling.workflows.snapshot_restore import restore
from labeling.workspace import Workspace
from tests.workflow.helpers import create, import_, pictures, run


@pytest.fixture
def lead(ws: Workspace) -> str:
    return accounts.user(ws, "lea", role="lead").id


@pytest.fixture
def zoo(ws: Workspace, tmp_path: Path) -> list[str]:
    """A project of twelve pictures, ten of them verified by ann; its items by arrival."""
    pictures(tmp_path / "in", 12)
    create(ws)
    import_(ws, "zoo", tmp_path / "in")
    with ws.db.read() as session:
        project = projects.find(session, "zoo")
        items = sorted(images.all_by_sha(session, project.id).values())
    for n, item in enumerate(items[:10]):
        decide(ws, "ann", item, *(["cat", "dog"][n % 2 : n % 2 + 1] if n < 9 else []))
    return items


def decide(ws: Workspace, person: str, item: str, *labels: str) -> None:
    kind = "correct" if labels else "none_of_these"
    act = {"id": new_id(), "item": item, "kind": kind, "labels": list(labels)}
    answer = review.decide(ws, accounts.user(ws, person).id, "zoo", [act])
    assert answer["acknowledged"], answer


def files(ws: Workspace, name: str) -> Path:
    with ws.db.read() as session:
        project = projects.find(session, "zoo")
        found = snapshots.named(session, project.id, name)
        assert found
        return folder_of(ws, found.id)


def labels(ws: Workspace) -> dict[str, list[str]]:
    """Labels by SHA-256 as a snapshot of now would hold them."""
    name = new_id()
    workflow.create(ws, accounts.user(ws, "lea", role="lead").id, "zoo", name)
    lines = (files(ws, name) / LABELS).read_text().splitlines()
    return {row["sha256"]: row["labels"] for row in map(json.loads, lines)}


def states(ws: Workspace) -> dict[str, str]:
    """The states of all items, by item."""
    with ws.db.read() as session:
        return dict(session.execute(select(Item.id, Item.state)).tuples().all())


@pytest.mark.usefixtures("zoo")
def test_a_snapshot_holds_what_was_verified_and_who_signed_it_off(ws: Workspace, lead: str):
    manifest = workflow.create(ws, lead, "zoo", "v1")
    assert manifest["items"] == len(manifest["pictures"]) == 10
    assert sum(manifest["splits"].values()) == 10
    assert manifest["signed_off_by"] == "lea"
    assert [row["name"] for row in manifest["classes"]] == ["cat", "dog", "bird"]
    [listed] = workflow.listed(ws, "zoo")
    assert listed == manifest | {"created_at": listed["created_at"], "erased": 0}
    checked = {"snapshot": "v1", "pictures": 10, "ok": True, "faults": [], "erased": []}
    assert verify(ws, "zoo", "v1") == checked


@pytest.mark.usefixtures("zoo")
def test_annotators_have_pseudonyms_unless_asked_otherwise(ws: Workspace, lead: str):
    workflow.create(ws, lead, "zoo", "hidden")
    workflow.create(ws, lead, "zoo", "named", with_names=True)
    assert '"ann"' not in (files(ws, "hidden") / LABELS).read_text()
    assert '"annotator": "annotator-' in (files(ws, "hidden") / LABELS).read_text()
    assert '"annotator": "ann"' in (files(ws, "named") / LABELS).read_text()


def test_splits_stay_when_pictures_are_added(ws: Workspace, lead: str, zoo: list[str]):
    workflow.create(ws, lead, "zoo", "v1")
    decide(ws, "ann", zoo[10], "bird")
    decide(ws, "ann", zoo[11], "cat")
    workflow.create(ws, lead, "zoo", "v2")
    changes = workflow.diff(ws, "zoo", "v1", "v2")
    assert len(changes["added"]) == 2
    assert changes["moved"] == changes["removed"] == changes["relabelled"] == []
    workflow.create(ws, lead, "zoo", "v3", shares={"test": 1.0}, seed=5)
    assert workflow.diff(ws, "zoo", "v2", "v3")["moved"]


def test_a_picture_that_comes_back_has_its_split_again(ws: Workspace, lead: str, zoo: list[str]):
    workflow.create(ws, lead, "zoo", "v1", seed=2, shares={"train": 0.5, "test": 0.5})
    splits = split_by_sha(ws, "v1")
    for item in zoo[:5]:
        flag = {"id": new_id(), "item": item, "kind": "flag"}
        review.decide(ws, accounts.user(ws, "bob").id, "zoo", [flag])
    assert workflow.create(ws, lead, "zoo", "v2")["items"] == 5
    restore(ws, lead, "zoo", "v1")
    decide(ws, "ann", zoo[10], "bird")
    workflow.create(ws, lead, "zoo", "v3")
    assert split_by_sha(ws, "v3").items() >= splits.items()


def test_near_duplicates_that_are_found_too_late_are_told(ws: Workspace, lead: str, zoo: list[str]):
    halves = {"train": 0.5, "test": 0.5}
    assert workflow.create(ws, lead, "zoo", "v1", seed=2, shares=halves)["divided_groups"] == 0
    with ws.db.read() as session:
        groups = dict.fromkeys(zoo[:10], "00000000-0000-7000-8000-000000000001")
        project_id = projects.find(session, "zoo").id
    ws.db.write(lambda session: alike.save(session, project_id, "test", groups, ws.clock()))
    assert workflow.create(ws, lead, "zoo", "v2")["divided_groups"] == 1
    assert split_by_sha(ws, "v2") == split_by_sha(ws, "v1")
    assert workflow.create(ws, lead, "zoo", "v3", seed=3)["divided_groups"] == 0
    assert len(set(split_by_sha(ws, "v3").values())) == 1


def split_by_sha(ws: Workspace, name: str) -> dict[str, str]:
    lines = (files(ws, name) / LABELS).read_text().splitlines()
    return {row["sha256"]: row["split"] for row in map(json.loads, lines)}


def test_a_difference_names_labels_before_and_after(ws: Workspace, lead: str, zoo: list[str]):
    workflow.create(ws, lead, "zoo", "v1")
    decide(ws, "ann", zoo[0], "bird")
    classes.rename(ws, "zoo", "dog", "hound")
    workflow.create(ws, lead, "zoo", "v2")
    changes = workflow.diff(ws, "zoo", "v1", "v2")
    [changed] = changes["relabelled"]
    assert (changed["before"], changed["after"]) == (["cat"], ["bird"])
    assert changes["renamed"] == [{"before": "dog", "after": "hound"}]


@pytest.mark.usefixtures("zoo")
@pytest.mark.parametrize("file", [LABELS, MANIFEST])
@pytest.mark.parametrize("harm", ["change", "remove"])
def test_a_tampered_snapshot_is_refused_with_the_name_of_the_file(
    ws: Workspace, lead: str, file: str, harm: str
):
    workflow.create(ws, lead, "zoo", "v1")
    path = files(ws, "v1") / file
    if harm == "remove":
        path.unlink()
    else:
        path.write_text(path.read_text().replace("verified", "reviewed").replace("lea", "eve"))
    found = verify(ws, "zoo", "v1")
    assert not found["ok"]
    assert str(path) in {fault["file"] for fault in found["faults"]}
    with pytest.raises(InputError, match=file):
        restore(ws, lead, "zoo", "v1")
    workflow.create(ws, lead, "zoo", "v2")
    for compared in (workflow.diff, snapshot_changes.show):
        with pytest.raises(InputError, match=file):
            compared(ws, "zoo", "v1", "v2")


@pytest.mark.usefixtures("zoo")
def test_labels_changed_in_the_database_are_found(ws: Workspace, lead: str):
    workflow.create(ws, lead, "zoo", "v1")

    def change(session) -> None:
        project = projects.find(session, "zoo")
        found = snapshots.named(session, project.id, "v1")
        snapshots.items(session, found.id)[0].labels = ["another"]

    ws.db.write(change)
    [fault] = verify(ws, "zoo", "v1")["faults"]
    assert fault["file"] == "the items in the database"


@pytest.mark.usefixtures("zoo")
def test_a_picture_whose_bytes_changed_is_named(ws: Workspace, lead: str):
    manifest = workflow.create(ws, lead, "zoo", "v1")
    sha = manifest["pictures"][0]
    ws.blobs.local_path("original", sha).write_bytes(b"something else")
    [fault] = verify(ws, "zoo", "v1")["faults"]
    assert fault["file"] == sha


def test_a_restored_snapshot_has_its_labels_again_and_the_log_keeps_all(
    ws: Workspace, lead: str, zoo: list[str]
):
    before = labels(ws)
    workflow.create(ws, lead, "zoo", "v1")
    for item in zoo[:4]:
        decide(ws, "ann", item, "bird")
    decide(ws, "ann", zoo[11], "dog")
    assert restore(ws, lead, "zoo", "v1") == {"restored": 4, "unchanged": 6, "failed": []}
    after = labels(ws)
    assert {sha: after[sha] for sha in before} == before
    assert len(after) == 11
    assert restore(ws, lead, "zoo", "v1") == {"restored": 0, "unchanged": 10, "failed": []}


def test_restoring_settles_what_people_dispute_since(ws: Workspace, lead: str, zoo: list[str]):
    before = labels(ws)
    workflow.create(ws, lead, "zoo", "v1")
    bob = accounts.user(ws, "bob").id
    later = {
        "id": new_id(),
        "item": zoo[0],
        "kind": "correct",
        "labels": ["bird"],
        "view": "import",
    }
    flag = {"id": new_id(), "item": zoo[1], "kind": "flag"}
    assert not review.decide(ws, bob, "zoo", [later, flag])["rejected"]
    assert {states(ws)[item] for item in zoo[:2]} == {"disputed"}
    assert restore(ws, lead, "zoo", "v1") == {"restored": 2, "unchanged": 8, "failed": []}
    assert labels(ws) == before
    assert {states(ws)[item] for item in zoo[:2]} == {"reviewed"}
    assert second_look.counts(ws, "zoo")["disputed"] == 0
    assert restore(ws, lead, "zoo", "v1") == {"restored": 0, "unchanged": 10, "failed": []}
    assert workflow.create(ws, lead, "zoo", "v2")["items"] == 10


def test_what_rests_on_a_class_that_is_gone_is_said_and_left(
    ws: Workspace, lead: str, zoo: list[str]
):
    workflow.create(ws, lead, "zoo", "v1")
    for item in zoo[:9]:
        decide(ws, "ann", item, "bird")
    classes.set_active(ws, "zoo", "dog", active=False)
    found = restore(ws, lead, "zoo", "v1")
    assert found["restored"] == 5
    assert {row["why"] for row in found["failed"]} == {"a class of it is no longer active"}


@pytest.mark.usefixtures("zoo")
def test_names_are_taken_once_and_only_a_lead_takes_them(ws: Workspace, lead: str):
    workflow.create(ws, lead, "zoo", "v1")
    with pytest.raises(InputError, match="already"):
        workflow.create(ws, lead, "zoo", "v1")
    with pytest.raises(ForbiddenError):
        workflow.create(ws, accounts.user(ws, "ann").id, "zoo", "v2")
    with pytest.raises(InputError, match="shares"):
        workflow.create(ws, lead, "zoo", "v2", shares={"train": 0.5})
    with pytest.raises(NotFoundError):
        verify(ws, "zoo", "v9")
    assert [m["snapshot"] for m in workflow.listed(ws, "zoo")] == ["v1"]


def test_before_anything_is_verified_there_is_no_snapshot(ws: Workspace, lead: str):
    create(ws)
    with pytest.raises(InputError, match="nothing is verified"):
        workflow.create(ws, lead, "zoo", "v1")
    assert not (ws.settings.root / "snapshots").exists()


def test_an_export_of_a_snapshot_is_as_it_was_signed_off(
    ws: Workspace, lead: str, zoo: list[str], tmp_path: Path
):
    workflow.create(ws, lead, "zoo", "v1", seed=3)
    decide(ws, "ann", zoo[0], "bird")
    classes.rename(ws, "zoo", "dog", "hound")
    job = exports.enqueue(ws, "zoo", "jsonl", tmp_path / "out", snapshot="v1")
    result = run(ws, job)
    rows = [json.loads(line) for line in (tmp_path / "out/labels.jsonl").read_text().splitlines()]
    assert result["items"] == len(rows) == 10
    assert sorted({label for row in rows for label in row["labels"]}) == ["cat", "dog"]
    assert sum(row["none_of_these"] for row in rows) == 1
    assert all(row["split"] and row["user"].startswith("annotator-") for row in rows)
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    assert manifest["filters"]["snapshot"] == "v1"


@pytest.mark.usefixtures("zoo")
def test_a_tampered_snapshot_is_not_exported(ws: Workspace, lead: str, tmp_path: Path):
    workflow.create(ws, lead, "zoo", "v1")
    path = files(ws, "v1") / LABELS
    path.write_text(path.read_text().replace("annotator", "somebody"))
    with pytest.raises(InputError, match=LABELS):
        exports.enqueue(ws, "zoo", "csv", tmp_path / "out", snapshot="v1")
