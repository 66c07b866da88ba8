import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.errors import ImageRejected, RejectReason, SourceError
from labeling.images.entry import storable
from labeling.images.files import entries
from tests.unit.bad_files import (
    build_bad,
    build_good,
    sparse_file,
    unreadable_file,
    zipped,
)
from tests.unit.sources import GOOD, listed, names, outcome


def test_200_bad_files_are_refused_with_the_right_reason(tmp_path):
    bad = build_bad(tmp_path)
    taken, refused = outcome(tmp_path)
    assert taken == []
    assert refused == bad
    assert len(bad) == 200
    assert set(bad.values()) == set(RejectReason) - {RejectReason.ERASED}, "no fault of a file"


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
