import io
import os
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.errors import RejectReason
from labeling.images.decode import Limits
from labeling.images.members import is_junk, link_leaves, unsafe
from tests.unit.bad_files import (
    of_format,
    tar_link,
    tarred,
    zip_link,
    zipped,
)
from tests.unit.sources import GOOD, TAR_MODES, listed, member, names, outcome


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
            archive.writestr(zip_link(name), target)
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
