"""Pictures: those of a project with what people made of them, to look at."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app import session
from app.parts import decision_words, empty, errors, framed, guideline_text, page, picture_board
from app.parts.pager import Pager
from app.parts.wording import STATE_NAMES, count
from labeling.roles import Role, may
from labeling.workflows import gallery

_PAGE = 60


def render() -> None:
    """Draw the page for the project in the address."""
    project = page.opened("Pictures", waits_for_jobs=False)
    if project is None:
        return
    with errors.shown():
        guideline_text.draw(project["name"])
    framed.draw(Role.GUEST, _draw, project)


def _draw(project: dict[str, Any]) -> None:
    pager = Pager(f"pictures-page-{project['id']}", _PAGE)
    wanted = _wanted(project, pager)
    found = gallery.search(
        session.workspace(), project["name"], **wanted, limit=pager.size, offset=pager.offset
    )
    pager.require_rows(len(found["pictures"]), found["total"])
    if not found["total"]:
        empty.nothing("No picture is found", "Choose another state or class.")
        return
    detailed = may(session.role(), Role.REVIEWER)
    rows = [_told(row) for row in found["pictures"]]
    st.html(picture_board.html(rows, project["name"] if detailed else None))
    pager.draw(found["total"], "Back", "Next")
    if found["held_back"]:
        st.caption(
            f"{count(found['held_back'], 'decided picture')} waiting for somebody's second "
            "answer: until then shown as not looked at, so that nobody knows the first one."
        )


def _wanted(project: dict[str, Any], pager: Pager) -> dict[str, str | None]:
    names = [row["name"] for row in project["classes"]]
    state, label = st.columns([1, 1])
    return {
        "state": state.selectbox(
            "State",
            STATE_NAMES,
            index=None,
            format_func=STATE_NAMES.__getitem__,
            placeholder="All",
            key=f"pictures-state-{project['id']}",
            on_change=pager.first,
        ),
        "label": label.selectbox(
            "Label",
            [*names, decision_words.NONE],
            index=None,
            placeholder="All",
            key=f"pictures-label-{project['id']}",
            on_change=pager.first,
        ),
    }


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    said = STATE_NAMES[row["state"]]
    label = "" if row["labels"] is None else decision_words.labels(row["labels"])
    words = [label, said] if label else [said]
    return dict(row) | {"words": words, "alt": f"{row['source']}: {words[0]}"}
