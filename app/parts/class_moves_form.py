"""Merging and splitting classes: what is asked for, and a dialog that tells what it concerns."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app import session
from app.parts import errors
from app.parts.wording import plain
from labeling.class_changes import concerns
from labeling.class_names import parse
from labeling.workflows import class_moves
from labeling.workflows.class_moves import MERGE, SPLIT

ASKED = "class-move-asked"
"""Where the session keeps the change whose preview is open."""
SAID = "class-move-said"
"""Where the session keeps what the last change said, for the page that is drawn after it."""


def draw(project: dict[str, Any]) -> None:
    """Draw the form for the active classes of a project (``projects.show``)."""
    if said := st.session_state.pop(SAID, None):
        st.success(f"{plain(said)}. Pre-label again: only the texts are encoded.")
    with st.expander("Merge or split classes"):
        change = st.segmented_control(
            "Change", (MERGE, SPLIT), default=MERGE, format_func=str.capitalize, key="class-move"
        )
        with errors.shown():
            names = _split_names(project) if change == SPLIT else _merge_names(project)
            if st.button("Preview", key="class-move-preview", disabled=len(names) < 2):
                st.session_state[ASKED] = (project["name"], change or MERGE, names)
    if st.session_state.get(ASKED, (None,))[0] == project["name"]:
        _confirm(*st.session_state[ASKED])


def _forget() -> None:
    st.session_state.pop(ASKED, None)


def _merge_names(project: dict[str, Any]) -> list[str]:
    """The classes that were chosen, the one that stays last; fewer where one is missing."""
    chosen = st.multiselect("Classes", _active(project), key="class-move-from")
    target = st.text_input(
        "Become", key="class-move-into", help="One of the classes, or the name of a new one."
    ).strip()
    return [*chosen, target] if target else []


def _split_names(project: dict[str, Any]) -> list[str]:
    """The class that was chosen, then its parts; fewer where something is missing."""
    chosen = st.selectbox("Class", _active(project), index=None, key="class-move-parent")
    typed = st.text_input(
        "Parts", key="class-move-parts", help="Two or more names: tabby, siamese"
    ).strip()
    return [chosen, *(spec.name for spec in parse(typed))] if chosen and typed else []


def _active(project: dict[str, Any]) -> list[str]:
    return [row["name"] for row in project["classes"] if row["active"]]


@st.dialog("What this concerns", on_dismiss=_forget)
def _confirm(project_name: str, change: str, names: Sequence[str]) -> None:
    with errors.shown():
        ws = session.workspace()
        told = class_moves.preview(ws, project_name, change, names)
        st.subheader(plain(told["said"]), anchor=False)
        if told["new"]:
            st.write(f"New: {plain(', '.join(told['new']))}")
        for n, what in concerns(told):
            st.write(f"- {n:,} {what}")
        if not told["decisions"]:
            st.write("Nobody has decided anything under what ends.")
        if st.button(change.capitalize(), type="primary", key="class-move-apply"):
            _apply(project_name, change, names)
            _forget()
            st.session_state[SAID] = told["said"]
            st.rerun()


def _apply(project_name: str, change: str, names: Sequence[str]) -> None:
    ws = session.workspace()
    if change == SPLIT:
        class_moves.split(ws, project_name, names[0], names[1:])
    else:
        class_moves.merge(ws, project_name, names[:-1], names[-1])
