"""Whether the next looks teach more at decided pictures or at new ones."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app import session
from app.parts import attempt, job_progress
from app.parts.wording import count, when
from labeling.workflows import jobs, relabel

AFTER = (
    "nothing is handed out until a lead says so. The looks come blind to whoever has not decided "
    "the picture; they were chosen, so agreement and the error of labels leave them out."
)


def draw(project: Mapping[str, Any]) -> None:
    """Draw the newest advice with its age, and the way to ask anew."""
    st.header("Another look, or a new picture", help=relabel.METHOD)
    attempt.draw_refusal()
    for job in jobs.recent(session.workspace(), project["name"], kind=relabel.KIND, limit=1):
        job_progress.follow([job])
        if job["result"]:
            said = relabel.summary(job["result"])
            st.markdown(f"{said[0].upper()}{said[1:]}.")
            st.caption(f"{when(job['finished_at'])}; {AFTER}")
            if job["result"]["relabel"]:
                _hand_out(project, job)
    st.button(
        "Ask what to look at next",
        on_click=attempt.make,
        args=(relabel.ask, project["name"]),
    )


def _hand_out(project: Mapping[str, Any], job: Mapping[str, Any]) -> None:
    st.button(
        f"Put {count(job['result']['relabel'], 'decided picture')} before somebody else",
        on_click=attempt.make,
        args=(relabel.hand_out, project["name"], job["id"]),
        help="Those that somebody is asked about already are passed over.",
    )
