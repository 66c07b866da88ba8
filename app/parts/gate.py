"""Pages only for those who may see them; asked again at every run of the script."""

from collections.abc import Callable
from typing import Literal

import streamlit as st

from app import session
from app.parts import errors, links
from labeling.errors import ForbiddenError
from labeling.roles import Role, may


def guarded(title: str, render: Callable[[], None], needed: Role) -> Callable[[], None]:
    """Wrap a page: it is drawn for people whose role is ``needed`` or above, refused to others."""

    def page() -> None:
        try:
            session.require(needed)
        except ForbiddenError as error:
            st.title(title)
            errors.show(error.what, error.fix)
            _elsewhere()
        else:
            errors.guarded(render)()

    return page


def _elsewhere() -> None:
    """Where somebody may go who may not see a page."""
    project = session.project_name()
    if project is not None and role() is not None:
        links.link("pictures", "Look at the pictures", project)
    links.link("projects", "Go to Projects")


def role() -> Role | None:
    """The role of the person in the project in the address; None where they have none."""
    try:
        return session.role()
    except ForbiddenError:
        return None


def visibility(role: Role | None, needed: Role) -> Literal["visible", "hidden"]:
    """Whether the navigation shows a page; hidden ones still have an address."""
    return "visible" if role is not None and may(role, needed) else "hidden"
