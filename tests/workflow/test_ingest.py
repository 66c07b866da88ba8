"""Imports: what comes in, what is said of the rest, and that a killed import goes on."""

import csv
import json
import os
import random
import shutil
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select

from db.tables import Image as Picture
from db.tables import ImportBatch, Item, ItemColumn, ItemSource, utc_now
from labeling.errors import (
    ImageRejected,
    InputError,
    NotFoundError,
    PrelabelError,
    SourceError,
)
from labeling.workflows import ingest, jobs, projects
from labeling.workflows.pictures import media, original
from labeling.workspace import Workspace
from tests.unit.bad_files import build_bad, build_good
from tests.workflow.helpers import create, import_, kill_when, picture, pictures, run, start


def rows(ws: Workspace, entity) -> list:
    with ws.db.read() as session:
        return list(session.scalars(select(entity)))


def log(ws: Workspace) -> list[str]:
    return [line["text"] for job in jobs.recent(ws) for line in jobs.log_lines(ws, job["id"])]


def the_picture(ws: Workspace, path: Path) -> Picture:
    with ws.db.read() as session:
        return session.get_one(Picture, sha256(path.read_bytes()).hexdigest())


def test_a_folder_comes_in(ws: Workspace, tmp_path: Path) -> None:
    paths = pictures(tmp_path / "in", 5)
    result = import_(ws, create(ws), tmp_path / "in")
    assert (result["imported"], result["duplicates"], result["rejected"]) == (5, 0, 0)
    shas = {sha256(path.read_bytes()).hexdigest() for path in paths}
    assert {item.sha256 for item in rows(ws, Item)} == shas
    assert {source.path for source in rows(ws, ItemSource)} == set(map(str, paths))
    for sha in shas:
        assert media(ws, "thumb", sha).data
        assert media(ws, "original", sha).media_type == "image/png"
    [batch] = ingest.batches(ws, "zoo")
    assert batch["imported"] == 5
    assert batch["finished_at"]


def test_the_same_bytes_are_the_same_item(ws: Workspace, tmp_path: Path) -> None:
    paths = pictures(tmp_path / "in", 3)
    shutil.copyfile(paths[0], tmp_path / "in" / "again.png")
    name = create(ws)
    first = import_(ws, name, tmp_path / "in")
    assert (first["imported"], first["duplicates"]) == (3, 1)
    second = import_(ws, name, tmp_path / "in")
    assert (second["imported"], second["duplicates"]) == (0, 4)
    assert projects.show(ws, name)["items"] == 3
    assert len(rows(ws, ItemSource)) == 8
    other = import_(ws, create(ws, "other"), tmp_path / "in")
    assert (other["imported"], other["duplicates"]) == (3, 1)
    assert len(rows(ws, Picture)) == 3


def test_columns_and_labels_are_kept_and_never_verified(ws: Workspace, tmp_path: Path) -> None:
    pictures(tmp_path, 3)
    manifest = tmp_path / "list.csv"
    caption = random.Random(1).randbytes(6_000).hex()
    with manifest.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["image", "label", "site", "caption", "x" * 300])
        table.writerow(["0000.png", "cat", "north", caption, "1"])
        table.writerow(["0001.png", "", "", "short", ""])
    result = import_(ws, create(ws), manifest)
    assert result["imported"] == 2
    by_name = {Path(source.path).name: source for source in rows(ws, ItemSource)}
    assert by_name["0000.png"].label == "cat"
    assert by_name["0000.png"].columns == {"site": "north", "caption": caption, "x" * 300: "1"}
    assert by_name["0001.png"].label is None
    found = {(c.name, c.value) for c in rows(ws, ItemColumn)}
    assert found == {
        ("site", "north"),
        ("caption", caption),
        ("caption", "short"),
        ("x" * 200, "1"),
    }
    assert {item.state for item in rows(ws, Item)} == {"unlabeled"}


def test_sources_that_disagree_on_a_label_are_told(ws: Workspace, tmp_path: Path) -> None:
    [path] = pictures(tmp_path / "in", 1)
    name = create(ws)
    for label in ("cat", "dog"):
        table = tmp_path / f"{label}.csv"
        table.write_text(f"image,label\n{path.name},{label}\n")
        import_(ws, name, tmp_path / "in", labels=str(table))
    told = [line for line in log(ws) if "disagree" in line]
    assert len(told) == 1
    assert "'cat'" in told[0]
    assert "'dog'" in told[0]
    assert sorted(source.label for source in rows(ws, ItemSource)) == ["cat", "dog"]


@pytest.mark.parametrize("link", [False, True])
def test_linked_files_stay_and_copies_are_stored(
    local_ws: Workspace, tmp_path: Path, link: bool
) -> None:
    [path] = pictures(tmp_path / "in", 1)
    data = path.read_bytes()
    import_(local_ws, create(local_ws), tmp_path / "in", link=link)
    image = the_picture(local_ws, path)
    assert (image.link == str(path)) == link
    assert local_ws.blobs.exists("original", image.sha256) != link
    assert original(local_ws, image) == data
    path.write_bytes(b"something else entirely")
    if link:
        with pytest.raises(ImageRejected, match="changed"):
            original(local_ws, image)
    else:
        assert original(local_ws, image) == data


def test_members_of_an_archive_are_copied_even_when_links_are_asked_for(
    local_ws: Workspace, tmp_path: Path
) -> None:
    [path] = pictures(tmp_path, 1)
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        archive.write(path, "a/b.png")
    import_(local_ws, create(local_ws), tmp_path / "in.zip", link=True)
    image = the_picture(local_ws, path)
    assert image.link is None
    assert original(local_ws, image) == path.read_bytes()


def test_a_copy_imported_later_replaces_a_link(local_ws: Workspace, tmp_path: Path) -> None:
    [path] = pictures(tmp_path / "in", 1)
    data, name = path.read_bytes(), create(local_ws)
    import_(local_ws, name, tmp_path / "in", link=True)
    import_(local_ws, name, tmp_path / "in")
    path.unlink()
    with local_ws.db.read() as session:
        image = session.get_one(Picture, sha256(data).hexdigest())
    assert original(local_ws, image) == data


def test_linking_again_heals_a_link_whose_file_was_moved(
    local_ws: Workspace, tmp_path: Path
) -> None:
    [path] = pictures(tmp_path / "in", 1)
    data, name = path.read_bytes(), create(local_ws)
    import_(local_ws, name, tmp_path / "in", link=True)
    (tmp_path / "in").rename(tmp_path / "moved")
    image = the_picture(local_ws, tmp_path / "moved" / path.name)
    with pytest.raises(ImageRejected):
        original(local_ws, image)
    local_ws.db.write(
        lambda s: setattr(s.get_one(Picture, image.sha256), "missing_since", utc_now())
    )
    import_(local_ws, name, tmp_path / "moved", link=True)
    image = the_picture(local_ws, tmp_path / "moved" / path.name)
    assert original(local_ws, image) == data
    assert image.missing_since is None


def test_a_name_that_is_no_utf_8_does_not_stop_the_import(ws: Workspace, tmp_path: Path) -> None:
    [path] = pictures(tmp_path / "in", 1)
    path.rename(os.fsdecode(os.fsencode(tmp_path / "in") + b"/caf\xe9.png"))
    result = import_(ws, create(ws), tmp_path / "in")
    assert (result["imported"], result["rejected"]) == (1, 0)


@pytest.mark.parametrize(
    ("sources", "error"),
    [((), SourceError), (("nowhere",), SourceError)],
)
def test_a_source_that_is_not_there_is_told_at_once(
    local_ws: Workspace, sources: tuple, error: type[PrelabelError]
) -> None:
    with pytest.raises(error):
        ingest.enqueue(local_ws, create(local_ws), sources)
    assert jobs.recent(local_ws) == []


def test_an_unknown_project_and_a_bad_table_are_told_at_once(
    local_ws: Workspace, tmp_path: Path
) -> None:
    path = picture(tmp_path / "a.png", 1)
    with pytest.raises(NotFoundError):
        ingest.enqueue(local_ws, "nothing", [str(path)])
    (tmp_path / "bad.csv").write_text("x,y\n1,2\n")
    with pytest.raises(InputError, match="image"):
        ingest.enqueue(local_ws, create(local_ws), [str(path)], labels=str(tmp_path / "bad.csv"))
    assert jobs.recent(local_ws) == []


def test_an_upload_bears_relative_names_and_its_folder_goes(
    local_ws: Workspace, tmp_path: Path
) -> None:
    pictures(tmp_path / "upload" / "deep", 2)
    import_(local_ws, create(local_ws), tmp_path / "upload", upload=tmp_path / "upload")
    assert {s.path for s in rows(local_ws, ItemSource)} == {"deep/0000.png", "deep/0001.png"}
    assert not (tmp_path / "upload").exists()


@pytest.mark.slow
def test_a_killed_import_goes_on_with_nothing_twice_and_nothing_missing(
    ws: Workspace, tmp_path: Path
) -> None:
    paths = pictures(tmp_path / "in", 700)
    for n in range(5):
        (tmp_path / "in" / f"{n:04d} bad.png").write_bytes(b"no picture")
        shutil.copyfile(paths[n], tmp_path / "in" / f"{n:04d} copy.png")
    job_id = ingest.enqueue(ws, create(ws), [str(tmp_path / "in")])
    for more_than in (0, 300):
        process = start(ws, job_id)
        kill_when(process, lambda least=more_than: jobs.show(ws, job_id)["done"] > least)
        assert jobs.show(ws, job_id)["state"] == "running"
    before = jobs.show(ws, job_id)["done"]
    assert 300 < before < 710
    result = run(ws, job_id)
    assert (result["imported"], result["duplicates"], result["rejected"]) == (700, 5, 5)
    [batch] = rows(ws, ImportBatch)
    assert (batch.imported, batch.duplicates, batch.rejected) == (700, 5, 5)
    shas = {sha256(path.read_bytes()).hexdigest() for path in paths}
    items = rows(ws, Item)
    assert len(items) == 700
    assert {item.sha256 for item in items} == shas
    assert len(rows(ws, ItemSource)) == 705
    assert all(ws.blobs.exists("original", sha) for sha in shas)
    assert not list((ws.settings.root / "pictures").rglob("*.tmp"))


@pytest.mark.slow
def test_200_bad_files_among_200_good_ones(local_ws: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "bad").mkdir(parents=True)
    (folder / "good").mkdir()
    bad, good = build_bad(folder / "bad"), build_good(folder / "good")
    job_id = ingest.enqueue(local_ws, create(local_ws), [str(folder)])
    code = (
        "import json, sys\n"
        "from pathlib import Path\n"
        "from labeling.settings import Settings\n"
        "from labeling.workflows.work import run_to_end\n"
        "from labeling.workspace import open_workspace\n"
        "ws = open_workspace(Settings(home=sys.argv[1], database_url=sys.argv[2]))\n"
        "result = run_to_end(ws, sys.argv[3], lambda job: None).result\n"
        # Not ru_maxrss, which begins with what the process that started this one had.
        "status = dict(line.split(':', 1) for line in Path('/proc/self/status').open())\n"
        "peak = int(status['VmHWM'].split()[0])\n"
        "print(json.dumps({**result, 'kilobytes': peak}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(local_ws.settings.root), local_ws.db.url, job_id],
        capture_output=True,
        text=True,
        check=True,
    )
    result = json.loads(done.stdout)
    refused = {
        row["path"]: row["reason"] for row in ingest.rejected_files(local_ws, result["batch"])
    }
    assert refused == {path: reason.value for path, reason in bad.items()}
    assert (result["imported"], result["rejected"]) == (len(good), 200)
    assert {s.path for s in rows(local_ws, ItemSource)} == set(map(str, good))
    assert result["kilobytes"] < 1_000_000
