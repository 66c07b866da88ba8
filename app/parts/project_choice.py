"""The project all pages are about: in the address, and chosen in the sidebar."""

import streamlit as st

from app import session
from labeling.workflows import accounts

_CHOSEN = "chosen_project"
_KEPT = "kept_project"
_IN_ADDRESS = "project"


def keep() -> None:
    """Put the project of the page before into the address of one that was come to without.

    Before ``st.navigation``: the browser then notes the page with its project, once; put there
    later it notes the page twice, and its Back button must be pressed twice.
    """
    if session.project_name() is None and st.session_state.get(_KEPT):
        st.query_params[_IN_ADDRESS] = st.session_state[_KEPT]


def draw() -> None:
    """Draw the choice in the sidebar and remember it for the next page."""
    names = list(accounts.project_roles(session.workspace(), session.user_id()))
    asked = session.project_name()
    if asked is not None:
        st.session_state[_CHOSEN] = asked if asked in names else None
    elif st.session_state.get(_CHOSEN) not in names:
        st.session_state[_CHOSEN] = None
    st.sidebar.selectbox(
        "Project",
        names,
        key=_CHOSEN,
        placeholder="Choose a project" if names else "No project yet",
        disabled=not names,
        on_change=_put_into_address,
    )
    st.session_state[_KEPT] = st.session_state[_CHOSEN]


def forget() -> None:
    """Choose no project any more, because the chosen one is gone."""
    st.query_params.pop(_IN_ADDRESS, None)
    st.session_state.pop(_KEPT, None)


def _put_into_address() -> None:
    if st.session_state[_CHOSEN]:
        st.query_params[_IN_ADDRESS] = st.session_state[_CHOSEN]
