from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.errors import NotFoundError
from labeling.images.blobs import KINDS, BlobStore
from labeling.images.fingerprint import sha256

SHA = sha256(b"picture")


@pytest.fixture(params=["local", "remote"])
def store(request, tmp_path):
    return BlobStore(str(tmp_path / "blobs") if request.param == "local" else f"memory:/{tmp_path}")


def test_what_is_put_can_be_got(store):
    store.put("original", SHA, b"picture")
    assert store.exists("original", SHA)
    assert store.get("original", SHA) == b"picture"


def test_kinds_are_apart(store):
    for kind in KINDS[:2]:
        store.put(kind, SHA, kind.encode())
    assert [store.get(kind, SHA) for kind in KINDS[:2]] == [kind.encode() for kind in KINDS[:2]]
    assert [store.exists(kind, SHA) for kind in KINDS] == [True, True, False]


def test_what_is_not_there_is_not_found(store):
    assert not store.exists("original", SHA)
    with pytest.raises(NotFoundError):
        store.get("original", SHA)


@given(data=st.binary(), times=st.integers(1, 3))
def test_putting_again_changes_nothing(tmp_path_factory, data, times):
    folder = tmp_path_factory.mktemp("blobs")
    store = BlobStore(str(folder))
    sha = sha256(data)
    for _ in range(times):
        store.put("original", sha, data)
    assert store.get("original", sha) == data
    assert [path for path in folder.rglob("*") if path.is_file()] == [
        folder / "original" / sha[:2] / sha
    ]


def test_a_blob_on_disk_has_a_path(tmp_path):
    store = BlobStore(str(tmp_path))
    assert store.local_path("thumb", SHA) is None
    store.put("thumb", SHA, b"small")
    assert store.local_path("thumb", SHA).read_bytes() == b"small"


def test_a_remote_blob_has_no_path():
    store = BlobStore("memory://no-path")
    store.put("thumb", SHA, b"small")
    assert store.local_path("thumb", SHA) is None


@pytest.mark.parametrize(
    "sha", ["", "abc", "../../../../etc/passwd", SHA.upper(), SHA + "\n", "é" * 64]
)
def test_only_a_digest_becomes_a_path(store, sha):
    for call in (store.get, store.exists):
        with pytest.raises(NotFoundError):
            call("original", sha)


def test_unknown_kind_is_our_own_mistake(store):
    with pytest.raises(ValueError, match="kind"):
        store.get("preview", SHA)


def test_a_failed_write_leaves_nothing(tmp_path, monkeypatch):
    store = BlobStore(str(tmp_path))
    (tmp_path / "original").write_bytes(b"a file where a folder should be")
    with pytest.raises(OSError, match="original"):
        store.put("original", SHA, b"picture")
    assert [path.name for path in tmp_path.rglob("*")] == ["original"]


def test_many_writers_of_one_blob(tmp_path):
    store = BlobStore(str(tmp_path))
    data = b"x" * 1_000_000
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: store.put("original", SHA, data), range(32)))
    assert store.get("original", SHA) == data
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1
