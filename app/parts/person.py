"""Who is logged in, in the sidebar, and the way to one's account."""

import streamlit as st

from app import session
from app.parts.wording import plain
from labeling.errors import PrelabelError
from labeling.workflows import people


def draw() -> None:
    """Draw name and role with a link to the account; nothing where nobody logs in."""
    if not session.logins_are_asked():
        return
    person = people.show(session.workspace(), session.user_id())
    with st.sidebar.container(gap="xxsmall"):
        st.caption(f"{plain(person['display'] or person['name'])} · {_role()}")
        st.html('<a class="pl-account" href="/account" target="_self">Account and log out</a>')


def _role() -> str:
    try:
        return session.role()
    except PrelabelError:
        return "no role yet"
