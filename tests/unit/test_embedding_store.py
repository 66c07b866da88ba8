import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.encoders.cache import EmbeddingStore
from labeling.errors import BusyError, EncoderError

DIM = 8


def rows(first: int, count: int) -> np.ndarray:
    """Vectors that say which row they are; exact in float16 up to row 2,047."""
    return np.repeat(np.arange(first, first + count, dtype=np.float32), DIM).reshape(count, DIM)


@settings(max_examples=60)
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 7), st.sampled_from(["commit", "lose", "tear"])), max_size=8
    ),
    data=st.data(),
)
def test_what_was_committed_is_read_back_whatever_was_lost(tmp_path_factory, steps, data):
    path = tmp_path_factory.mktemp("store") / "model.f16"
    committed = 0
    for count, end in steps:
        with EmbeddingStore(path, DIM, committed, writer=True) as store:
            assert store.append(rows(committed, count)) == committed
            assert store.rows == committed + count
        if end == "commit":
            committed += count
        elif end == "tear":
            with path.open("ab") as file:
                file.write(b"\x01" * 5)
    with EmbeddingStore(path, DIM, committed, writer=True) as store:
        wanted = data.draw(st.lists(st.integers(0, max(0, committed - 1)), max_size=20))
        wanted = wanted if committed else []
        got = store.read(np.array(wanted, dtype=np.int64))
        assert got.dtype == np.float32
        assert got.shape == (len(wanted), DIM)
        assert (got == np.array(wanted, np.float32)[:, None]).all()
    assert path.stat().st_size == committed * DIM * 2


def test_unit_vectors_keep_their_direction(tmp_path):
    vectors = np.random.default_rng(0).normal(size=(100, 512)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    with EmbeddingStore(tmp_path / "m.f16", 512, 0, writer=True) as store:
        store.append(vectors)
        got = store.read(np.arange(100))
    cosines = (got * vectors).sum(1) / np.linalg.norm(got, axis=1)
    assert cosines.min() > 0.99999


def test_a_reader_leaves_an_unfinished_tail_alone(tmp_path):
    path = tmp_path / "m.f16"
    with EmbeddingStore(path, DIM, 0, writer=True) as writer:
        writer.append(rows(0, 10))
        with EmbeddingStore(path, DIM, 4) as reader:
            assert path.stat().st_size == 10 * DIM * 2
            writer.append(rows(10, 500))
            assert (reader.read(np.array([509, 0]))[:, 0] == [509, 0]).all()


def test_readers_see_whole_rows_while_the_writer_appends(tmp_path):
    path = tmp_path / "m.f16"
    committed = [0]
    wrong: list[np.ndarray] = []

    def read_all() -> None:
        while committed[0] < 2000:
            there = committed[0]
            with EmbeddingStore(path, DIM, there) as reader:
                got = reader.read(np.arange(there))
            if not (got == rows(0, there)).all():
                wrong.append(got)

    with EmbeddingStore(path, DIM, 0, writer=True) as writer:
        threads = [threading.Thread(target=read_all) for _ in range(3)]
        for thread in threads:
            thread.start()
        while committed[0] < 2000:
            committed[0] = writer.append(rows(committed[0], 20)) + 20
        for thread in threads:
            thread.join()
    assert not wrong


def test_there_is_one_writer(tmp_path):
    with EmbeddingStore(tmp_path / "m.f16", DIM, 0, writer=True), pytest.raises(BusyError):
        EmbeddingStore(tmp_path / "m.f16", DIM, 0, writer=True)
    EmbeddingStore(tmp_path / "m.f16", DIM, 0, writer=True).close()


def test_a_file_that_lost_rows_is_not_used(tmp_path):
    path = tmp_path / "m.f16"
    with EmbeddingStore(path, DIM, 0, writer=True) as store:
        store.append(rows(0, 3))
    for writer in (True, False):
        with pytest.raises(EncoderError, match="holds 3 embeddings"):
            EmbeddingStore(path, DIM, 4, writer=writer)
    with EmbeddingStore(path, DIM, 3) as reader, pytest.raises(EncoderError):
        reader.read(np.array([3]))
    with pytest.raises(EncoderError, match="holds 0 embeddings"):
        EmbeddingStore(tmp_path / "none.f16", DIM, 1)


def test_a_reader_may_come_before_the_first_row(tmp_path):
    path = tmp_path / "m.f16"
    reader = EmbeddingStore(path, DIM, 0)
    assert reader.read(np.array([], dtype=int)).shape == (0, DIM)
    with EmbeddingStore(path, DIM, 0, writer=True) as writer:
        writer.append(rows(0, 2))
    assert (reader.read(np.array([1]))[:, 0] == [1]).all()
    reader.close()


@pytest.mark.parametrize(
    "vectors",
    [np.zeros(DIM), np.zeros((2, DIM + 1)), np.full((1, DIM), np.nan), np.full((1, DIM), 1e6)],
    ids=["one row", "wrong length", "not a number", "too large for float16"],
)
@pytest.mark.filterwarnings("ignore:overflow")
def test_rows_that_are_not_embeddings_are_refused(tmp_path, vectors):
    with EmbeddingStore(tmp_path / "m.f16", DIM, 0, writer=True) as store:
        with pytest.raises(ValueError, match=r"wanted|finite"):
            store.append(vectors)
        assert store.rows == 0


def test_a_reader_does_not_append(tmp_path):
    store = EmbeddingStore(tmp_path / "m.f16", DIM, 0)
    with pytest.raises(ValueError, match="for reading"):
        store.append(rows(0, 1))


ENDLESS_WRITER = """
import sys
from pathlib import Path
from labeling.encoders.cache import EmbeddingStore
from tests.unit.test_embedding_store import DIM, rows
store = EmbeddingStore(Path(sys.argv[1]), DIM, int(sys.argv[2]), writer=True)
while True:
    print(store.append(rows(store.rows, 7)) + 7, flush=True)
"""


@pytest.mark.slow
def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path):
    path = tmp_path / "m.f16"
    committed = 0
    for life in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", ENDLESS_WRITER, str(path), str(committed)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        for _ in range(3 + 5 * life):
            committed = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        with EmbeddingStore(path, DIM, committed) as reader:
            assert (reader.read(np.arange(committed)) == rows(0, committed)).all()
    with EmbeddingStore(path, DIM, committed, writer=True) as store:
        assert (store.read(np.arange(committed)) == rows(0, committed)).all()
    assert path.stat().st_size == committed * DIM * 2
