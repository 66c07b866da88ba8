"""Who is at work and what they may do, in a project and in the whole installation."""

import getpass
import re
from typing import Any

from sqlalchemy.orm import Session

from db import images, login_sessions, projects, users
from db.tables import User
from labeling.errors import ForbiddenError, InputError, NotFoundError
from labeling.roles import NO_ROLE, ORDER, Role, may, role_in_project
from labeling.workspace import Workspace

NAME = re.compile(r"[\w.@+:-]{1,100}")


def local_user(ws: Workspace) -> str:
    """The id of the person at this machine, who bears the name of the system's account."""
    return user(ws, _account_name(), role="admin").id


def user(ws: Workspace, name: str, role: str = "annotator") -> User:
    """The person called ``name``, added where they are new.

    Raises:
        InputError: the name can't be used.
    """
    require_name(name)
    return ws.db.write(lambda session: users.ensure(session, name, role))


def require_name(name: str) -> None:
    """Refuse what can't be the name of a person.

    Raises:
        InputError: the name can't be used.
    """
    if not NAME.fullmatch(name):
        raise InputError(
            f"the user name {name!r} can't be used",
            "Use 1 to 100 letters, digits and . _ @ + : - without spaces.",
        )


def role_of(ws: Workspace, user_id: str, project_name: str | None = None) -> Role:
    """The role of a person in a project; without a project, the highest that they have anywhere.

    An admin is one everywhere. Somebody who is disabled, or unknown, has no role.

    Raises:
        ForbiddenError: the person has none.
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        if project_name is None:
            person = _active(session, user_id)
            return _highest(person, users.memberships(session, user_id))
        return _role_in(session, user_id, project_name)


def require(ws: Workspace, user_id: str, needed: Role, project_name: str | None = None) -> None:
    """Refuse what somebody may not do.

    Raises:
        ForbiddenError: their role is below ``needed``.
        NotFoundError: there is no such project.
    """
    role = role_of(ws, user_id, project_name)
    if not may(role, needed):
        where = f" in the project {project_name!r}" if project_name else ""
        raise ForbiddenError(
            f"this needs the role {needed}; yours{where} is {role}", "Ask a lead or an admin."
        )


def standing(ws: Workspace, user_id: str) -> tuple[str, dict[str, str]]:
    """What a person's roles are, everywhere and by the project's id, to be compared.

    Raises:
        ForbiddenError: the account is not in use.
    """
    with ws.db.read() as session:
        return _active(session, user_id).role, users.memberships(session, user_id)


def project_roles(ws: Workspace, user_id: str) -> dict[str, Role]:
    """The role of a person in every project that they may see, by the project's name, sorted.

    Raises:
        ForbiddenError: the account is not in use.
    """
    with ws.db.read() as session:
        person = _active(session, user_id)
        memberships = users.memberships(session, user_id)
        roles = {
            project.name: role_in_project(person.role, memberships.get(project.id))
            for project in projects.all_projects(session)
        }
        return {name: role for name, role in roles.items() if role is not None}


def may_see_picture(ws: Workspace, user_id: str, sha: str) -> bool:
    """Whether a picture is in a project that a person may see.

    Raises:
        ForbiddenError: the person has no role.
    """
    with ws.db.read() as session:
        person = _active(session, user_id)
        memberships = users.memberships(session, user_id)
        return any(
            role_in_project(person.role, memberships.get(project)) is not None
            for project in images.projects_with(session, sha)
        )


def people(ws: Workspace, project_name: str) -> list[dict[str, Any]]:
    """Who may decide in a project, as JSON by name: to hand an item to, or to send it back to.

    Where people log in, the local user is no such person: what they got nobody would see.

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project = projects.find(session, project_name)
        if project is None:
            raise NotFoundError(f"there is no project {project_name!r}")
        own = users.members(session, project.id)
        rows = [
            (person, role_in_project(person.role, own.get(person.id)))
            for person in users.active(session)
            if not _is_shut_out(ws, session, person)
        ]
        return [
            {"name": person.name, "display": person.display or person.name, "role": role}
            for person, role in rows
            if role is not None and may(role, Role.ANNOTATOR)
        ]


def _is_shut_out(ws: Workspace, session: Session, person: User) -> bool:
    """Whether this is the local user, who has no login, where logins are asked."""
    if person.name != _account_name() or person.password_hash or person.external_id:
        return False
    return bool(ws.settings.oidc_issuer) or login_sessions.somebody_can_log_in(session)


def _role_in(session: Session, user_id: str, project_name: str) -> Role:
    standing = users.standing_in(session, user_id, project_name)
    if standing is None or standing.is_disabled:
        raise _unused()
    if standing.role == Role.ADMIN:
        return Role.ADMIN
    if standing.project_id is None:
        raise NotFoundError(f"there is no project {project_name!r}", "Choose another one.")
    role = role_in_project(standing.role, standing.membership)
    if role is None:
        raise ForbiddenError(
            f"the project {project_name!r} is not open to you", "Ask a lead or an admin."
        )
    return role


def _active(session: Session, user_id: str) -> User:
    person = users.get(session, user_id)
    if person is None or person.disabled_at is not None:
        raise _unused()
    return person


def _unused() -> ForbiddenError:
    return ForbiddenError("this account is not in use", "Ask an admin.")


def _highest(person: User, memberships: dict[str, str]) -> Role:
    roles = [Role(role) for role in (person.role, *memberships.values()) if role != NO_ROLE]
    if not roles:
        raise ForbiddenError("this account has no role yet", "Ask an admin.")
    return max(roles, key=ORDER.index)


def _account_name() -> str:
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        return "local"
    return name if NAME.fullmatch(name) else "local"
