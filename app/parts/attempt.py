"""Buttons whose act may be refused: tried before the page is drawn, told when it is."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from app import session
from app.parts import errors
from labeling.errors import PrelabelError

_REFUSED = "refused-act"


def make(act: Callable[..., Any], project: str, *given: Any, **named: Any) -> Any:
    """Call ``act(workspace, user_id, project, …)``, as a button's callback does.

    What it refuses (a ``PrelabelError``) is kept for ``draw_refusal``.

    Returns:
        What ``act`` returns; None where it refused.
    """
    try:
        return act(session.workspace(), session.user_id(), project, *given, **named)
    except PrelabelError as error:
        st.session_state[_REFUSED] = (error.what, error.fix)
        return None


def draw_refusal() -> None:
    """Draw why the last act was refused, once; nothing where it was not."""
    refusal = st.session_state.pop(_REFUSED, None)
    if refusal:
        errors.show(*refusal)
