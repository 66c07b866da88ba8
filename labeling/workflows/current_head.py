"""The head that proposes in a project now, for single pictures that need not be in it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from db import projects, proposals
from labeling.encoders.base import ImageEncoder
from labeling.errors import ImageRejected
from labeling.images.prepare import ingest_picture
from labeling.images.thumbs import thumb_feeds
from labeling.settings import load_settings
from labeling.workflows import encoded
from labeling.workflows.projects import find, shown_run
from labeling.workflows.proposing import Proposer, proposal_rows
from labeling.workflows.trained_heads import head_of, proposer
from labeling.workspace import Workspace, open_workspace


@dataclass(frozen=True)
class Guess:
    """A label and its probability, 0 to 1; ``class_id`` None: none of these."""

    class_id: str | None
    score: float


@dataclass(frozen=True)
class CurrentHead:
    """What proposes in a project, with its encoder.

    Attributes:
        encoders: those whose vectors the head takes, side by side in this order.
        propose: from vectors to proposals.
        class_ids: the classes that the head answers for, in its order.
        names: name of each class that is active, by id.
        multi: whether a picture may bear several.
    """

    encoders: Sequence[ImageEncoder]
    propose: Proposer
    class_ids: list[str]
    names: dict[str, str]
    multi: bool

    def guesses(self, picture: Image.Image) -> list[Guess]:
        """What would be proposed for a picture; classes that are no longer active are left out.

        Args:
            picture: any mode; its EXIF orientation is applied.

        Raises:
            ImageRejected: it can't be used.
        """
        vectors = [self._encoded(encoder, picture) for encoder in self.encoders]
        found = self.propose(np.concatenate(vectors)[None])
        (row,) = proposal_rows("", [""], self.class_ids, found)
        if row["class_id"] is None:
            return [Guess(None, row["none_score"])]
        chosen = row["top"][: row["chosen"] if self.multi else 1]
        return [Guess(c, score) for c, score in chosen if c in self.names]

    def _encoded(self, encoder: ImageEncoder, picture: Image.Image) -> NDArray[np.float32]:
        from labeling.encoders.stream import embed_stream

        data = _bytes(encoder, picture)
        ((_, vector),) = next(embed_stream(encoder, [("picture", lambda: data)], threads=1))
        if isinstance(vector, ImageRejected):
            raise vector
        return vector


def load_from(home: str | None, project_name: str) -> CurrentHead:
    """The head of a project in a home folder; None: the one that the settings name.

    Raises:
        PrelabelError: there is no such home or project, it has no proposals, or its model can't be
            loaded.
    """
    ws = open_workspace(load_settings(home=Path(home).expanduser() if home else None))
    try:
        return load(ws, project_name)
    finally:
        ws.close()


def load(ws: Workspace, project_name: str) -> CurrentHead:
    """The head whose proposals a project shows now. Imports torch.

    Raises:
        EncoderError: the project's model can't be loaded.
        InputError: the project was never pre-labeled.
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        run = shown_run(session, project)
        model = proposals.model(session, run.model_id)
        found = head_of(session, project, run, model)
        threshold = proposals.recipe(session, run.recipe_id).spec["none_threshold"]
        names = {row.id: row.name for row in projects.classes(session, project.id)}
        multi = project.mode == "multi"
        models = encoded.models_of(session, run)
    encoders = [ws.image_encoder(one.name) for one in models]
    return CurrentHead(encoders, proposer(found.head, threshold), found.class_ids, names, multi)


def _bytes(encoder: ImageEncoder, picture: Image.Image) -> bytes:
    """What a model is fed: as for pictures of the project, small models see a thumbnail."""
    upright = ImageOps.exif_transpose(picture).convert("RGB")
    out = io.BytesIO()
    upright.save(out, "PNG")
    data = out.getvalue()
    feeds = thumb_feeds(encoder.image_size, upright.size)
    return ingest_picture(data).thumb if feeds else data
