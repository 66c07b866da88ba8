import io
import threading
import time

import numpy as np
import pytest
from PIL import Image

from labeling.encoders import stream as stream_module
from labeling.encoders.open_clip import load
from labeling.encoders.registry import ModelSpec
from labeling.encoders.stream import FIRST_BATCH, embed_stream
from labeling.errors import ImageRejected, RejectReason
from labeling.images.decode import load_rgb
from tests.unit import tiny_models

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    folder = tiny_models.write(tmp_path_factory.mktemp("tiny"))
    return load(ModelSpec("tiny", f"local-dir:{folder}"), self_test=False)


def jpeg(seed: int, size: tuple[int, int] = (90, 70)) -> bytes:
    noise = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).resize(size).save(file, "JPEG")
    return file.getvalue()


def missing() -> bytes:
    raise FileNotFoundError("gone.jpg")


def unreadable() -> bytes:
    raise PermissionError("secret.jpg")


def decode_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("decode")]


@pytest.mark.parametrize("quick_seconds", [0.0, 60.0], ids=["pool", "caller"])
@pytest.mark.parametrize("threads", [1, 3])
def test_every_picture_has_its_own_vector_in_the_order_asked_for(
    encoder, monkeypatch, threads, quick_seconds
):
    monkeypatch.setattr(stream_module, "QUICK_SECONDS", quick_seconds)
    data = [jpeg(i, (90, 70 + 10 * (i % 3))) for i in range(150)]
    sources = [(f"key {i}", lambda d=d: d) for i, d in enumerate(data)]
    batches = list(embed_stream(encoder, sources, threads))
    results = [result for batch in batches for result in batch]
    assert [key for key, _ in results] == [key for key, _ in sources]
    alone = [encoder.encode_images([encoder.preprocess(load_rgb(d, at_least=32))])[0] for d in data]
    np.testing.assert_allclose(np.array([vector for _, vector in results]), alone, atol=1e-5)
    assert max(len(batch) for batch in batches) <= encoder.batch_size


def test_a_slow_decoder_does_not_mix_up_the_order(encoder):
    def slowly(i: int) -> bytes:
        time.sleep(0.02 if i % 3 == 0 else 0)
        return jpeg(i)

    sources = [(i, lambda i=i: slowly(i)) for i in range(40)]
    batches = embed_stream(encoder, sources, threads=4)
    assert [key for batch in batches for key, _ in batch] == list(range(40))


def test_a_picture_that_fails_takes_nobody_with_it(encoder):
    bad = {
        3: (missing, RejectReason.MISSING),
        4: (unreadable, RejectReason.UNREADABLE),
        5: (lambda: b"", RejectReason.EMPTY),
        6: (lambda: b"hello", RejectReason.NOT_A_PICTURE),
        7: (lambda: jpeg(0)[:300], RejectReason.TRUNCATED),
    }
    sources = [(i, bad[i][0] if i in bad else lambda i=i: jpeg(i)) for i in range(20)]
    results = dict(r for batch in embed_stream(encoder, sources) for r in batch)
    assert list(results) == list(range(20))
    for i, result in results.items():
        if i in bad:
            assert isinstance(result, ImageRejected)
            assert result.reason is bad[i][1]
        else:
            assert result.shape == (encoder.dim,)


def test_nothing_but_failures_is_a_result_too(encoder):
    (batch,) = embed_stream(encoder, [(1, missing), (2, missing)])
    assert [key for key, _ in batch] == [1, 2]
    assert list(embed_stream(encoder, [])) == []


def test_no_more_is_read_ahead_than_two_batches(encoder):
    asked = 0

    def endless():
        nonlocal asked
        while True:
            asked += 1
            yield asked, lambda i=asked: jpeg(i)

    stream = embed_stream(encoder, endless(), threads=2)
    done = 0
    largest = FIRST_BATCH
    for _ in range(6):
        done += len(next(stream))
        assert asked - done <= 2 * largest
        largest = min(2 * largest, encoder.batch_size)
    stream.close()


@pytest.mark.parametrize(("quick_seconds", "by_caller"), [(60.0, True), (0.0, False)])
def test_quick_pictures_are_not_handed_over(encoder, monkeypatch, quick_seconds, by_caller):
    monkeypatch.setattr(stream_module, "QUICK_SECONDS", quick_seconds)
    readers: list[str] = []

    def read() -> bytes:
        readers.append(threading.current_thread().name)
        return jpeg(0)

    assert sum(len(b) for b in embed_stream(encoder, ((i, read) for i in range(100)))) == 100
    assert readers[0].startswith("decode")
    assert (threading.current_thread().name in readers) is by_caller


def test_pictures_that_become_slow_are_handed_over_again(encoder, monkeypatch):
    monkeypatch.setattr(stream_module, "QUICK_SECONDS", 0.01)
    readers: list[str] = []

    def read(i: int) -> bytes:
        readers.append(threading.current_thread().name)
        time.sleep(0.02 if i >= 60 else 0)
        return jpeg(i)

    list(embed_stream(encoder, ((i, lambda i=i: read(i)) for i in range(200)), threads=2))
    assert threading.current_thread().name in readers[:60]
    assert readers[-1].startswith("decode")


def test_few_decoded_pixels_are_held_at_once(encoder, monkeypatch):
    monkeypatch.setattr(stream_module, "HELD_PIXELS", 3 * 90 * 70)
    together: list[int] = []
    cut = encoder.preprocess_all
    monkeypatch.setattr(encoder, "preprocess_all", lambda p: together.append(len(p)) or cut(p))
    list(embed_stream(encoder, ((i, lambda i=i: jpeg(i)) for i in range(200)), threads=2))
    assert sum(together) == 200
    assert max(together) == 3


def test_closing_the_stream_stops_its_threads(encoder):
    stream = embed_stream(encoder, ((i, lambda i=i: jpeg(i)) for i in range(10_000)), threads=2)
    next(stream)
    assert decode_threads()
    stream.close()
    assert not decode_threads()


def test_a_source_that_breaks_ends_the_stream_and_its_threads(encoder):
    def breaks():
        yield 0, lambda: jpeg(0)
        raise ConnectionError("the database went away")

    with pytest.raises(ConnectionError):
        list(embed_stream(encoder, breaks()))
    assert not decode_threads()
