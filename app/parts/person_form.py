"""The forms of the page People: a new person, and what can be changed of one."""

from typing import Any

import streamlit as st

from app import session
from app.parts import errors
from app.parts.wording import plain
from labeling import passwords
from labeling.workflows import overview, people

ROLE_NAMES = {
    "none": "none: sees only projects with a role of their own",
    "guest": "guest: looks",
    "annotator": "annotator: decides",
    "reviewer": "reviewer: settles second looks",
    "lead": "lead: answers for projects",
    "admin": "admin: answers for the installation",
}
_OWN = "as everywhere"
_TOLD = "people-told"


def told() -> None:
    """Draw what the last change has to tell.

    A new password is shown nowhere else, so it stays until somebody says that it is noted: the
    table of people makes the page run anew when it gains a row, and what was shown but for one run
    was gone before it was seen.
    """
    text, password = st.session_state.get(_TOLD) or (None, None)
    if text is None:
        return
    st.success(text, icon=":material/check:")
    if not password:
        del st.session_state[_TOLD]
        return
    st.caption("Their password, shown only now. They can change it under Account.")
    st.code(password, language=None)
    if st.button("It is noted", key="password-noted"):
        del st.session_state[_TOLD]
        st.rerun()


def add() -> None:
    """Draw the form for a new person, whose password is made here."""
    with st.form("add-person", border=False, clear_on_submit=False):
        name = st.text_input("Name to log in with", key="person-name", max_chars=100)
        display = st.text_input("Name that others see", key="person-display", max_chars=200)
        role = st.selectbox(
            "Role",
            people.ROLES,
            index=people.ROLES.index("annotator" if session.logins_are_asked() else "admin"),
            format_func=ROLE_NAMES.__getitem__,
            key="person-role",
        )
        if st.form_submit_button("Add the person"):
            with errors.shown():
                password = passwords.proposed()
                people.add(
                    session.workspace(), name.strip(), role, display=display, password=password
                )
                _done(f"{plain(name.strip())} is added.", password)


def change(person: dict[str, Any]) -> None:
    """Draw what can be changed of a person: roles, password, whether the account is open."""
    name = person["name"]
    st.subheader(plain(person["display"] or name))
    here, there = st.columns(2)
    with here, errors.shown():
        _role(person)
    with there, errors.shown():
        _membership(person)
    with st.container(horizontal=True), errors.shown():
        _account(person)


def _role(person: dict[str, Any]) -> None:
    role = st.selectbox(
        "Role everywhere",
        people.ROLES,
        index=people.ROLES.index(person["role"]),
        format_func=ROLE_NAMES.__getitem__,
        key=f"role-{person['id']}",
    )
    if st.button("Save the role", key=f"save-{person['id']}", disabled=role == person["role"]):
        people.set_role(session.workspace(), person["name"], role)
        _done(f"{plain(person['name'])} is {role} from now on.")


def _membership(person: dict[str, Any]) -> None:
    names = list(overview.project_names(session.workspace()).values())
    project = st.selectbox(
        "Project", names, key=f"in-{person['id']}", placeholder="No project yet", disabled=not names
    )
    choices = (_OWN, *people.PROJECT_ROLES)
    now = person["projects"].get(project, _OWN)
    role = st.selectbox(
        "Role in this project",
        choices,
        index=choices.index(now),
        key=f"there-{person['id']}-{project}",
        help="It stands in place of the role everywhere; none closes the project to the person.",
    )
    if st.button("Save it", key=f"member-{person['id']}", disabled=role == now or not project):
        given = None if role == _OWN else role
        people.set_membership(session.workspace(), person["name"], project, given)
        _done(f"{plain(person['name'])} in {plain(project)}: {role}.")


def _account(person: dict[str, Any]) -> None:
    name, key = person["name"], person["id"]
    ws = session.workspace()
    if st.button("Give a new password", key=f"password-{key}", disabled=person["disabled"]):
        password = passwords.proposed()
        people.set_password(ws, name, password)
        _done(f"{plain(name)} has a new password and must log in again.", password)
    if person["disabled"]:
        if st.button("Open the account again", key=f"enable-{key}"):
            people.enable(ws, name)
            _done(f"{plain(name)} can log in again.")
    elif st.button("Close the account", key=f"disable-{key}"):
        people.disable(ws, name)
        _done(f"{plain(name)} is logged out and can't log in any more. Their decisions stay.")


def _done(text: str, password: str | None = None) -> None:
    st.session_state[_TOLD] = (text, password)
    st.rerun()
