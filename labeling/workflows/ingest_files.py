"""The files of an import, read and checked in threads, in the chunks that are committed."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from db.tables import ImportBatch
from labeling.errors import ImageRejected, RejectReason
from labeling.images.entry import Entry, EntryOptions, Refusal, storable
from labeling.images.files import entries
from labeling.images.fingerprint import sha256
from labeling.images.prepare import Ingested, ingest_picture
from labeling.workspace import Workspace

CHUNK_ROWS = 200
CHUNK_SECONDS = 1.0
THREADS = min(8, (os.cpu_count() or 1) + 1)
"""One more than there are cores: while one thread waits for the disk, the others decode."""


@dataclass(frozen=True)
class Prepared:
    """A file that is a picture."""

    entry: Entry
    picture: Ingested
    mtime_ns: int | None = None
    """When a linked file was changed last, read before its bytes."""


@dataclass
class Chunk:
    """Rows of one transaction."""

    pictures: list[Prepared] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.pictures) + len(self.refusals)


def chunks(
    ws: Workspace,
    batch: ImportBatch,
    options: EntryOptions,
    seen: set[str],
    erased: Mapping[str, str],
) -> Iterator[Chunk]:
    """Read and check the files of a batch, passing over the paths in ``seen``.

    Pictures are in the store when their chunk comes; a chunk takes about ``CHUNK_SECONDS``.

    Args:
        ws: the workspace.
        batch: the import.
        options: how its sources are read.
        seen: paths that are dealt with.
        erased: pictures that are refused, by SHA-256, with what to tell of each.
    """
    chunk, due = Chunk(), time.monotonic() + CHUNK_SECONDS
    for result in _prepared(ws, batch, options, seen, erased):
        if isinstance(result, Prepared):
            chunk.pictures.append(result)
        else:
            chunk.refusals.append(result)
        if len(chunk) >= CHUNK_ROWS or time.monotonic() > due:
            yield chunk
            chunk, due = Chunk(), time.monotonic() + CHUNK_SECONDS
    if len(chunk):
        yield chunk


def _prepared(
    ws: Workspace,
    batch: ImportBatch,
    options: EntryOptions,
    seen: set[str],
    erased: Mapping[str, str],
) -> Iterator[Prepared | Refusal]:
    """Read and decode in threads, a few files ahead, in the order of the source."""
    with ThreadPoolExecutor(THREADS, thread_name_prefix="ingest") as pool:
        ahead: deque[Future[Prepared | Refusal]] = deque()
        try:
            for found in entries(batch.sources, options):
                if found.path in seen:
                    continue
                ahead.append(pool.submit(_prepare, ws, found, erased, link=batch.linked))
                if len(ahead) >= 2 * THREADS:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            for waiting in ahead:
                waiting.cancel()


def _prepare(
    ws: Workspace, found: Entry | Refusal, erased: Mapping[str, str], *, link: bool
) -> Prepared | Refusal:
    if isinstance(found, Refusal):
        return found
    try:
        mtime_ns = _linkable(found.local).stat().st_mtime_ns if link and found.local else None
        data = found.read()
        if told := erased and erased.get(sha256(data)):
            return Refusal(found.path, RejectReason.ERASED, told)
        picture = ingest_picture(data, ws.limits)
    except ImageRejected as error:
        return Refusal(found.path, error.reason, error.detail)
    except OSError as error:
        return Refusal(found.path, RejectReason.UNREADABLE, error.strerror or str(error))
    ws.blobs.put("thumb", picture.sha256, picture.thumb)
    if picture.screen is not None:
        ws.blobs.put("screen", picture.sha256, picture.screen)
    if not (link and found.local):
        ws.blobs.put("original", picture.sha256, data)
    return Prepared(found, picture, mtime_ns)


def _linkable(path: Path) -> Path:
    """The path, if the database can keep it.

    Raises:
        ImageRejected: its name holds bytes that are no UTF-8 (unsupported).
    """
    if storable(str(path)) != str(path):
        detail = "its name is no UTF-8, so it can't be linked; import a copy, or rename it"
        raise ImageRejected(RejectReason.UNSUPPORTED, detail)
    return path
