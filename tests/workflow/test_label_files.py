"""Labels that come as files: with an import, as decisions, and out of one project into another."""

import json
import shutil
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from db import decisions, images, projects
from db.tables import Item, ItemColumn, ItemSource, Job, JobState
from labeling.class_names import parse
from labeling.errors import InputError, PrelabelError
from labeling.exporters.registry import EXPORTERS
from labeling.importers import archive
from labeling.workflows import accounts, decide_file, exports, ingest, jobs, review
from labeling.workflows.projects import create as create_project
from labeling.workflows.projects import find
from labeling.workflows.truth import read_truth
from labeling.workspace import Workspace
from tests.unit.bad_files import tarred
from tests.workflow.helpers import create, import_, picture, pictures, run

pytestmark = pytest.mark.slow

CLASSES = 'cat,"big dog",Vögel 鳥'
TWO = parse("cat,dog")
SEVERAL = {1: ["cat"], 2: ["big dog", "Vögel 鳥"], 3: [], 4: ["Vögel 鳥"]}
SINGLE = {number: labels[:1] for number, labels in SEVERAL.items()}


def decide(ws: Workspace, name: str, path: Path, person: str = "ann") -> dict:
    return decide_file.decide_from(ws, accounts.user(ws, person).id, name, path)


def labels_by_path(ws: Workspace, name: str) -> dict[str, tuple[str, list[str]]]:
    """State and labels of each item by the path that it came under."""
    with ws.db.read() as session:
        project = find(session, name)
        names = projects.class_names(session, project.id)
        borne = decisions.labels(session, project.id)
        states = dict(session.execute(select(Item.id, Item.state)).tuples().all())
        return {
            path: (states[item], sorted(names[c] for c in borne.get(item, [])))
            for path, [item] in images.ids_by_path(session, project.id).items()
        }


def came_with(ws: Workspace, name: str) -> dict[str, str | None]:
    """The labels that came with the paths of a project."""
    with ws.db.read() as session:
        project = find(session, name)
        query = select(ItemSource.path, ItemSource.label).join(Item, Item.id == ItemSource.item_id)
        return dict(session.execute(query.where(Item.project_id == project.id)).tuples().all())


def odd_folder(folder: Path) -> dict[int, Path]:
    """Pictures with names of any script, two of them of the same name, by number."""
    names = ("a/bild 1.png", "b/bild 1.png", "b/猫.png", "ü/x|y.png", "ü/undecided.png")
    return {n: picture(folder / name, n) for n, name in enumerate(names, 1)}


def decided(ws: Workspace, folder: Path, mode: str, answers: dict[int, list[str]]) -> str:
    """A project over ``odd_folder`` with these answers; its name."""
    paths = odd_folder(folder)
    name = create(ws, "first", CLASSES, mode=mode)
    import_(ws, name, folder)
    table = folder.parent / "answers.jsonl"
    lines = [
        {"image": str(paths[n]), "labels": labels, "none_of_these": not labels}
        for n, labels in answers.items()
    ]
    table.write_text("\n".join(map(json.dumps, lines)))
    assert decide(ws, name, table)["stored"] == len(answers)
    return name


def exported(ws: Workspace, name: str, fmt: str, out: Path, **given: object) -> Path:
    run(ws, exports.enqueue(ws, name, fmt, out, **given))
    return out


def round_trip(ws: Workspace, tmp_path: Path, fmt: str, mode: str, with_pictures: bool) -> None:
    answers = SEVERAL if mode == "multi" else SINGLE
    first = decided(ws, tmp_path / "in", mode, answers)
    options = {"pictures": "copy"} if with_pictures else {}
    if mode == "multi":
        options["several_labels"] = "each"
    out = exported(ws, first, fmt, tmp_path / "out", options=options)
    second = create(ws, "second", CLASSES, mode=mode)
    result = import_(ws, second, tmp_path / "in", labels=str(out))
    labels = {key: result["labels"][key] for key in ("format", "attached", "refused")}
    assert labels == {"format": fmt, "attached": 4, "refused": 0}
    expected = labels_by_path(ws, first)
    assert came_with(ws, second) == {
        path: ("|".join(labels) or "none_of_these") if state == "verified" else None
        for path, (state, labels) in expected.items()
    }
    assert {state for state, _ in labels_by_path(ws, second).values()} == {"unlabeled"}
    assert decide(ws, second, out, "bob")["stored"] == 4
    assert labels_by_path(ws, second) == expected
    assert decide(ws, second, out, "bob") | {"rejected": []} == {
        "format": fmt,
        "stored": 0,
        "already_known": 4,
        "rejected": [],
        "unknown_labels": {},
    }


@pytest.mark.parametrize(("mode", "with_pictures"), [("single", False), ("multi", True)])
@pytest.mark.parametrize("fmt", list(EXPORTERS))
def test_an_export_gives_a_fresh_project_the_same_labels(
    local_ws: Workspace, tmp_path: Path, fmt: str, mode: str, with_pictures: bool
) -> None:
    round_trip(local_ws, tmp_path, fmt, mode, with_pictures)


def test_an_export_gives_a_fresh_project_the_same_labels_on_both_databases(
    ws: Workspace, tmp_path: Path
) -> None:
    round_trip(ws, tmp_path, "coco", "multi", with_pictures=False)


@pytest.mark.parametrize("kind", ["zip", "gztar"])
def test_labels_come_from_an_archive(ws: Workspace, tmp_path: Path, kind: str) -> None:
    first = decided(ws, tmp_path / "in", "single", SINGLE)
    out = exported(ws, first, "fiftyone", tmp_path / "out")
    packed = shutil.make_archive(str(tmp_path / "labels"), kind, tmp_path, out.name)
    second = create(ws, "second", CLASSES)
    result = import_(ws, second, tmp_path / "in", labels=packed)
    assert result["labels"]["attached"] == 4
    assert decide(ws, second, Path(packed), "bob")["stored"] == 4
    assert decide(ws, second, Path(packed), "bob")["already_known"] == 4
    assert labels_by_path(ws, second) == labels_by_path(ws, first)
    with ws.db.read() as session:
        truth = read_truth(session, find(session, second), packed)
    assert len(truth) == 4


def test_a_large_archive_is_left_to_the_job(
    local_ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "LARGE", 10)
    pictures(tmp_path / "in", 1)
    (tmp_path / "labels.tar.gz").write_bytes(tarred([tarfile.TarInfo("notes.txt")], mode="w:gz"))
    name = create(local_ws, "birds", CLASSES)
    given = {"labels": str(tmp_path / "labels.tar.gz")}
    queued = ingest.enqueue(local_ws, name, [str(tmp_path / "in")], **given)
    with pytest.raises(PrelabelError, match="no format of labels that is known"):
        run(local_ws, queued)


def test_what_nobody_has_verified_is_no_decision(local_ws: Workspace, tmp_path: Path) -> None:
    name = decided(local_ws, tmp_path / "in", "single", {1: ["cat"]})
    other = accounts.user(local_ws, "bob").id
    with local_ws.db.read() as session:
        [item] = [one.id for one in session.scalars(select(Item)) if one.state == "verified"]
    flag = {"id": "0190a000-0000-7000-8000-000000000001", "item": item, "kind": "flag"}
    assert review.decide(local_ws, other, name, [flag])["acknowledged"]
    out = exported(local_ws, name, "csv", tmp_path / "out", states=["disputed", "unlabeled"])
    second = create(local_ws, "second", CLASSES)
    result = import_(local_ws, second, tmp_path / "in", labels=str(out))
    assert result["labels"]["attached"] == 0
    answer = decide(local_ws, second, out)
    assert answer["stored"] == 0
    assert len(answer["rejected"]) == 5
    assert "nobody has looked at it" in answer["rejected"][0]["why"]


def test_a_name_of_two_pictures_is_refused_and_listed(ws: Workspace, tmp_path: Path) -> None:
    odd_folder(tmp_path / "in")
    labels = tmp_path / "labels.csv"
    labels.write_text("image,label\nbild 1.png,cat\na/bild 1.png,cat\nzz.png,cat\n猫.png,kitten\n")
    result = import_(ws, create(ws, classes=CLASSES), tmp_path / "in", labels=str(labels))["labels"]
    assert (result["attached"], result["refused"]) == (2, 2)
    both, missing = result["first_refused"]
    assert (both["line"], both["where"], both["image"]) == (2, "line 2 of labels.csv", "bild 1.png")
    assert "several items are called 'bild 1.png'" in both["why"]
    assert "no item is called 'zz.png'" in missing["why"]
    assert result["unknown_labels"] == {"kitten": 1}
    kept = {Path(path).parent.name: label for path, label in came_with(ws, "zoo").items() if label}
    assert kept == {"a": "cat", "b": "kitten"}
    log = [line["text"] for job in jobs.recent(ws) for line in jobs.log_lines(ws, job["id"])]
    assert any("line 2 of labels.csv, 'bild 1.png': several items" in line for line in log)
    assert "'kitten' is no class of the project (1 row)." in log
    assert any("Add the class or an alias" in line for line in log)
    answer = decide(ws, "zoo", labels)
    assert (answer["stored"], answer["unknown_labels"]) == (1, {"kitten": 1})
    assert [one["line"] for one in answer["rejected"]] == [2, 4, 5]
    assert "no class 'kitten'" in answer["rejected"][2]["why"]


def test_two_copies_of_one_picture_bear_the_name_together(
    local_ws: Workspace, tmp_path: Path
) -> None:
    [path] = pictures(tmp_path / "in" / "a", 1)
    (tmp_path / "in" / "b").mkdir()
    shutil.copyfile(path, tmp_path / "in" / "b" / path.name)
    labels = tmp_path / "labels.csv"
    labels.write_text(f"image,label\n{path.name},cat\n")
    result = import_(local_ws, create(local_ws), tmp_path / "in", labels=str(labels))
    assert result["labels"]["attached"] == 1
    assert set(came_with(local_ws, "zoo").values()) == {"cat"}


def test_rows_that_contradict_each_other_are_all_refused(
    local_ws: Workspace, tmp_path: Path
) -> None:
    pictures(tmp_path / "in", 3)
    labels = tmp_path / "labels.csv"
    lines = ["0000.png,cat", "in/0000.png,dog", "0001.png,cat", "0001.png,Puss", "0002.png,cat|dog"]
    labels.write_text("\n".join(["image,label", *lines]))
    classes = [replace(one, aliases=("puss",)) if one.name == "cat" else one for one in TWO]
    create_project(local_ws, "zoo", classes)
    result = import_(local_ws, "zoo", tmp_path / "in", labels=str(labels))["labels"]
    assert (result["attached"], result["refused"]) == (2, 2)
    answer = decide(local_ws, "zoo", labels)
    assert (answer["stored"], answer["already_known"]) == (1, 1)
    assert [one["line"] for one in answer["rejected"]] == [2, 3, 6]
    assert "one label" in answer["rejected"][2]["why"]
    assert "cat (line 2 of labels.csv) against dog (line 3" in answer["rejected"][0]["why"]


def test_an_import_that_is_done_again_after_an_accident_labels_nothing_twice(
    local_ws: Workspace, tmp_path: Path
) -> None:
    pictures(tmp_path / "in", 3)
    labels = tmp_path / "labels.csv"
    labels.write_text("image,label\n0000.png,cat\n0001.png,dog\n")
    name = create(local_ws)
    job = ingest.enqueue(local_ws, name, [str(tmp_path / "in")], labels=str(labels))
    first, kept = run(local_ws, job), came_with(local_ws, name)
    again = {"state": JobState.QUEUED, "finished_at": None}
    local_ws.db.write(lambda s: s.execute(update(Job).where(Job.id == job).values(**again)))
    assert run(local_ws, job)["labels"] == first["labels"]
    assert came_with(local_ws, name) == kept
    assert sorted(map(str, kept.values())) == ["None", "cat", "dog"]


def test_columns_and_splits_of_an_export_come_along(local_ws: Workspace, tmp_path: Path) -> None:
    [path] = pictures(tmp_path / "in", 1)
    line = {"image": path.name, "labels": ["cat"], "split": "test", "state": "verified"}
    line |= {"user": "ann", "score": 0.5, "columns": {"site": "north"}}
    (tmp_path / "labels.jsonl").write_text(json.dumps(line))
    labels = str(tmp_path / "labels.jsonl")
    import_(local_ws, create(local_ws), tmp_path / "in", labels=labels)
    with local_ws.db.read() as session:
        found = {(c.name, c.value) for c in session.scalars(select(ItemColumn))}
    told = {("label.state", "verified"), ("label.user", "ann"), ("label.score", "0.5")}
    assert found == {("site", "north"), ("split", "test")} | told


def test_labels_of_a_manifest_stay_before_those_of_a_file(
    local_ws: Workspace, tmp_path: Path
) -> None:
    pictures(tmp_path, 2)
    (tmp_path / "list.csv").write_text("image,label\n0000.png,cat\n0001.png,\n")
    (tmp_path / "labels.csv").write_text("image,label\n0000.png,dog\n0001.png,dog\n")
    labels = str(tmp_path / "labels.csv")
    import_(local_ws, create(local_ws), tmp_path / "list.csv", labels=labels)
    assert sorted(came_with(local_ws, "zoo").values()) == ["cat", "dog"]


def test_a_broken_file_is_told_before_anything_is_imported(
    local_ws: Workspace, tmp_path: Path
) -> None:
    pictures(tmp_path / "in", 1)
    (tmp_path / "labels.json").write_text("{")
    with pytest.raises(InputError, match=r"labels\.json is no JSON"):
        ingest.enqueue(
            local_ws, create(local_ws), [str(tmp_path / "in")], labels=str(tmp_path / "labels.json")
        )
    assert jobs.recent(local_ws) == []
    (tmp_path / "labels.jsonl").write_text('{"image": "0000.png", "label": "cat"}\n{\n')
    with pytest.raises(PrelabelError, match=r"line 2 of labels\.jsonl"):
        import_(local_ws, "zoo", tmp_path / "in", labels=str(tmp_path / "labels.jsonl"))
    with local_ws.db.read() as session:
        assert session.scalars(select(Item)).all() == []
