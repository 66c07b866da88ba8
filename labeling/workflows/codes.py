"""The stored codes of a project's classes (``labeling.class_codes``)."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from db import projects
from db.tables import Class
from labeling import class_codes


def of(rows: Sequence[Class]) -> dict[str, str | None]:
    """The code of each class, by id; classes that have none stored get theirs here.

    Args:
        rows: all classes of a project in their order, the inactive ones too.
    """
    return class_codes.assign({c.id: c.code for c in rows}, [c.id for c in rows if c.active])


def store(session: Session, project_id: str) -> None:
    """Keep the codes as ``of`` gives them, so that a later change of the classes moves none."""
    rows = projects.classes(session, project_id, inactive=True)
    codes = of(rows)
    for row in rows:
        row.code = codes[row.id]
    session.flush()


def forget(session: Session, project_id: str) -> None:
    """Take all codes back."""
    for row in projects.classes(session, project_id, inactive=True):
        row.code = None
    session.flush()
