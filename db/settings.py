"""Values that the programs share through the database."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from db.tables import Setting, utc_now


def put(session: Session, key: str, value: dict[str, Any]) -> None:
    """Store ``value`` under ``key``, replacing what was there."""
    session.merge(Setting(key=key, value=value, updated_at=utc_now()))


def get(session: Session, key: str) -> tuple[dict[str, Any], datetime] | None:
    """The value under ``key`` and when it was stored; None where there is none."""
    row = session.get(Setting, key)
    return (row.value, row.updated_at) if row else None
