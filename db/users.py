"""People, and machines that decide."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.engine import insert_new
from db.ids import new_id
from db.tables import Membership, User, utc_now


def ensure(session: Session, name: str, role: str = "annotator") -> User:
    """The user called ``name``, created with ``role`` where there is none."""
    insert_new(
        session,
        User,
        [
            {
                "id": new_id(),
                "name": name,
                "display": name,
                "role": role,
                "created_at": utc_now(),
            }
        ],
    )
    return session.scalars(select(User).where(User.name == name)).one()


def names(session: Session) -> dict[str, str]:
    """The name of every user, by id."""
    return dict(session.execute(select(User.id, User.name)).tuples().all())


def get(session: Session, user_id: str) -> User | None:
    """The user with this id."""
    return session.get(User, user_id)


def membership(session: Session, project_id: str, user_id: str) -> str | None:
    """The role that a person has in a project in place of their own, None where they have none."""
    row = session.get(Membership, (project_id, user_id))
    return row.role if row else None
