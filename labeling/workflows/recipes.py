"""Recipes: everything that the proposals of a run depend on, and the prompts among it."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from db import projects
from db.tables import Class, Model, Project
from labeling.errors import InputError
from labeling.prompts import templates


@dataclass(frozen=True)
class Prompts:
    """The texts of every class of a project, in class order, and the background texts."""

    classes: Sequence[Class]
    texts: list[list[str]]
    background: list[str]


def prompts_of(session: Session, project: Project) -> Prompts:
    """The texts that describe the classes of a project now.

    Raises:
        InputError: the project has no active class.
    """
    found = projects.classes(session, project.id)
    if not found:
        raise InputError(
            f"the project {project.name!r} has no class", "Add classes on the page Classes."
        )
    own = projects.prompts(session, project.id)
    chosen = templates.get(project.templates)
    texts = [templates.fill(chosen, c.display, own.get(c.id, ())) for c in found]
    return Prompts(found, texts, list(project.background))


def recipe_spec(project: Project, model: Model, prompts: Prompts) -> dict[str, Any]:
    """Everything that the proposals of a run depend on, as JSON."""
    return {
        "model": {
            **_encoder_spec(model),
            "logit_scale": model.logit_scale,
            "logit_bias": model.logit_bias,
        },
        "decoder": {name: importlib.metadata.version(name) for name in ("Pillow", "torchvision")},
        "templates": list(project.templates),
        "classes": [
            {"id": c.id, "texts": texts}
            for c, texts in zip(prompts.classes, prompts.texts, strict=True)
        ],
        "class_set_revision": project.revision,
        "background": prompts.background,
        "background_weight": "mean",
        "none_threshold": project.none_threshold,
        "score": "sigmoid" if project.mode == "multi" else "softmax",
        "calibration": None,
        "head": "zero_shot",
    }


def head_spec(
    base: Mapping[str, Any],
    base_id: str,
    kind: str,
    sha256: str,
    calibration: Mapping[str, Any] | None,
    vectors: Sequence[Model],
) -> dict[str, Any]:
    """The recipe of a head that learned from decisions, from that of zero-shot.

    Args:
        base: the recipe whose text vectors the head began with.
        base_id: its id.
        kind: the kind of the head.
        sha256: of its weights.
        calibration: its calibration as stored in the head's figures; None: raw scores.
        vectors: the models whose vectors it takes, side by side.
    """
    parameters = dict(calibration["parameters"]) if calibration else None
    head: dict[str, Any] = {"kind": kind, "sha256": sha256}
    if [model.weights_hash for model in vectors] != [base["model"]["weights_hash"]]:
        head["vectors"] = [_encoder_spec(model) for model in vectors]
    return {**base, "head": head, "calibration": parameters, "zero_shot": base_id}


def _encoder_spec(model: Model) -> dict[str, str]:
    return {
        "name": model.name,
        "source": model.source,
        "weights_hash": model.weights_hash,
        "preprocessing": model.preprocessing,
        "dtype": model.dtype,
    }


def recipe_id(spec: dict[str, Any]) -> str:
    """SHA-256 of a recipe as sorted JSON without spaces."""
    text = json.dumps(spec, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
