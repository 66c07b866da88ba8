"""The people of an installation: added, given roles and passwords, disabled."""

from typing import Any

from sqlalchemy.orm import Session

from db import login_sessions, projects, users
from db.tables import User
from labeling import passwords
from labeling.errors import InputError, NotFoundError
from labeling.roles import NO_ROLE, Role
from labeling.workflows import accounts
from labeling.workflows.projects import find
from labeling.workspace import Workspace

ROLES = (*Role, NO_ROLE)
"""Roles that somebody may have everywhere."""
PROJECT_ROLES = tuple(role for role in ROLES if role != Role.ADMIN)
"""Roles that somebody may have in a project in place of their own."""


def everybody(ws: Workspace) -> list[dict[str, Any]]:
    """Everybody as JSON, by name, with their roles in projects; machines that decide among them."""
    with ws.db.read() as session:
        names = {project.id: project.name for project in projects.all_projects(session)}
        return [_as_dict(session, person, names) for person in users.everybody(session)]


def show(ws: Workspace, user_id: str) -> dict[str, Any]:
    """A person as JSON.

    Raises:
        NotFoundError: there is none with this id.
    """
    with ws.db.read() as session:
        person = users.get(session, user_id)
        if person is None:
            raise NotFoundError("this person is gone")
        names = {project.id: project.name for project in projects.all_projects(session)}
        return _as_dict(session, person, names)


def add(
    ws: Workspace, name: str, role: str, *, display: str = "", password: str | None = None
) -> dict[str, Any]:
    """Add a person; as JSON. Without a password they log in through an identity provider, if any.

    Raises:
        InputError: the name is taken, or a value can't be used.
    """
    accounts.require_name(name)
    _require_known(role, ROLES)
    stored = None if password is None else passwords.hashed(password, name)

    def work(session: Session) -> dict[str, Any]:
        if users.named(session, name):
            raise InputError(f"there is somebody called {name!r} already", "Choose another name.")
        person = users.ensure(session, name, role)
        person.display, person.password_hash = _one_line(display) or name, stored
        _require_an_admin(ws, session)
        return _as_dict(session, person, {})

    return ws.db.write(work)


def set_role(ws: Workspace, name: str, role: str) -> None:
    """Change the role that a person has everywhere.

    Raises:
        InputError: there is no such role, or nobody could administer the installation any more.
        NotFoundError: there is no such person.
    """
    _require_known(role, ROLES)

    def work(session: Session) -> None:
        person = _named(session, name)
        person.role = role
        _require_an_admin(ws, session)

    ws.db.write(work)


def disable(ws: Workspace, name: str) -> None:
    """Close an account and end its logins; what the person decided stays.

    Raises:
        InputError: nobody could administer the installation any more.
        NotFoundError: there is no such person.
    """

    def work(session: Session) -> None:
        person = _named(session, name)
        person.disabled_at = ws.clock()
        login_sessions.end_all(session, person.id)
        _require_an_admin(ws, session)

    ws.db.write(work)


def enable(ws: Workspace, name: str) -> None:
    """Open an account again.

    Raises:
        NotFoundError: there is no such person.
    """

    def work(session: Session) -> None:
        _named(session, name).disabled_at = None

    ws.db.write(work)


def set_password(ws: Workspace, name: str, password: str) -> None:
    """Give a person a password and end their logins.

    Raises:
        InputError: the password can't be used.
        NotFoundError: there is no such person.
    """
    stored = passwords.hashed(password, name)

    def work(session: Session) -> None:
        person = _named(session, name)
        person.password_hash = stored
        login_sessions.end_all(session, person.id)
        _require_an_admin(ws, session)

    ws.db.write(work)


def change_password(ws: Workspace, user_id: str, old: str, new: str) -> None:
    """Change a person's own password and end their logins.

    Raises:
        InputError: the old password is wrong, or the new one can't be used.
    """
    with ws.db.read() as session:
        person = users.get(session, user_id)
    if person is None or not passwords.fits(old, person.password_hash):
        raise InputError("the old password is wrong", "Try again, or ask an admin.")
    set_password(ws, person.name, new)


def set_membership(ws: Workspace, name: str, project_name: str, role: str | None) -> None:
    """Give a person a role in a project in place of their own; None: their own counts again.

    Raises:
        InputError: nobody can have this role in a project.
        NotFoundError: there is no such person or project.
    """
    if role is not None:
        _require_known(role, PROJECT_ROLES)

    def work(session: Session) -> None:
        project = find(session, project_name)
        users.set_membership(session, project.id, _named(session, name).id, role)

    ws.db.write(work)


def _require_known(role: str, known: tuple[str, ...]) -> None:
    if role not in known:
        raise InputError(f"the role {role!r} can't be given", f"Choose {', '.join(known)}.")


def _require_an_admin(ws: Workspace, session: Session) -> None:
    """Refuse what would leave an installation that asks for logins without an admin."""
    session.flush()
    able = [person for person in users.active(session) if _can_log_in(person)]
    asked = login_sessions.somebody_can_log_in(session) and not ws.settings.oidc_issuer
    if asked and not any(person.role == Role.ADMIN for person in able):
        raise InputError(
            "there would be no admin who can log in",
            "Give an admin a password first; from then on everybody must log in.",
        )


def _can_log_in(person: User) -> bool:
    return person.password_hash is not None or person.external_id is not None


def _named(session: Session, name: str) -> User:
    person = users.named(session, name)
    if person is None:
        raise NotFoundError(f"there is nobody called {name!r}", "See: prelabel users list")
    return person


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]


def _as_dict(session: Session, person: User, names: dict[str, str]) -> dict[str, Any]:
    own = users.memberships(session, person.id)
    return {
        "id": person.id,
        "name": person.name,
        "display": person.display,
        "role": person.role,
        "password": person.password_hash is not None,
        "external": person.external_id is not None,
        "disabled": person.disabled_at is not None,
        "projects": {names[project]: role for project, role in own.items() if project in names},
        "created_at": person.created_at.isoformat(),
    }
