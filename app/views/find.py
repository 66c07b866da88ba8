"""Find: undecided pictures like words, a picture or a class, to hand to somebody first."""

from typing import Any

import streamlit as st

from app import session
from app.parts import attempt, empty, errors, handed_over, job_progress, page, picture_board
from app.parts.wording import count, plain
from labeling.roles import Role
from labeling.workflows import accounts, jobs, search

_WAYS = {search.HEAD: "By class", search.TEXT: "By words", search.PICTURE: "Like a picture"}


def render() -> None:
    """Draw the page for the project in the address."""
    project = page.opened("Find", waits_for_jobs=False)
    if project is not None:
        _find(project)


@st.fragment
def _find(project: dict[str, Any]) -> None:
    with errors.shown():
        session.require(Role.LEAD)
        _draw(project)


def _draw(project: dict[str, Any]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by = st.segmented_control(
            "Search", _WAYS, default=search.HEAD, format_func=_WAYS.__getitem__, required=True
        )
        what = _wanted(project, by)
        st.button(
            "Search",
            type="primary",
            icon=":material/search:",
            disabled=not what,
            on_click=attempt.make,
            args=(search.ask, project["name"], by, what),
        )
    attempt.draw_refusal()
    newest = jobs.recent(session.workspace(), project["name"], kind=search.KIND, limit=1)
    if not newest:
        empty.nothing(
            "Nothing was searched yet",
            "Look for undecided pictures of a rare class, then hand them to somebody first.",
        )
        return
    job_progress.follow(newest)
    if newest[0]["state"] == "failed":
        job_progress.outcome(newest[0])
    elif newest[0]["result"]:
        handed_over.draw(project["name"])
        _found(project, newest[0]["result"])


def _wanted(project: dict[str, Any], by: str) -> str | None:
    if by == search.HEAD:
        names = [row["name"] for row in project["classes"] if row["active"]]
        return st.selectbox("Class", names, index=None, placeholder="Type a class")
    if by == search.TEXT:
        return st.text_input("Words", placeholder="a photo of a robin in snow", max_chars=200)
    return st.text_input("SHA-256 of a picture of the project", max_chars=64)


def _found(project: dict[str, Any], result: dict[str, Any]) -> None:
    rows = search.pictures(session.workspace(), result)
    what = plain(result["what"][:60])
    unit = "probability" if result["by"] == search.HEAD else "cosine"
    st.subheader(f"{count(len(rows), 'picture')} for {what}")
    st.caption(
        f"Of {count(result['searched'], 'undecided picture')}, most alike first, with the {unit}. "
        "What waits for a blind audit is left out."
    )
    if rows:
        _hand_over(project, rows, f"found for {result['what'][:60]}")
        told = [row | {"words": [f"{row['score']:.2f}"], "alt": row["source"]} for row in rows]
        st.html(picture_board.html(told, project["name"]))


def _hand_over(project: dict[str, Any], rows: list[dict[str, Any]], reason: str) -> None:
    names = [person["name"] for person in accounts.people(session.workspace(), project["name"])]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        first = st.number_input("The first", 1, len(rows), len(rows), width=140)
        to = st.selectbox("go to", names, index=None, placeholder="Choose a person", width=220)
        st.button(
            "Hand over",
            disabled=to is None,
            on_click=_give,
            args=(project["name"], [row["item"] for row in rows[:first]], to, reason),
        )


def _give(project: str, items: list[str], to: str, reason: str) -> None:
    given = attempt.make(search.hand_over, project, items, to, reason=reason)
    if given is not None and given < len(items):
        st.toast(
            f"{given:,} of {count(len(items), 'picture')} handed over. The others are decided by "
            "now, on somebody's screen, or like a picture that waits for a blind audit."
        )
