"""What a page knows about its surroundings: the workspace of the process and the person."""

import threading

import streamlit as st

from app.headers import USER_HEADER
from labeling.errors import ForbiddenError, NotFoundError
from labeling.roles import Role, may
from labeling.settings import load_settings
from labeling.workflows import accounts, logins
from labeling.workspace import Workspace, open_workspace

_lock = threading.Lock()
_shared: list[Workspace] = []


def share(opened: Workspace) -> None:
    """Let the pages use the workspace that the server opened; the routes use the same one."""
    with _lock:
        _shared[:] = [opened]


def workspace() -> Workspace:
    """Return the one workspace of this process, opened from the environment if nobody has yet."""
    with _lock:
        if not _shared:
            _shared.append(open_workspace(load_settings()))
        return _shared[0]


def user_id() -> str:
    """Return the id of the person whose page is being drawn.

    Raises:
        ForbiddenError: people must log in, and nobody has.
    """
    known: str | None = st.context.headers.get(USER_HEADER)
    if known:
        return known
    if logins_are_asked():
        raise ForbiddenError("you are not logged in", "Load this page again.")
    return accounts.local_user(workspace())


def logins_are_asked() -> bool:
    """Return whether people must log in; otherwise everybody is the local user."""
    return logins.are_asked(workspace())


def role() -> Role:
    """Return the role of the person in the project in the address.

    Where none is chosen, or the chosen one is gone, the highest that they have anywhere.

    Raises:
        ForbiddenError: the person has none.
    """
    try:
        return accounts.role_of(workspace(), user_id(), project_name())
    except NotFoundError:
        return accounts.role_of(workspace(), user_id())


def require(needed: Role) -> None:
    """Refuse a page to a person whose role is below ``needed``.

    Raises:
        ForbiddenError: the role does not suffice.
    """
    if not may(role(), needed):
        raise ForbiddenError(
            f"this page needs the role {needed}; yours is {role()}", "Ask a lead or an admin."
        )


def project_name() -> str | None:
    """Return the project in the address (``?project=NAME``), None where there is none."""
    return st.query_params.get("project")
