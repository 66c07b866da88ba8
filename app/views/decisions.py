"""My decisions: one's own work, to search and to correct, and what it says about one's eyes."""

from datetime import timedelta
from typing import Any

import streamlit as st

from app import session
from app.parts import decision_words, empty, errors, framed, own_decision, page, thumb
from app.parts.pager import Pager
from app.parts.wording import STATE_NAMES, day_start, plain, tail, when
from labeling.quality.wording import in_words
from labeling.roles import Role
from labeling.workflows import own_decisions

_PAGE = 20
_OPEN = "own-decision"
_EYES = {
    "agreement": "pictures that a colleague answered as well, with the same answer",
    "shown": "pictures with the proposal shown, answered with the proposal",
    "blind": "pictures of the audit, answered with the proposal that was hidden",
    "probes": "proposals that were wrong on purpose, noticed",
}


def render() -> None:
    """Draw the page for the project in the address."""
    project = page.opened("My decisions", waits_for_jobs=False)
    if project is None:
        return
    with errors.shown():
        _eyes(project["name"])
    framed.draw(Role.ANNOTATOR, _found, project)


def _eyes(project: str) -> None:
    eyes = own_decisions.eyes(session.workspace(), session.user_id(), project)
    with st.expander("How my answers compare", icon=":material/visibility:"):
        for name, text in _EYES.items():
            told = in_words(eyes[name])
            st.markdown(f"**{told}** – {text}")
        st.caption(
            "Far more agreement with proposals that are shown than with hidden ones is a sign of "
            "confirming without looking."
        )


def _found(project: dict[str, Any]) -> None:
    pager = Pager(f"own-page-{project['id']}", _PAGE)
    wanted = _wanted(project, pager)
    found = own_decisions.search(
        session.workspace(),
        session.user_id(),
        project["name"],
        **wanted,
        limit=pager.size,
        offset=pager.offset,
    )
    pager.require_rows(len(found["decisions"]), found["total"])
    if not found["total"]:
        empty.nothing("No decision is found", "What you decide in Review appears here.")
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _rows(found["decisions"])
        pager.draw(found["total"], "Newer", "Older")
    with right, st.container(key="own-opened"):
        rows = {row["id"]: row for row in found["decisions"]}
        first = found["decisions"][0]
        own_decision.draw(project, rows.get(st.session_state.get(_OPEN, ""), first))


def _wanted(project: dict[str, Any], pager: Pager) -> dict[str, Any]:
    names = [row["name"] for row in project["classes"]]
    label, state, path, since, until = st.columns([3, 3, 4, 3, 3])
    first = since.date_input("From", None, key="own-since", on_change=pager.first)
    last = until.date_input("To", None, key="own-until", on_change=pager.first)
    return {
        "label": label.selectbox(
            "Class",
            [*names, decision_words.NONE],
            index=None,
            placeholder="All",
            key="own-label",
            on_change=pager.first,
        ),
        "state": state.selectbox(
            "State",
            STATE_NAMES,
            index=None,
            format_func=STATE_NAMES.__getitem__,
            placeholder="All",
            key="own-state",
            on_change=pager.first,
        ),
        "path": path.text_input("Path contains", key="own-path", on_change=pager.first),
        "since": day_start(first) if first else None,
        "until": day_start(last + timedelta(days=1)) if last else None,
    }


def _rows(rows: list[dict[str, Any]]) -> None:
    with st.container(key="own-decisions", gap="xxsmall"):
        for row in rows:
            picture, what, path, at, open_ = st.columns(
                [2, 4, 4, 5, 4], gap="xsmall", vertical_alignment="center"
            )
            with picture:
                thumb.draw(row["sha"], "", width=row["width"], height=row["height"])
            what.markdown(f"**{plain(decision_words.own(row))}**")
            path.caption(plain(tail(row["source"])))
            at.caption(f"{when(row['at'])}, {STATE_NAMES[row['state']]}")
            open_.button("Open", key=f"own-open-{row['id']}", on_click=_open, args=(row["id"],))


def _open(decision: str) -> None:
    st.session_state[_OPEN] = decision
