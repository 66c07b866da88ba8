"""People, and machines that decide."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from db.engine import insert_new, table_of
from db.ids import new_id
from db.tables import Membership, Project, User, utc_now

# Built once: asked with each request. A known user has a row, whether the project is known or not.
_user, _project, _member = table_of(User).c, table_of(Project).c, table_of(Membership).c
_STANDING = (
    select(_user.role, _user.disabled_at.is_not(None), _project.id, _member.role)
    .select_from(
        table_of(User)
        .outerjoin(table_of(Project), _project.name == bindparam("project"))
        .outerjoin(
            table_of(Membership),
            (_member.project_id == _project.id) & (_member.user_id == _user.id),
        )
    )
    .where(_user.id == bindparam("user"))
)


class Standing(NamedTuple):
    """What a person may do in a project, as it is stored.

    ``project_id`` is None where there is no such project, ``membership`` where none is stored.
    """

    role: str
    is_disabled: bool
    project_id: str | None
    membership: str | None


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


def named(session: Session, name: str) -> User | None:
    """The user called ``name``, None where there is none."""
    return session.scalars(select(User).where(User.name == name)).one_or_none()


def external(session: Session, external_id: str) -> User | None:
    """The user whom an identity provider knows under this id, None where there is none."""
    return session.scalars(select(User).where(User.external_id == external_id)).one_or_none()


def everybody(session: Session) -> Sequence[User]:
    """Everybody, disabled or not, by name."""
    return session.scalars(select(User).order_by(User.name)).all()


def active(session: Session) -> Sequence[User]:
    """Everybody who is not disabled, by name."""
    return session.scalars(select(User).where(User.disabled_at.is_(None)).order_by(User.name)).all()


def memberships(session: Session, user_id: str) -> dict[str, str]:
    """The roles that a person has in projects in place of their own, by the project's id."""
    rows = select(Membership.project_id, Membership.role).where(Membership.user_id == user_id)
    return dict(session.execute(rows).tuples().all())


def members(session: Session, project_id: str) -> dict[str, str]:
    """The roles that people have in a project in place of their own, by the person's id."""
    rows = select(Membership.user_id, Membership.role).where(Membership.project_id == project_id)
    return dict(session.execute(rows).tuples().all())


def standing_in(session: Session, user_id: str, project_name: str) -> Standing | None:
    """What a person may do in a project, in one look; None where nobody has this id."""
    row = session.execute(_STANDING, {"user": user_id, "project": project_name}).first()
    return None if row is None else Standing(row[0], bool(row[1]), row[2], row[3])


def set_membership(session: Session, project_id: str, user_id: str, role: str | None) -> None:
    """Give a person a role in a project in place of their own; None takes it away again."""
    row = session.get(Membership, (project_id, user_id))
    if row is not None and role is None:
        session.delete(row)
    elif row is not None and role is not None:
        row.role = role
    elif role is not None:
        session.add(Membership(project_id=project_id, user_id=user_id, role=role))
