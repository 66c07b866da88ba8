"""Labels read from archives: the same as from the folder, and nothing that an archive may hide."""

import io
import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest

from labeling.errors import InputError
from labeling.exporters.base import ExportOptions
from labeling.exporters.registry import EXPORTERS, write
from labeling.importers import archive
from labeling.importers.registry import read_labels
from tests.unit.bad_files import encrypted_zip, tar_link, tarred, zip_link, zipped
from tests.unit.sources import member
from tests.unit.test_exporters import CLASSES, row
from tests.unit.test_importers import save_json, save_picture

KINDS = {"zip": "zip", "tar": "tar", "tar.gz": "gztar", "tar.xz": "xztar"}
TABLE = b"image,label\n1.png,cat\n"


def said(path: Path) -> tuple[str, list[tuple[object, ...]]]:
    """The format, and of each row all but the words for where it stands."""
    labels = read_labels(path)
    return labels.format, sorted(
        (r.image, r.labels, r.sha256, r.split or "", r.state, str(r.columns)) for r in labels.rows
    )


def packed(folder: Path, kind: str, *, within: str | None = None) -> Path:
    """An archive of what is in a folder, or of the folder ``within`` that holds it."""
    top = folder
    if within:
        top = folder.parent / "around"
        shutil.copytree(folder, top / within)
    return Path(shutil.make_archive(str(folder.parent / "packed"), KINDS[kind], top))


@pytest.mark.parametrize("within", [None, "my export", "test"])
@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
@pytest.mark.parametrize("name", list(EXPORTERS))
def test_an_export_is_read_from_an_archive(tmp_path: Path, name: str, kind: str, within) -> None:
    rows = [row(1, ["cat"], split="train"), row(2, [CLASSES[1]], split="test"), row(3, [])]
    write(name, rows, CLASSES, tmp_path / "out", ExportOptions(pictures="copy"))
    expected = said(tmp_path / "out")
    assert expected[0] == name
    assert said(packed(tmp_path / "out", kind, within=within)) == expected


@pytest.mark.parametrize("kind", list(KINDS))
def test_an_archive_is_told_by_its_content(tmp_path: Path, kind: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "labels.csv").write_bytes(TABLE)
    named = packed(tmp_path / "in", kind).rename(tmp_path / "labels.csv")
    assert said(named) == ("csv", [("1.png", ("cat",), None, "", None, "{}")])


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
@pytest.mark.parametrize(
    ("paths", "labels"),
    [
        (["cat/1.png", "dog/2.png"], ["cat", "dog"]),
        (["set/cat/1.png", "set/dog/2.png"], ["cat", "dog"]),
        (["cat/1.png", "cat/2.png"], ["cat", "cat"]),
        (["train/cat/1.png", "train/cat/2.png"], ["cat", "cat"]),
        (["set/train/cat/1.png", "set/val/dog/2.png"], ["cat", "dog"]),
        (["__MACOSX/cat/._1.png", "set/cat/1.png", "set/dog/2.png"], ["cat", "dog"]),
    ],
)
def test_folders_of_classes(tmp_path: Path, kind: str, paths: list[str], labels) -> None:
    for number, path in enumerate(paths):
        save_picture(tmp_path / "in" / path, number)
    fmt, rows = said(packed(tmp_path / "in", kind))
    assert (fmt, [one[1] for one in rows]) == ("imagefolder", [(label,) for label in labels])


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_annotations_of_others_with_pictures_beside(tmp_path: Path, kind: str) -> None:
    document = {
        "images": [{"id": 1, "file_name": "1.png"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1]}],
        "categories": [{"id": 1, "name": "cat"}],
    }
    save_json(tmp_path / "in" / "coco" / "annotations" / "instances_val.json", document)
    save_picture(tmp_path / "in" / "coco" / "val" / "1.png", 1)
    expected = ("coco", [("1.png", ("cat",), None, "val", None, "{}")])
    assert said(packed(tmp_path / "in", kind)) == expected


@pytest.mark.parametrize("name", ["../labels.csv", "/labels.csv", "C:\\labels.csv", "..\\x.csv"])
@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_a_name_that_leaves_the_archive_is_refused(tmp_path: Path, kind: str, name: str) -> None:
    path = tmp_path / "in" / f"labels.{kind}"
    path.parent.mkdir()
    path.write_bytes(
        zipped({name: TABLE}) if kind == "zip" else tarred([member(name)], TABLE, "w:gz")
    )
    with pytest.raises(InputError, match="path") as refused:
        read_labels(path)
    assert str(path) in str(refused.value)
    assert sorted(tmp_path.rglob("*")) == [path.parent, path]


def test_a_protected_archive_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "labels.zip"
    path.write_bytes(encrypted_zip({"labels.csv": TABLE}))
    with pytest.raises(InputError, match=r"labels\.csv can't be read: protected by a password"):
        list(read_labels(path).rows)


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_pictures_that_nobody_asks_for_may_be_unreadable(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"labels.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as file:
            file.writestr(zip_link("data/1.png"), "../../1.png")
            file.writestr("labels.csv", TABLE)
    else:
        with tarfile.open(path, "w:gz") as tar:
            tar.addfile(tar_link("data/1.png", "../../1.png"))
            table = member("labels.csv")
            table.size = len(TABLE)
            tar.addfile(table, io.BytesIO(TABLE))
    assert said(path) == ("csv", [("1.png", ("cat",), None, "", None, "{}")])


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_links_are_never_followed(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"labels.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as file:
            file.writestr(zip_link("cat/1.png"), "/etc/hostname")
    else:
        path.write_bytes(tarred([tar_link("cat/1.png", "/etc/hostname")], mode="w:gz"))
    with pytest.raises(InputError, match=r"1\.png can't be read: a link out of the archive"):
        list(read_labels(path).rows)


def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LIMITS", archive.Limits(max_bytes=10_000))
    path = tmp_path / "labels.zip"
    path.write_bytes(zipped({"labels.csv": TABLE + b"\n" * 1_000_000}, zipfile.ZIP_DEFLATED))
    with pytest.raises(InputError, match="bytes that unpack to 1,000,0"):
        list(read_labels(path).rows)


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_many_files_of_labels_are_too_much_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(archive, "LIMITS", archive.Limits(max_bytes=200))
    for number in range(5):
        (tmp_path / "in" / str(number)).mkdir(parents=True)
        table = b"file_name,label\n" + b"1.png,cat\n" * 5
        (tmp_path / "in" / str(number) / "metadata.csv").write_bytes(table)
    with pytest.raises(InputError, match=r"the labels in .* are more than 200 bytes"):
        list(read_labels(packed(tmp_path / "in", kind)).rows)


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_damaged_archive_is_refused_as_a_whole(tmp_path: Path, kind: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "labels.csv").write_bytes(TABLE * 1_000)
    path = packed(tmp_path / "in", kind)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match="damaged"):
        list(read_labels(path).rows)


def test_what_holds_nothing_or_nothing_known(tmp_path: Path) -> None:
    (tmp_path / "empty.zip").write_bytes(zipped({}))
    (tmp_path / "notes.zip").write_bytes(zipped({"readme.txt": b"notes"}))
    (tmp_path / "labels.7z").write_bytes(b"7z\xbc\xaf\x27\x1c")
    with pytest.raises(InputError, match="holds no files"):
        read_labels(tmp_path / "empty.zip")
    with pytest.raises(InputError, match="no format of labels that is known"):
        read_labels(tmp_path / "notes.zip")
    with pytest.raises(InputError, match="unpack it, or make it a zip"):
        read_labels(tmp_path / "labels.7z")


def test_the_same_name_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels.tar"
    path.write_bytes(tarred([member("labels.csv"), member("labels.csv")], TABLE))
    with pytest.raises(InputError, match=r"'labels\.csv' twice"):
        read_labels(path)
