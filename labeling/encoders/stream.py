"""Many pictures through a model: decoding overlaps encoding, memory is bounded, order is kept."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
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

Key = TypeVar("Key")
Read = Callable[[], bytes]
Prepared = torch.Tensor | ImageRejected


def embed_stream(
    encoder: Encoder, sources: Iterable[tuple[Key, Read]], threads: int | None = None
) -> Iterator[list[tuple[Key, np.ndarray | ImageRejected]]]:
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
    """A row of pictures being read, decoded and cut by a pool of threads."""

    def __init__(self, encoder: Encoder, sources: Iterable[tuple[Key, Read]], threads: int) -> None:
        self._encoder = encoder
        self._sources = iter(sources)
        self._row: deque[tuple[Key, Future[Prepared]]] = deque()
        self._pool = ThreadPoolExecutor(threads, "decode", initializer=_single_openmp_thread)

    def __enter__(self) -> "_Decoders[Key]":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def ensure(self, count: int) -> None:
        """Pull from the sources until the row holds ``count`` pictures."""
        for key, read in islice(self._sources, max(0, count - len(self._row))):
            self._row.append((key, self._pool.submit(_prepare, self._encoder, read)))

    def take(self, count: int) -> list[tuple[Key, Prepared]]:
        """Wait for the first pictures of the row."""
        taken = [self._row.popleft() for _ in range(min(count, len(self._row)))]
        return [(key, future.result()) for key, future in taken]


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
