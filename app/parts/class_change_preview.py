"""What the changes that somebody made in the table of classes concern, before they are saved."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app import session
from app.parts.wording import plain
from labeling.class_changes import concerns
from labeling.workflows import class_moves

_MOST = 8
"""Changes that are told one by one."""


def draw(project: Mapping[str, Any], changes: Sequence[tuple[str, list[str]]]) -> None:
    """Draw a line a change, as ``class_editor.changes`` gives them."""
    told = [_line(project["name"], *change) for change in changes[:_MOST]]
    if len(changes) > _MOST:
        told.append(f"… and {len(changes) - _MOST} more")
    if told:
        st.markdown("\n".join(f"- {line}" for line in told))


def _line(project: str, change: str, names: list[str]) -> str:
    preview = class_moves.preview(session.workspace(), project, change, names)
    counted = [f"{n:,} {what}" for n, what in concerns(preview)]
    rests = ", ".join(counted) if counted else "nothing rests on it"
    return f"**{plain(preview['said'])}** :small[– {rests}]"
