"""Many pictures through a model: decoding overlaps encoding, memory is bounded, order is kept."""

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Generic, TypeVar

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from labeling.encoders.base import Encoder
from labeling.encoders.device import physical_cores
from labeling.errors import ImageRejected, RejectReason
from labeling.images.decode import load_rgb

FIRST_BATCH = 8
STEP_SECONDS = 1.0
TASKS_PER_BATCH = 8

Key = TypeVar("Key")
Read = Callable[[], bytes]
Prepared = torch.Tensor | ImageRejected


def embed_stream(
    encoder: Encoder, sources: Iterable[tuple[Key, Read]], threads: int | None = None
) -> Generator[list[tuple[Key, np.ndarray | ImageRejected]], None, None]:
    """Encode pictures batch by batch, in the order in which they come.

    At most three batches of cut pictures are in memory, and one decoded picture per thread. The
    batches grow while a step stays well under a second and shrink when it takes longer, so that a
    job can report, cancel and continue between any two. Closing the generator stops its threads.

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
    """

    def __init__(self, encoder: Encoder, sources: Iterable[tuple[Key, Read]], threads: int) -> None:
        self._encoder = encoder
        self._sources = iter(sources)
        self._row: deque[tuple[list[Key], Future[list[Prepared]]]] = deque()
        self._pool = ThreadPoolExecutor(threads, "decode", initializer=_single_openmp_thread)

    def __enter__(self) -> "_Decoders[Key]":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def ensure(self, count: int) -> None:
        """Pull from the sources until the row holds ``count`` pictures."""
        missing = count - sum(len(keys) for keys, _ in self._row)
        while missing > 0:
            task = list(islice(self._sources, min(missing, max(1, count // TASKS_PER_BATCH))))
            if not task:
                return
            reads = [read for _, read in task]
            future = self._pool.submit(_prepare_all, self._encoder, reads)
            self._row.append(([key for key, _ in task], future))
            missing -= len(task)

    def take(self, count: int) -> list[tuple[Key, Prepared]]:
        """Wait for the first pictures of the row: up to ``count``, in whole tasks, one at least."""
        taken: list[tuple[Key, Prepared]] = []
        while self._row and (not taken or len(taken) + len(self._row[0][0]) <= count):
            keys, future = self._row.popleft()
            taken += zip(keys, future.result(), strict=True)
        return taken


def _prepare_all(encoder: Encoder, reads: list[Read]) -> list[Prepared]:
    return [_prepare(encoder, read) for read in reads]


def _prepare(encoder: Encoder, read: Read) -> Prepared:
    try:
        return encoder.preprocess(load_rgb(read(), at_least=encoder.image_size))
    except ImageRejected as rejection:
        return rejection
    except FileNotFoundError as error:
        return ImageRejected(RejectReason.MISSING, str(error))
    except OSError as error:
        return ImageRejected(RejectReason.UNREADABLE, str(error))


def _encode(
    encoder: Encoder, batch: list[tuple[Key, Prepared]]
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
