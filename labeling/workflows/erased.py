"""What people are told of pictures that were erased."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from db import erasures
from db.tables import ErasedPicture


def refused(session: Session) -> dict[str, str]:
    """Every picture that may not be imported again, by SHA-256, with what to say of it."""
    return {
        sha: f"{words(row)}; an admin may lift that: prelabel erase NAME {sha} --lift"
        for sha, row in erasures.refused(session).items()
    }


def told(session: Session, shas: Iterable[str]) -> dict[str, str]:
    """Those of ``shas`` that were erased and are not here again, with what to say of each."""
    return {sha: words(row) for sha, row in erasures.of(session, shas).items()}


def words(row: ErasedPicture) -> str:
    """When a picture was erased, and why."""
    why = f": {row.reason}" if row.reason else ""
    return f"erased on {row.erased_at:%Y-%m-%d}{why}"
