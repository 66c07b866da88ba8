"""The zero-shot head of a run, rebuilt from its recipe and the stored text vectors."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from db import projects, proposals
from db.tables import Model, Project, Run
from labeling.prompts.text_bank import class_vectors

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class RunHead:
    """A head with the classes it answers for, in order."""

    head: Any
    class_ids: list[str]
    class_names: list[str]


def text_hash(text: str) -> str:
    """SHA-256 of a text, the key of its stored vector."""
    return hashlib.sha256(text.encode()).hexdigest()


def pool_vectors(
    vectors: Floats, texts: Sequence[Sequence[str]], background: Sequence[str]
) -> tuple[Floats, Floats | None]:
    """From one vector a text, class texts first, to one a class, and the background's own."""
    count = sum(len(own) for own in texts)
    owner = np.repeat(np.arange(len(texts)), [len(own) for own in texts])
    pooled = class_vectors(vectors[:count], owner, len(texts))
    return pooled, vectors[count:] if background else None


def head_of_run(session: Session, project: Project, run: Run, model: Model) -> RunHead:
    """The head whose predictions are the proposals of ``run``."""
    from labeling.heads.linear import MultiLabelHead, ZeroShotHead

    spec = proposals.recipe(session, run.recipe_id).spec
    texts = [entry["texts"] for entry in spec["classes"]]
    flat = [text for own in texts for text in own] + spec["background"]
    stored = proposals.known_texts(session, model.id, map(text_hash, flat))
    vectors = np.stack([np.frombuffer(stored[text_hash(text)], dtype="<f4") for text in flat])
    pooled, background = pool_vectors(vectors, texts, spec["background"])
    ids = [entry["id"] for entry in spec["classes"]]
    names = projects.class_names(session, project.id)
    head = (
        MultiLabelHead(pooled, model.logit_scale, model.logit_bias)
        if project.mode == "multi"
        else ZeroShotHead(pooled, model.logit_scale, model.logit_bias, background)
    )
    return RunHead(head, ids, [names[class_id] for class_id in ids])
