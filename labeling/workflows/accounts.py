"""Who is at work. Until there are accounts, one local person, on a loopback address only."""

import getpass
import re

from db import users
from db.tables import User
from labeling.errors import ForbiddenError, InputError
from labeling.roles import Role, may
from labeling.workflows.projects import find
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
    if not NAME.fullmatch(name):
        raise InputError(
            f"the user name {name!r} can't be used",
            "Use 1 to 100 letters, digits and . _ @ + : - without spaces.",
        )
    return ws.db.write(lambda session: users.ensure(session, name, role))


def role_of(ws: Workspace, user_id: str, project_name: str | None = None) -> Role:
    """The role of a person in a project; without a project, the one that they have everywhere.

    An admin is one everywhere. Somebody who is disabled, or unknown, has no role.

    Raises:
        ForbiddenError: the person has none.
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        person = users.get(session, user_id)
        if person is None or person.disabled_at is not None:
            raise ForbiddenError("this account is not in use", "Ask an admin.")
        if project_name is None or person.role == Role.ADMIN:
            return Role(person.role)
        here = users.membership(session, find(session, project_name).id, user_id)
        return Role(here or person.role)


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


def _account_name() -> str:
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        return "local"
    return name if NAME.fullmatch(name) else "local"
