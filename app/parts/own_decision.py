"""One of one's own decisions: the picture, another answer, taking it back, comments."""

from typing import Any

import streamlit as st

from app import session
from app.parts import answer, attempt, comment_thread, decision_words, thumb
from app.parts.wording import plain
from labeling.workflows import own_decisions


def draw(project: dict[str, Any], row: dict[str, Any]) -> None:
    """Draw a decision (``own_decisions.search``) with what can be done about it."""
    attempt.draw_refusal()
    thumb.draw(row["sha"], row["source"], size="screen", width=row["width"], height=row["height"])
    if row["reason"]:
        st.caption(plain(row["reason"]))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if row["can_correct"]:
            _correct(project, row)
        st.button(
            "Take back",
            help="The picture comes to your queue again",
            on_click=attempt.make,
            args=(own_decisions.undo, project["name"], row["id"]),
        )
    ws, user = session.workspace(), session.user_id()
    thread = own_decisions.comments_on(ws, user, project["name"], row["id"])
    comment_thread.draw(project["name"], row["item"], thread)


def _correct(project: dict[str, Any], row: dict[str, Any]) -> None:
    chosen = answer.choose(project, row["labels"], f"own-answer-{row['id']}")
    changed = chosen is not None and set(chosen) != set(row["labels"])
    st.button(
        f"Correct to {plain(decision_words.labels(chosen or []))}" if changed else "Correct",
        type="primary",
        disabled=not changed,
        on_click=attempt.make,
        args=(own_decisions.correct, project["name"], row["id"], chosen),
    )
