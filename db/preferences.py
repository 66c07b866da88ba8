"""People's own settings in projects: JSON under a name."""

from typing import Any

from sqlalchemy.orm import Session

from db.tables import Preference, utc_now


def name_in(project_id: str, name: str) -> str:
    """What the preference ``name`` of a project is called."""
    return f"{name}/{project_id}"


def get(session: Session, user_id: str, name: str) -> dict[str, Any]:
    """A person's preference of this name (``name_in``), empty where there is none."""
    row = session.get(Preference, (user_id, name))
    return dict(row.value) if row else {}


def put(session: Session, user_id: str, name: str, value: dict[str, Any]) -> None:
    """Store a person's preference in place of what was there."""
    session.merge(Preference(user_id=user_id, name=name, value=value, updated_at=utc_now()))
    session.flush()
