"""Vectors of pictures and texts: computed once per model, then read from the cache."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from db import images, proposals
from db.engine import chunks
from db.tables import Model
from labeling.encoders.base import NO_TEXTS, Encoder, ImageEncoder
from labeling.errors import EncoderError, ImageRejected
from labeling.images.thumbs import THUMB, thumb_feeds
from labeling.workflows.jobs import Task
from labeling.workflows.pictures import for_model, note_missing
from labeling.workflows.zero_shot_head import text_hash
from labeling.workspace import Workspace

Floats = NDArray[np.float32]
LENGTH_TOLERANCE = 0.02
ROWS_AHEAD = 256


def register(ws: Workspace, encoder: ImageEncoder, source: str) -> Model:
    """The row of a loaded encoder, added where it is new.

    Where it is fed from thumbnails, its preprocessing says so: vectors of other bytes are another
    model's.
    """
    preprocessing = encoder.preprocessing
    if thumb_feeds(encoder.image_size):
        preprocessing += f", from the thumbnail of {THUMB} px where its short side is twice that"

    def work(session: Session) -> Model:
        found = proposals.find_model(session, encoder.weights_hash, preprocessing, encoder.dtype)
        return found or proposals.add_model(
            session,
            Model(
                name=encoder.name,
                source=source,
                weights_hash=encoder.weights_hash,
                preprocessing=preprocessing,
                dtype=encoder.dtype,
                dim=encoder.dim,
                objective=getattr(encoder, "objective", NO_TEXTS),
                logit_scale=getattr(encoder, "logit_scale", 1.0),
                logit_bias=getattr(encoder, "logit_bias", None),
            ),
        )

    return ws.db.write(work)


def embed_missing(
    task: Task, project_id: str, encoder: ImageEncoder, model: Model
) -> Generator[None, None, int]:
    """Encode the pictures of a project that have no vector yet; how many were encoded.

    Vectors go to the end of the model's file, flushed, before their rows are committed: what a
    crash leaves behind is cut off at the next opening.
    """
    from labeling.encoders.stream import embed_stream

    ws = task.ws
    _forget_lost(task, model)
    with ws.db.read() as session:
        missing = proposals.without_embedding(session, project_id, model.id)
        rows = proposals.model(session, model.id).rows
    if not missing:
        return 0
    encoded, seen = 0, task.job.done  # what was done before the job was taken up again counts
    total = seen + len(missing)
    stream = embed_stream(encoder, _sources(ws, missing, encoder.image_size))
    with ws.embeddings(model.id, model.dim, rows, writer=True) as store, closing(stream):
        for batch in stream:
            good = [(sha, vector) for sha, vector in batch if not isinstance(vector, ImageRejected)]
            seen += len(batch)
            if good:
                shas = [sha for sha, _ in good]
                first = store.append(np.stack([vector for _, vector in good]))
                _commit(task, model, shas, first, (seen, total))
                encoded += len(good)
            _report_failures(task, batch)
            yield
    return encoded


def _forget_lost(task: Task, model: Model) -> None:
    """Where the file of a model was deleted or cut short, let its pictures be encoded again."""
    ws = task.ws
    there = ws.stored_embeddings(model.id, model.dim)
    with ws.db.read() as session:
        known = proposals.model(session, model.id).rows
    if there < known:
        lost = ws.db.write(lambda s: proposals.forget_embeddings(s, model.id, there))
        task.log(f"{lost} embeddings are gone from their file; they are made again", "warning")


def require_unit(vectors: Floats, path: Path) -> None:
    """Refuse vectors that no encoder gave.

    Args:
        vectors: float32 [n, dim] as read from ``path``.
        path: the embedding file, for the message.

    Raises:
        EncoderError: one is not of length 1 (within what 16-bit floats round).
    """
    lengths = np.linalg.norm(vectors, axis=1)
    if not (np.abs(lengths - 1) < LENGTH_TOLERANCE).all():
        raise EncoderError(
            f"{path} is damaged: it holds vectors that no model gave",
            "Delete it and pre-label again: every picture is then encoded afresh.",
        )


def text_vectors(ws: Workspace, encoder: Encoder, model: Model, texts: Sequence[str]) -> Floats:
    """The vectors of texts, float32 [n, dim]; only those that are not stored are encoded."""
    hashes = [text_hash(text) for text in texts]
    with ws.db.read() as session:
        known = proposals.known_texts(session, model.id, hashes)
    new = {h: text for h, text in zip(hashes, texts, strict=True) if h not in known}
    if new:
        vectors = encoder.encode_texts(list(new.values())).astype("<f4")
        rows = [
            {"model_id": model.id, "text_hash": h, "text": text, "vector": vector.tobytes()}
            for (h, text), vector in zip(new.items(), vectors, strict=True)
        ]
        ws.db.write(lambda session: proposals.add_texts(session, rows))
        known |= {row["text_hash"]: row["vector"] for row in rows}
    return np.stack([np.frombuffer(known[h], dtype="<f4") for h in hashes])


def _sources(
    ws: Workspace, shas: Sequence[str], side: int
) -> Generator[tuple[str, Callable[[], bytes]], None, None]:
    """Key and reader of each picture, for a model of ``side`` pixels.

    The rows of the pictures are read ``ROWS_AHEAD`` at a time.
    """
    for part in chunks(shas, ROWS_AHEAD):
        with ws.db.read() as session:
            found = images.by_shas(session, part)
        for sha in part:
            yield sha, partial(for_model, ws, found[sha], side)


def _commit(
    task: Task, model: Model, shas: Sequence[str], first: int, progress: tuple[int, int]
) -> None:
    def work(session: Session) -> None:
        proposals.add_embeddings(session, model.id, shas, first)
        images.mark_found(session, shas)
        task.progress(session, *progress, f"encoding pictures by {model.name}")

    task.ws.db.write(work)


def _report_failures(task: Task, batch: Sequence[tuple[str, Floats | ImageRejected]]) -> None:
    failed = {sha: fault for sha, fault in batch if isinstance(fault, ImageRejected)}
    note_missing(task.ws, failed)
    for sha, fault in failed.items():
        task.log(f"picture {sha[:12]} has no proposal: {fault.detail}", "warning")
