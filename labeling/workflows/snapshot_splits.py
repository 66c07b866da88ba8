"""The splits of a snapshot: dealt by its seed, those of earlier snapshots kept."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from typing import Any

from sqlalchemy.orm import Session

from db import snapshots
from db.tables import Project
from labeling.errors import InputError
from labeling.splits import Member, place, require_shares

DEFAULT_SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}


def plan(
    session: Session, project: Project, shares: Mapping[str, float] | None, seed: int | None
) -> dict[str, Any]:
    """By which shares and seed the next snapshot is dealt: those of the newest one where not given.

    Raises:
        InputError: the shares are impossible.
    """
    newest = snapshots.newest(session, project.id)
    before: Mapping[str, Any] = newest.manifest if newest else {}
    chosen = dict(before.get("shares", DEFAULT_SHARES) if shares is None else shares)
    try:
        require_shares(chosen)
    except ValueError as error:
        raise InputError(str(error), "Such as train=0.8,validation=0.1,test=0.1.") from None
    given = before.get("seed") if seed is None else seed
    return {"shares": chosen, "seed": secrets.randbits(31) if given is None else given}


def deal(
    session: Session, project: Project, rows: Sequence[dict[str, Any]], plan: Mapping[str, Any]
) -> None:
    """Give each row its split.

    Args:
        session: an open session.
        project: the project.
        rows: with sha256, labels and group (of near-duplicates, None without any).
        plan: shares and seed.
    """
    members = [Member(row["sha256"], "|".join(row["labels"]), row["group"]) for row in rows]
    earlier = _earlier(session, project, plan["seed"], {row["sha256"] for row in rows})
    splits = place(members, plan["shares"], plan["seed"], earlier)
    for row in rows:
        row["split"] = splits[row["sha256"]]


def divided(rows: Sequence[Mapping[str, Any]]) -> int:
    """How many groups of near-duplicates lie in several splits.

    It happens where pictures that were dealt apart turn out to belong together later: by a picture
    that is like both.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row["group"] is not None:
            found[row["group"]].add(row["split"])
    return sum(len(splits) > 1 for splits in found.values())


def _earlier(session: Session, project: Project, seed: int, shas: Set[str]) -> dict[str, str]:
    """The splits that pictures have already: those of the newest snapshot that holds each.

    A snapshot that was dealt by another seed hides all before it.
    """
    known: dict[str, str] = {}
    for snapshot in reversed(snapshots.of_project(session, project.id)):
        if snapshot.manifest["seed"] != seed or known.keys() >= shas:
            break
        for item in snapshots.items(session, snapshot.id):
            if item.split and item.sha256 in shas:
                known.setdefault(item.sha256, item.split)
    return known
