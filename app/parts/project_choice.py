"""The project all pages are about: in the address, and chosen in the sidebar."""

import streamlit as st

from app import session
from labeling.workflows import accounts

_CHOSEN = "chosen_project"
_IN_ADDRESS = "project"


def draw() -> None:
    """Draw the choice in the sidebar and keep it in the address from page to page."""
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
    if st.session_state[_CHOSEN] and asked is None:
        _put_into_address()


def forget() -> None:
    """Choose no project any more, because the chosen one is gone."""
    st.query_params.pop(_IN_ADDRESS, None)


def _put_into_address() -> None:
    if st.session_state[_CHOSEN]:
        st.query_params[_IN_ADDRESS] = st.session_state[_CHOSEN]
