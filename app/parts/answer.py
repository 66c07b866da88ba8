"""Choosing an answer for one picture: a class, several, or none of these."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app.parts.decision_words import NONE


def choose(project: dict[str, Any], current: Sequence[str] | None, key: str) -> list[str] | None:
    """Draw the choice and return the class names, empty for none of these, None for no choice.

    Args:
        project: as ``projects.show`` gives it.
        current: the labels that are chosen at first; None: nothing is.
        key: of the field.
    """
    names = [row["name"] for row in project["classes"] if row["active"]]
    chosen = [name for name in current or () if name in names]
    if project["mode"] == "multi":
        return st.multiselect("Classes (empty: none of these)", names, default=chosen, key=key)
    options = [*names, NONE]
    first = chosen[0] if chosen else NONE
    picked = st.selectbox(
        "Class",
        options,
        index=None if current is None else options.index(first),
        placeholder="Type a class",
        key=key,
    )
    return None if picked is None else [] if picked == NONE else [picked]
