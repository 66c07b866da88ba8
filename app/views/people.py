"""People: who there is, what they may do, and their passwords. For admins."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app import session
from app.parts import errors, person_form, tables
from app.parts.wording import when
from labeling.workflows import people

LOCAL = (
    "Nobody has an account yet: everybody who reaches this server is you. The first account must "
    "be an admin's; from then on everybody must log in, you too."
)


def render() -> None:
    """Draw the page."""
    st.title("People")
    if not session.logins_are_asked():
        st.info(LOCAL, icon=":material/info:")
    person_form.told()
    found = people.everybody(session.workspace())
    chosen = _table(found)
    if chosen is None:
        st.caption("Select a row to change a person.")
    else:
        with st.container(border=True), errors.shown():
            person_form.change(chosen)
    with st.expander("Add a person", expanded=len(found) < 2, icon=":material/person_add:"):
        person_form.add()


def _table(found: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Draw everybody, one row each; return whom the person has selected."""
    rows = [
        {
            "Name": person["name"],
            "Shown as": person["display"],
            "Role": person["role"],
            "Roles in projects": _projects(person),
            "Login": _login(person),
            "Since": when(person["created_at"]),
        }
        for person in found
    ]
    picked = st.dataframe(
        rows,
        hide_index=True,
        key="people",
        on_select="rerun",
        selection_mode="single-row",
        height=tables.height(len(rows), most=460),
    )
    chosen = picked["selection"]["rows"]
    return found[chosen[0]] if chosen and chosen[0] < len(found) else None


def _projects(person: dict[str, Any]) -> str:
    return ", ".join(f"{name}: {role}" for name, role in sorted(person["projects"].items()))


def _login(person: dict[str, Any]) -> str:
    if person["disabled"]:
        return "closed"
    ways = [name for key, name in (("password", "password"), ("external", "single sign-on"))
            if person[key]]  # fmt: skip
    return " and ".join(ways) or "cannot log in"
