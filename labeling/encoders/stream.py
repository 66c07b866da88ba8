"""Many pictures through a model: decoding overlaps encoding, memory is bounded, order is kept."""

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

import numpy as np
import torch
from PIL import Image
from threadpoolctl import threadpool_limits

from labeling.encoders.base import ImageEncoder
from labeling.encoders.device import physical_cores
from labeling.errors import ImageRejected, RejectReason
from labeling.images.decode import load_rgb

FIRST_BATCH = 8
STEP_SECONDS = 1.0
TASKS_PER_BATCH = 8
QUICK_SECONDS = 2e-4
HELD_PIXELS = 1 << 20

Key = TypeVar("Key")
Read = Callable[[], bytes]
Decoded = Image.Image | ImageRejected
Prepared = torch.Tensor | ImageRejected


def embed_stream(
    encoder: ImageEncoder, sources: Iterable[tuple[Key, Read]], threads: int | None = None
) -> Generator[list[tuple[Key, np.ndarray | ImageRejected]], None, None]:
    """Encode pictures batch by batch, in the order in which they come.

    At most three batches of cut pictures are in memory, and per thread one decoded picture or a few
    small ones. The batches grow while a step stays well under a second and shrink when it takes
    longer, so that a job can report, cancel and continue between any two. Closing the generator
    stops its threads.

    Args:
        encoder: the model.
        sources: key and reader of the bytes, pulled only as far as needed; readers run in threads.
        threads: decoders at work, None for one per core.

    Yields:
        For each picture its key with its vector (float32 [dim], length 1), or with the reason why
        it has none.
    """
    size = min(FIRST_BATCH, encoder.batch_size)
    with _Decoders(encoder, sources, threads or physical_cores()) as decoders:
        while True:
            started = time.perf_counter()
            decoders.ensure(size)
            batch = decoders.take(size)
            if not batch:
                return
            decoders.ensure(size)  # so that they have work while the model has
            encoded = _encode(encoder, batch)
            size = _next_size(size, time.perf_counter() - started, encoder.batch_size)
            yield encoded


class _Decoders(Generic[Key]):
    """A row of pictures being read, decoded and cut by a pool of threads.

    A task is a handful of pictures: for small ones a task each would cost more than the decoding.
    Where even that costs more than it saves (``QUICK_SECONDS``), the caller's thread does the work.
    """

    def __init__(
        self, encoder: ImageEncoder, sources: Iterable[tuple[Key, Read]], threads: int
    ) -> None:
        self._encoder = encoder
        self._sources = iter(sources)
        self._row: deque[tuple[list[Key], Future[_Handful]]] = deque()
        self._pool = ThreadPoolExecutor(threads, "decode", initializer=_single_openmp_thread)
        self._quick = False

    def __enter__(self) -> "_Decoders[Key]":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def ensure(self, count: int) -> None:
        """Pull from the sources until the row holds ``count`` pictures; quick ones can wait."""
        missing = 0 if self._quick else count - sum(len(keys) for keys, _ in self._row)
        while missing > 0:
            keys, reads = self._pull(min(missing, max(1, count // TASKS_PER_BATCH)))
            if not keys:
                return
            self._row.append((keys, self._pool.submit(_prepare, self._encoder, reads)))
            missing -= len(keys)

    def take(self, count: int) -> list[tuple[Key, Prepared]]:
        """Wait for the first pictures of the row: up to ``count``, in whole tasks, one at least."""
        taken: list[tuple[Key, Prepared]] = []
        while self._row and (not taken or len(taken) + len(self._row[0][0]) <= count):
            keys, future = self._row.popleft()
            taken += self._noted(keys, future.result())
        if taken or not self._quick:
            return taken
        keys, reads = self._pull(count)
        return self._noted(keys, _prepare(self._encoder, reads))

    def _pull(self, count: int) -> tuple[list[Key], list[Read]]:
        task = list(islice(self._sources, count))
        return [key for key, _ in task], [read for _, read in task]

    def _noted(self, keys: list[Key], handful: "_Handful") -> list[tuple[Key, Prepared]]:
        self._quick = handful.seconds < QUICK_SECONDS * len(keys)
        return list(zip(keys, handful.pictures, strict=True))


@dataclass(frozen=True)
class _Handful:
    """Pictures read, decoded and cut in one go, and the seconds that took."""

    pictures: list[Prepared]
    seconds: float


def _prepare(encoder: ImageEncoder, reads: list[Read]) -> _Handful:
    """Decode some, then cut those: changing from one to the other costs more than holding them."""
    started = time.perf_counter()
    pictures: list[Prepared] = []
    for held in _held(_decode(read, encoder.image_size) for read in reads):
        pictures += _cut(encoder, held)
    return _Handful(pictures, time.perf_counter() - started)


def _held(decoded: Iterable[Decoded]) -> Iterator[list[Decoded]]:
    """The same pictures in lists of about ``HELD_PIXELS``, or of one picture that is larger."""
    held: list[Decoded] = []
    pixels = 0
    for one in decoded:
        held.append(one)
        pixels += one.width * one.height if isinstance(one, Image.Image) else 0
        if pixels >= HELD_PIXELS:
            yield held
            held, pixels = [], 0
    yield held


def _cut(encoder: ImageEncoder, held: list[Decoded]) -> list[Prepared]:
    """Cut pictures, those of one size in one go; rejections stay in their places."""
    by_size: dict[tuple[int, int], dict[int, Image.Image]] = {}
    cut: dict[int, Prepared] = {}
    for place, one in enumerate(held):
        if isinstance(one, ImageRejected):
            cut[place] = one
        else:
            by_size.setdefault(one.size, {})[place] = one
    for alike in by_size.values():
        cut |= zip(alike, encoder.preprocess_all(list(alike.values())), strict=True)
    return [cut[place] for place in range(len(held))]


def _decode(read: Read, at_least: int) -> Decoded:
    try:
        return load_rgb(read(), at_least)
    except ImageRejected as rejection:
        return rejection
    except FileNotFoundError as error:
        return ImageRejected(RejectReason.MISSING, str(error))
    except OSError as error:
        return ImageRejected(RejectReason.UNREADABLE, str(error))


def _encode(
    encoder: ImageEncoder, batch: list[tuple[Key, Prepared]]
) -> list[tuple[Key, np.ndarray | ImageRejected]]:
    cut = [picture for _, picture in batch if isinstance(picture, torch.Tensor)]
    vectors = iter(encoder.encode_images(cut))
    return [
        (key, picture if isinstance(picture, ImageRejected) else next(vectors))
        for key, picture in batch
    ]


def _next_size(size: int, seconds: float, largest: int) -> int:
    """Half after a slow step, double after a quick one."""
    if seconds > STEP_SECONDS:
        return max(1, size // 2)
    return min(2 * size, largest) if seconds < 0.4 * STEP_SECONDS else size


def _single_openmp_thread() -> None:
    """Keep a decoder from opening an OpenMP team of its own; holds for the calling thread only."""
    threadpool_limits(1, user_api="openmp")
