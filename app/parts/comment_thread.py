"""The comments on an item, and a line to add one."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app import session
from app.parts import errors
from app.parts.wording import plain, when
from labeling.workflows import comments


def draw(project: str, item: str, thread: Sequence[dict[str, Any]]) -> None:
    """Draw a thread (``comments.thread``) with a field for one more comment."""
    for comment in thread:
        st.markdown(f"**{plain(comment['by'])}** ({when(comment['at'])}): {plain(comment['text'])}")
    key = f"comment-{item}"
    st.text_input(
        "Add a comment",
        key=key,
        max_chars=comments.MAX_LENGTH,
        placeholder="Enter adds it to the thread of this picture",
        on_change=_add,
        args=(project, item, key),
    )


def _add(project: str, item: str, key: str) -> None:
    text = st.session_state[key]
    if text.strip():
        with errors.shown():
            comments.add(session.workspace(), session.user_id(), project, item, text)
            st.session_state[key] = ""
