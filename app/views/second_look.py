"""Second look: what was flagged, asked, disputed or drawn; one picture after the other."""

from typing import Any

import streamlit as st

from app import session
from app.parts import attempt, empty, framed, job_progress, page, second_look_desk, thumb
from app.parts.decision_words import LOOKS
from app.parts.wording import count, when
from labeling.roles import Role
from labeling.workflows import consensus, crowdlab, jobs, second_look, suspects

_POSITION = "second-look-position"
_KEPT_SECONDS = 60


def render() -> None:
    """Draw the page for the project in the address."""
    project = page.opened("Second look", waits_for_jobs=False)
    if project is not None:
        framed.draw(Role.REVIEWER, _draw, project)


def _draw(project: dict[str, Any]) -> None:
    counts = second_look.counts(session.workspace(), project["name"])
    kinds = st.pills(
        "Show",
        LOOKS,
        selection_mode="multi",
        format_func=lambda kind: f"{LOOKS[kind]} {counts[kind]}",
        key="second-look-kinds",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        mine = st.toggle("Only for me or anybody", value=True, key="second-look-mine")
        st.button(
            "Search for wrong labels",
            help="Compares every verified label with a head that never saw the picture.",
            on_click=attempt.make,
            args=(suspects.ask, project["name"]),
        )
        if counts["disputed"]:
            st.button(
                "Weigh answers with the head",
                help="CROWDLAB: people's differing answers and a head that never saw the picture.",
                on_click=attempt.make,
                args=(crowdlab.ask, project["name"]),
            )
    _follow_search(project)
    _follow_weighing(project)
    rows = second_look.waiting(
        session.workspace(),
        project["name"],
        kinds=kinds or None,
        reviewer_id=session.user_id() if mine else None,
        viewer_id=session.user_id(),
    )
    found = crowdlab.of_items(
        session.workspace(),
        project["name"],
        [row["item"] for row in rows],
        _annotators((project["id"], project["name"])),
    )
    rows = consensus.least_sure_first(rows, found)
    attempt.draw_refusal()
    if not rows:
        empty.nothing(
            "Nothing waits for a second look",
            "Flagged and disputed pictures, questions and random samples appear here.",
        )
        return
    position = min(st.session_state.get(_POSITION, 0), len(rows) - 1)
    _steps(position, len(rows))
    item = rows[position]["item"]
    second_look_desk.draw(project, item, found.get(item))
    for following in rows[position + 1 : position + 2]:
        thumb.fetch_ahead(following["sha"])


@st.cache_data(ttl=_KEPT_SECONDS, show_spinner=False)
def _annotators(project: tuple[str, str]) -> consensus.Annotators:
    """How reliable people are, a minute old at most, so that no key waits for it.

    ``project`` is id and name: the id keeps apart what bore the same name before.
    """
    return consensus.annotators(session.workspace(), project[1])


def _follow_search(project: dict[str, Any]) -> None:
    for job in jobs.recent(session.workspace(), project["name"], kind=suspects.KIND, limit=1):
        job_progress.follow([job])
        if job["result"]:
            st.caption(
                f"Last search, {when(job['finished_at'])}: {suspects.summary(job['result'])}."
            )


def _follow_weighing(project: dict[str, Any]) -> None:
    job_progress.follow(
        jobs.recent(session.workspace(), project["name"], kind=crowdlab.KIND, limit=1)
    )
    told = crowdlab.told(session.workspace(), project["name"])
    if told and told["differing"]:
        way = "both together" if told["used"] else "people alone"
        st.caption(f"{crowdlab.summary(told)}. The consensus is by {way}.", help=told["method"])


def _steps(position: int, number: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, step, key in (("Previous", -1, "Left"), ("Next", 1, "Right")):
            st.button(
                label,
                key=f"second-look-{label}",
                shortcut=key,
                disabled=not 0 <= position + step < number,
                on_click=_go,
                args=(position + step,),
            )
        st.caption(f"{position + 1} of {count(number, 'picture')}")


def _go(position: int) -> None:
    st.session_state[_POSITION] = position
