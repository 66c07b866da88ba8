import io
import json
import os
import tarfile
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.errors import ImageRejected, RejectReason, SourceError
from labeling.images.decode import Limits
from labeling.images.entry import Entry, EntryOptions, Refusal, storable
from labeling.images.files import entries
from labeling.images.members import is_junk, link_leaves, unsafe
from labeling.images.prepare import ingest_picture
from tests.unit.bad_files import (
    build_bad,
    build_good,
    of_format,
    sparse_file,
    tar_link,
    tarred,
    unreadable_file,
    zipped,
)

GOOD = of_format("JPEG", 1)
TAR_MODES = {
    "a.tar": "w",
    "a.tar.gz": "w:gz",
    "a.tgz": "w:gz",
    "a.tar.bz2": "w:bz2",
    "a.txz": "w:xz",
}


def listed(*sources: Path | str, root: Path | None = None) -> list[Entry | Refusal]:
    return list(entries([str(source) for source in sources], EntryOptions(root=root)))


def names(found: list[Entry | Refusal], base: Path) -> list[str]:
    return [entry.path.removeprefix(f"{base}/") for entry in found]


def outcome(
    source: Path, limits: Limits | None = None
) -> tuple[list[str], dict[str, RejectReason]]:
    """Names of the pictures taken, and the reason for each file refused."""
    options = EntryOptions(limits or Limits())
    taken, refused = [], {}
    for entry in entries([str(source)], options):
        if isinstance(entry, Refusal):
            refused[entry.path.removeprefix(f"{source}!/")] = entry.reason
            continue
        try:
            ingest_picture(entry.read(), options.limits)
            taken.append(entry.path.removeprefix(f"{source}!/"))
        except ImageRejected as error:
            refused[entry.path.removeprefix(f"{source}!/")] = error.reason
    return taken, refused


def member(name: str) -> tarfile.TarInfo:
    return tarfile.TarInfo(name)


def test_200_bad_files_are_refused_with_the_right_reason(tmp_path):
    bad = build_bad(tmp_path)
    taken, refused = outcome(tmp_path)
    assert taken == []
    assert refused == bad
    assert len(bad) == 200
    assert set(bad.values()) == set(RejectReason)


def test_200_good_files_are_taken(tmp_path):
    good = build_good(tmp_path)
    taken, refused = outcome(tmp_path)
    assert (sorted(taken), refused) == ([str(path) for path in good], {})
    assert len(good) == 200


def test_a_folder_is_read_with_all_below_it_in_order(tmp_path):
    for name in ("b/2.jpg", "b/1.jpg", "a.jpg", "c.jpg", "b/x/ä ö.jpg", "b/x/猫.jpg"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(GOOD)
    found = listed(tmp_path)
    expected = ["a.jpg", "b/1.jpg", "b/2.jpg", "b/x/ä ö.jpg", "b/x/猫.jpg", "c.jpg"]
    assert names(found, tmp_path) == expected
    assert found[1].local == tmp_path / "b/1.jpg"
    assert all(entry.read() == GOOD and entry.label is None for entry in found)


def test_what_systems_leave_behind_is_passed_over(tmp_path):
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", ".hidden/a.jpg", "__MACOSX/a.jpg"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(GOOD)
    assert listed(tmp_path) == []


def test_a_hidden_file_or_folder_that_is_named_itself_is_read(tmp_path):
    folder = tmp_path / ".cache"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(GOOD)
    assert names(listed(folder), folder) == ["a.jpg"]


def test_links_to_folders_end_and_lead_to_each_picture_once(tmp_path):
    inside, outside = tmp_path / "in", tmp_path / "out"
    for folder in (inside, outside):
        folder.mkdir()
        (folder / "a.jpg").write_bytes(GOOD)
    (inside / "loop").symlink_to(inside)
    (inside / "other").symlink_to(outside)
    (inside / "other again").symlink_to(outside)
    (outside / "back").symlink_to(inside)
    assert names(listed(inside), inside) == ["a.jpg", "other/a.jpg"]


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (os.mkfifo, RejectReason.UNSUPPORTED),
        (lambda path: path.symlink_to("nowhere"), RejectReason.MISSING),
        (unreadable_file, RejectReason.UNREADABLE),
        (sparse_file, RejectReason.TOO_LARGE),
        (lambda path: path.write_bytes(b""), RejectReason.EMPTY),
        (lambda path: path.write_bytes(b"a,b\n1,2\n"), RejectReason.NOT_A_PICTURE),
    ],
)
def test_files_that_are_none(tmp_path, make, reason):
    make(tmp_path / "x.jpg")
    assert outcome(tmp_path) == ([], {str(tmp_path / "x.jpg"): reason})


def test_a_file_that_goes_away_is_missing(tmp_path):
    (tmp_path / "a.jpg").write_bytes(GOOD)
    (entry,) = listed(tmp_path)
    (tmp_path / "a.jpg").unlink()
    with pytest.raises(ImageRejected) as refusal:
        entry.read()
    assert refusal.value.reason == RejectReason.MISSING


def test_names_that_are_no_utf8_can_be_stored(tmp_path):
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.jpg"))).write_bytes(GOOD)
    (entry,) = listed(tmp_path)
    assert entry.path == f"{tmp_path}/caf\\xe9.jpg"
    assert entry.read() == GOOD


@given(st.text(st.characters(codec=None)))
def test_storable_text_is_utf8_without_nul(text):
    assert "\0" not in storable(text)
    storable(text).encode("utf-8")


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_ordinary_text_is_stored_as_it_is(text):
    assert storable(text) == text


@pytest.mark.parametrize(
    "source", ["nowhere", "nowhere.zip", "nowhere.csv", "http://x/a.jpg", "gs://b"]
)
def test_a_source_that_can_not_be_read_is_told_at_once(tmp_path, source):
    (tmp_path / "a.jpg").write_bytes(GOOD)
    with pytest.raises(SourceError):
        entries([str(tmp_path), source if "://" in source else str(tmp_path / source)])


def test_sources_that_overlap_give_each_file_once(tmp_path):
    (tmp_path / "a.jpg").write_bytes(GOOD)
    found = listed(tmp_path / "a.jpg", tmp_path, tmp_path / "a.jpg", (tmp_path / "a.jpg").as_uri())
    assert names(found, tmp_path) == ["a.jpg"]


def test_names_of_an_upload_are_relative_to_it(tmp_path):
    (tmp_path / "a.zip").write_bytes(zipped({"1.jpg": GOOD}))
    (tmp_path / "b.jpg").write_bytes(GOOD)
    assert [entry.path for entry in listed(tmp_path, root=tmp_path)] == ["a.zip!/1.jpg", "b.jpg"]


# archives


@pytest.mark.parametrize("name", ["a.zip", "A.ZIP", *TAR_MODES])
def test_an_archive_is_read_like_a_folder(tmp_path, name):
    content = {"cats/1.jpg": GOOD, "2 ü.jpg": of_format("PNG", 2)}
    if name.lower().endswith("zip"):
        data = zipped(content, zipfile.ZIP_DEFLATED)
    else:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode=TAR_MODES[name]) as archive:
            archive.addfile(tar_link("cats", "", tarfile.DIRTYPE))
            for path, body in content.items():
                info = tarfile.TarInfo(path)
                info.size = len(body)
                archive.addfile(info, io.BytesIO(body))
        data = out.getvalue()
    (tmp_path / name).write_bytes(data)
    found = listed(tmp_path / name)
    assert {entry.path: entry.read() for entry in found} == {
        f"{tmp_path / name}!/{path}": body for path, body in content.items()
    }
    assert names(listed(tmp_path), tmp_path) == names(found, tmp_path)
    assert all(entry.local is None for entry in found)


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz"])
def test_members_can_be_read_after_the_archive_was_passed(tmp_path, name):
    infos = [member(f"{n}.jpg") for n in range(20)]
    data = (
        zipped({f"{n}.jpg": GOOD for n in range(20)})
        if name == "a.zip"
        else tarred(infos, GOOD, TAR_MODES[name])
    )
    (tmp_path / name).write_bytes(data)
    assert [entry.read() for entry in listed(tmp_path)] == [GOOD] * 20


def test_zip_members_come_by_name(tmp_path):
    (tmp_path / "a.zip").write_bytes(zipped(dict.fromkeys(["c.jpg", "a.jpg", "b/a.jpg"], GOOD)))
    found = names(listed(tmp_path / "a.zip"), tmp_path)
    assert found == ["a.zip!/a.jpg", "a.zip!/b/a.jpg", "a.zip!/c.jpg"]


@pytest.mark.parametrize("name", ["a.zip", "a.tar"])
def test_members_of_one_name_are_kept_apart(tmp_path, name):
    if name == "a.zip":
        data = zipped({"1.jpg": GOOD, "2.jpg": b"other"}).replace(b"2.jpg", b"1.jpg")
        (tmp_path / name).write_bytes(data)
    else:
        (tmp_path / name).write_bytes(tarred([member("1.jpg"), member("1.jpg")], GOOD))
    found = listed(tmp_path / name)
    assert names(found, tmp_path) == [f"{name}!/1.jpg", f"{name}!/1.jpg#2"]
    if name == "a.zip":
        assert [entry.read() for entry in found] == [GOOD, b"other"]


def test_utf8_names_without_the_flag_are_read_as_meant(tmp_path):
    data = zipped({"?????.jpg": GOOD}).replace(b"?????", "é猫".encode())
    (tmp_path / "a.zip").write_bytes(data)
    assert names(listed(tmp_path), tmp_path) == ["a.zip!/é猫.jpg"]


@pytest.mark.parametrize(
    "name",
    ["../a.jpg", "x/../../a.jpg", "/a.jpg", "C:/a.jpg", "c:a.jpg", "..\\a.jpg", "\\\\host\\a"],
)
def test_members_that_would_leave_the_folder_are_refused(tmp_path, name):
    (tmp_path / "a.zip").write_bytes(zipped({name: GOOD, "good.jpg": GOOD}))
    (tmp_path / "a.tar").write_bytes(tarred([member(name), member("good.jpg")], GOOD))
    for archive in ("a.zip", "a.tar"):
        taken, refused = outcome(tmp_path / archive)
        assert (taken, refused) == (["good.jpg"], {name: RejectReason.UNSAFE_PATH})


@given(st.lists(st.sampled_from(["..", "a", ".", "b.jpg", "C:", "", "~"]), min_size=1, max_size=6))
def test_a_safe_name_stays_in_its_folder(parts):
    for separator in ("/", "\\"):
        if unsafe(separator.join(parts)) is None:
            joined = os.path.normpath("/safe/" + "/".join(parts))
            assert joined.startswith("/safe")
            assert ".." not in parts


@pytest.mark.parametrize(
    ("name", "target", "hard", "leaves"),
    [
        ("a", "/etc/passwd", False, True),
        ("a", "../x", False, True),
        ("d/a", "../x", False, False),
        ("d/a", "../../x", False, True),
        ("d/a", "../x", True, True),
        ("a", "b/c", False, False),
        ("a", "C:\\x", False, True),
        ("a", "b/../../x", False, True),
    ],
)
def test_links_out_of_an_archive(name, target, hard, leaves):
    assert link_leaves(name, target, hard) == leaves


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_tar_takes_files_only(tmp_path, mode):
    odd = [
        tar_link("out", "../../etc/passwd"),
        tar_link("in", "good.jpg"),
        tar_link("hard out", "/etc/passwd", tarfile.LNKTYPE),
        tar_link("hard in", "good.jpg", tarfile.LNKTYPE),
        tar_link("device", "", tarfile.CHRTYPE),
        tar_link("pipe", "", tarfile.FIFOTYPE),
    ]
    (tmp_path / "a.tar").write_bytes(tarred([*odd, member("good.jpg")], GOOD, mode))
    taken, refused = outcome(tmp_path / "a.tar")
    assert taken == ["good.jpg"]
    assert refused == {
        "out": RejectReason.UNSAFE_PATH,
        "in": RejectReason.UNSUPPORTED,
        "hard out": RejectReason.UNSAFE_PATH,
        "hard in": RejectReason.UNSUPPORTED,
        "device": RejectReason.UNSUPPORTED,
        "pipe": RejectReason.UNSUPPORTED,
    }


def test_a_link_in_a_zip_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name, target in (("out.jpg", "/etc/passwd"), ("in.jpg", "good.jpg")):
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o120777 << 16
            archive.writestr(info, target)
    assert outcome(tmp_path / "a.zip") == (
        [],
        {"out.jpg": RejectReason.UNSAFE_PATH, "in.jpg": RejectReason.UNSUPPORTED},
    )


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("streamed", [False, True])
def test_members_before_the_break_of_a_zip_still_come(tmp_path, method, streamed):
    class Unseekable(io.BytesIO):
        def seekable(self):
            return False

        def seek(self, *args):
            raise OSError

    out = Unseekable() if streamed else io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for n in range(5):
            archive.writestr(f"{n}.jpg", of_format("JPEG", n))
    data = out.getvalue()
    archive_path = tmp_path / "a.zip"
    archive_path.write_bytes(data[: data.index(b"3.jpg") + 200])
    taken, refused = outcome(archive_path)
    assert refused == {str(archive_path): RejectReason.UNREADABLE}
    # a stored member of a streamed archive tells its size only behind it
    unsized = streamed and method == zipfile.ZIP_STORED
    assert taken == ([] if unsized else ["0.jpg", "1.jpg", "2.jpg"])


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_members_before_the_break_of_a_tar_still_come(tmp_path, mode):
    path = tmp_path / "a.tar"
    with tarfile.open(path, mode) as archive:
        for n in range(60):
            info, body = member(f"{n}.jpg"), GOOD + os.urandom(40_000)
            info.size = len(body)
            archive.addfile(info, io.BytesIO(body))
    os.truncate(path, path.stat().st_size * 7 // 10)
    taken, refused = outcome(path)
    assert 0 < len(taken) < 60
    assert taken == [f"{n}.jpg" for n in range(len(taken))]
    assert refused[str(path)] == RejectReason.UNREADABLE


def test_a_damaged_header_in_the_middle_of_a_tar_is_told(tmp_path):
    data = bytearray(tarred([member("0.jpg"), member("1.jpg")], GOOD))
    data[data.index(b"1.jpg")] ^= 1
    path = tmp_path / "a.tar"
    path.write_bytes(data)
    assert outcome(path) == (["0.jpg"], {str(path): RejectReason.UNREADABLE})


def test_one_damaged_member_of_a_zip_does_not_harm_the_others(tmp_path):
    data = bytearray(zipped({"a.jpg": GOOD, "b.jpg": of_format("JPEG", 2)}))
    data[data.index(GOOD) + 40] ^= 1
    (tmp_path / "a.zip").write_bytes(data)
    taken, refused = outcome(tmp_path / "a.zip")
    assert (taken, refused) == (["b.jpg"], {"a.jpg": RejectReason.UNREADABLE})


def test_a_zip_member_that_is_larger_than_it_says_is_not_unpacked(tmp_path):
    data = zipped({"a.bmp": bytes(5_000_000)}, zipfile.ZIP_DEFLATED)
    lie = data.replace((5_000_000).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    (tmp_path / "a.zip").write_bytes(lie)
    _, refused = outcome(tmp_path / "a.zip", Limits(max_bytes=2000))
    assert refused == {"a.bmp": RejectReason.UNREADABLE}


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz"])
def test_members_beyond_the_limit_are_too_large(tmp_path, name):
    noise = os.urandom(3000)
    data = zipped({"x.jpg": noise}) if name == "a.zip" else tarred([member("x.jpg")], noise)
    (tmp_path / name).write_bytes(data)
    refused = outcome(tmp_path / name, Limits(max_bytes=2000))[1]
    assert refused == {"x.jpg": RejectReason.TOO_LARGE}


def test_a_tar_that_unpacks_to_gigabytes_is_left(tmp_path):
    path = tmp_path / "a.tar.gz"
    huge = tarfile.TarInfo("zeros.bmp")
    huge.size = 400_000_000
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        archive.addfile(huge, Zeros())
    _, refused = outcome(path)
    assert refused[str(path)] == RejectReason.DECOMPRESSION_BOMB


class Zeros(io.RawIOBase):
    def read(self, size: int = -1) -> bytes:
        return bytes(size)


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz", "a.tar"])
@pytest.mark.parametrize(
    ("data", "reason"), [(b"", RejectReason.EMPTY), (b"<html>not found", RejectReason.UNREADABLE)]
)
def test_archives_that_are_none(tmp_path, name, data, reason):
    (tmp_path / name).write_bytes(data)
    assert outcome(tmp_path / name) == ([], {str(tmp_path / name): reason})


def test_an_archive_without_files_says_so(tmp_path):
    (tmp_path / "a.zip").write_bytes(zipped({}))
    assert outcome(tmp_path / "a.zip")[1] == {str(tmp_path / "a.zip"): RejectReason.EMPTY}


@given(st.binary(max_size=400))
def test_no_archive_ends_an_import(tmp_path_factory, noise):
    folder = tmp_path_factory.mktemp("noise")
    (folder / "a.zip").write_bytes(zipped({"a.jpg": GOOD})[:60] + noise)
    (folder / "b.tar").write_bytes(tarred([member("a.jpg")], GOOD)[:500] + noise)
    (folder / "c.tgz").write_bytes(b"\x1f\x8b\x08" + noise)
    (folder / "d.jpg").write_bytes(GOOD)
    assert str(folder / "d.jpg") in outcome(folder)[0]


@pytest.mark.parametrize(
    ("name", "junk"),
    [("a/.b/c.jpg", True), ("__MACOSX/._a.jpg", True), ("a/Thumbs.db", True), ("./a.jpg", False)],
)
def test_junk_in_archives(name, junk):
    assert is_junk(name) == junk


# manifests


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("a.jpg", "b c.jpg", "in/d.jpg"):
        (tmp_path / name).write_bytes(GOOD)
    return tmp_path


def test_a_csv_gives_pictures_with_labels_and_columns(folder):
    text = f"Image,Label,site,camera\na.jpg,cat,north,2\n{folder}/in/d.jpg,,south,\n"
    (folder / "list.csv").write_text(text)
    first, second = listed(folder / "list.csv")
    assert (first.path, first.label) == (str(folder / "a.jpg"), "cat")
    assert first.columns == {"site": "north", "camera": "2"}
    assert (second.label, second.columns) == (None, {"site": "south", "camera": ""})
    assert second.local == folder / "in/d.jpg"
    assert second.read() == GOOD


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_as_spreadsheets_write_it(folder, encoding, delimiter):
    lines = [["file", "Größe", "class"], ["b c.jpg", "mittelgroß", '"a, b; c"']]
    (folder / "list.csv").write_bytes(
        "\r\n".join(delimiter.join(line) for line in lines).encode(encoding)
    )
    (entry,) = listed(folder / "list.csv")
    assert (entry.columns, entry.label) == ({"Größe": "mittelgroß"}, "a, b; c")


def test_a_csv_and_a_jsonl_say_the_same(folder):
    rows = [
        {"path": "a.jpg", "category": "7", "n": "3"},
        {"path": "in/d.jpg", "n": "x", "category": ""},
    ]
    (folder / "list.jsonl").write_text("\n".join(json.dumps(row) for row in rows) + "\n\n")
    (folder / "list.csv").write_text("path,category,n\na.jpg,7,3\nin/d.jpg,,x\n")
    seen = [
        [(entry.path, entry.label, entry.columns) for entry in listed(folder / name)]
        for name in ("list.jsonl", "list.csv")
    ]
    assert seen[0] == seen[1]


def test_values_of_json_become_text(folder):
    row = {"image": "a.jpg", "label": None, "n": 3, "ok": True, "tags": ["x", "y"], "none": None}
    (folder / "list.jsonl").write_text(json.dumps(row))
    (entry,) = listed(folder / "list.jsonl")
    assert entry.label is None
    assert entry.columns == {"n": "3", "ok": "true", "tags": '["x", "y"]', "none": ""}


@pytest.mark.parametrize("written", ["b c.jpg", "./b c.jpg", "in/../b c.jpg", "URI", "in\\d.jpg"])
def test_ways_to_name_a_picture(folder, written):
    written = (folder / "b c.jpg").as_uri() if written == "URI" else written
    (folder / "list.csv").write_text(f"url\n{written}\n")
    (entry,) = listed(folder / "list.csv")
    assert entry.path == str(folder / ("in/d.jpg" if "\\" in written else "b c.jpg"))


def test_rows_that_can_not_be_used_name_their_line(folder):
    rows = [
        "image,site",
        "nowhere.jpg,x",
        '"",x',
        "a.jpg,x",
        "a.jpg,x,y",
        "http://x/a.jpg,x",
        "in,x",
    ]
    (folder / "list.csv").write_text("\n".join(rows))
    found = {entry.path: getattr(entry, "reason", None) for entry in listed(folder / "list.csv")}
    assert found == {
        "list.csv:2 nowhere.jpg": RejectReason.MISSING,
        "list.csv:3": RejectReason.MISSING,
        str(folder / "a.jpg"): None,
        "list.csv:5": RejectReason.UNREADABLE,
        "list.csv:6 http://x/a.jpg": RejectReason.UNSUPPORTED,
        "list.csv:7 in": RejectReason.MISSING,
    }


def test_bad_json_lines_are_refused_and_the_rest_goes_on(folder):
    lines = ["{", '{"image": "a.jpg"}', "[1]", '{"site": 1}', "[" * 100_000, '{"image": "a.jpg"}']
    (folder / "list.jsonl").write_text("\n".join(lines))
    found = listed(folder / "list.jsonl")
    reasons = Counter(entry.reason for entry in found if isinstance(entry, Refusal))
    assert reasons == {RejectReason.UNREADABLE: 3, RejectReason.MISSING: 1}
    assert [entry.path for entry in found if isinstance(entry, Entry)] == [
        str(folder / "a.jpg"),
        f"{folder / 'a.jpg'}#2",
    ]


def test_a_cell_without_end_does_not_end_the_import(folder):
    (folder / "list.csv").write_text(f'image\na.jpg\n"{"x" * 200_000}\n')
    found = listed(folder / "list.csv")
    assert isinstance(found[0], Entry)
    assert {entry.reason for entry in found[1:]} == {RejectReason.UNREADABLE}


@pytest.mark.parametrize(
    ("name", "text"),
    [("list.csv", "site,bild\nx,a.jpg\n"), ("list.jsonl", '{"site": 1, "bild": "a.jpg"}')],
)
def test_a_missing_column_names_those_that_are_there(folder, name, text):
    (folder / name).write_text(text)
    with pytest.raises(SourceError, match="site, bild") as error:
        entries([str(folder / name)])
    assert "image, path, file, url" in error.value.fix


def test_an_empty_manifest_is_no_source(folder):
    (folder / "list.csv").write_text("")
    with pytest.raises(SourceError):
        entries([str(folder / "list.csv")])


@pytest.mark.parametrize("named", ["../secret.jpg", "LINK", "ABSOLUTE"])
def test_a_list_that_was_uploaded_can_not_reach_out(tmp_path, named):
    upload = tmp_path / "upload"
    upload.mkdir()
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(GOOD)
    if named == "LINK":
        (upload / "LINK").symlink_to(secret)
    named = str(secret) if named == "ABSOLUTE" else named
    (upload / "list.csv").write_text(f"image\n{named}\n")
    (refusal,) = listed(upload / "list.csv", root=upload)
    assert refusal.reason == RejectReason.UNSAFE_PATH
    assert isinstance(listed(upload / "list.csv")[0], Entry)


# s3


@pytest.fixture(scope="module")
def bucket(request):
    """An S3 endpoint on this machine with three objects, reached as a user would set it up."""
    boto3 = pytest.importorskip("boto3")
    server_module = pytest.importorskip("moto.server")
    pytest.importorskip("s3fs")
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    patch = pytest.MonkeyPatch()
    patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        patch.setenv(name, "testing")
    patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    client = boto3.client("s3")
    client.create_bucket(Bucket="pictures")
    for key in ("a/1.jpg", "a/2.jpg", "b/3.jpg"):
        client.put_object(Bucket="pictures", Key=key, Body=GOOD)
    yield "pictures"
    server.stop()
    patch.undo()


def test_a_list_may_name_objects_in_s3(folder, bucket):
    rows = ["url,label", f"s3://{bucket}/a/1.jpg,cat", f"s3://{bucket}/none.jpg,dog", "a.jpg,cat"]
    (folder / "list.csv").write_text("\n".join(rows))
    taken, refused = outcome(folder / "list.csv")
    assert taken == [f"s3://{bucket}/a/1.jpg", str(folder / "a.jpg")]
    assert refused == {f"s3://{bucket}/none.jpg": RejectReason.MISSING}


def test_a_prefix_in_s3_is_read_like_a_folder(bucket):
    found = listed(f"s3://{bucket}/a")
    assert [entry.path for entry in found] == [f"s3://{bucket}/a/1.jpg", f"s3://{bucket}/a/2.jpg"]
    assert [entry.read() for entry in found] == [GOOD, GOOD]


def test_objects_beyond_the_limit_are_too_large(bucket):
    (entry,) = entries([f"s3://{bucket}/b/3.jpg"], EntryOptions(Limits(max_bytes=10)))
    with pytest.raises(ImageRejected) as refusal:
        entry.read()
    assert refusal.value.reason == RejectReason.TOO_LARGE


def test_nothing_at_an_s3_address_is_told(bucket):
    for url in (f"s3://{bucket}/nothing", "s3://no-such-bucket/a"):
        with pytest.raises(SourceError):
            listed(url)
