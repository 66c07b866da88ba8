"""What a picture is offered as whose class was split: the parts, best first, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from db import decisions, lineage, projects
from db.derive import in_force
from db.tables import Project
from labeling.class_changes import split_said


@dataclass(frozen=True)
class Parts:
    """What a picture that waits because of a split may be.

    Args:
        said: the split in one line.
        ids: the classes that took the place of the one that it bore.
        kept: its other labels (multi-label projects), which stand as they did.
    """

    said: str
    ids: frozenset[str]
    kept: frozenset[str]


def of_items(session: Session, project: Project, item_ids: Iterable[str]) -> dict[str, Parts]:
    """The parts of those items whose last answer names a class that was split since, by id."""
    became = lineage.of(project)
    if not any(len(into) > 1 for into in became.into.values()):
        return {}
    names = projects.class_names(session, project.id)
    found = {}
    for item_id, log in decisions.logs(session, item_ids).items():
        last = in_force(log)
        if last is None or not became.is_open(last.labels):
            continue
        split = [one for one in last.labels if became.is_open([one])]
        ids = frozenset().union(*map(became.now, split))
        parts = [name for class_id, name in names.items() if class_id in ids]
        said = split_said(", ".join(names[one] for one in split), parts)
        kept = became.settle(one for one in last.labels if one not in split)
        found[item_id] = Parts(said, ids, frozenset(kept))
    return found


def told(parts: Parts, offer: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """An offer (``offers.told``) with just the parts proposed; blind ones stay as they are.

    A part that the shown run says nothing of comes last, without a score.

    Args:
        parts: what the picture may be.
        offer: what is told of it otherwise.
        names: the active classes, by id.
    """
    if offer["blind"]:
        return {}
    shown = [one for one in offer["proposals"] if one["class"] in parts.ids]
    missing = parts.ids - {one["class"] for one in shown}
    shown += [
        {"label": name, "class": class_id, "score": None, "chosen": False}
        for class_id, name in names.items()
        if class_id in missing
    ]
    shown = [one | {"chosen": False} for one in shown]
    shown += [
        {"label": name, "class": class_id, "score": None, "chosen": True}
        for class_id, name in names.items()
        if class_id in parts.kept
    ]
    return {
        "proposals": shown,
        "proposal": None,
        "none_proposed": False,
        "reason": parts.said,
    }
