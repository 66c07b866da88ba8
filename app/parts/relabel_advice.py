"""Whether the next looks teach more at decided pictures or at new ones."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app import session
from app.parts import attempt, job_progress
from app.parts.wording import when
from labeling.workflows import jobs, relabel


def draw(project: Mapping[str, Any]) -> None:
    """Draw the newest advice with its age, and the way to ask anew."""
    st.header("Another look, or a new picture", help=relabel.METHOD)
    attempt.draw_refusal()
    for job in jobs.recent(session.workspace(), project["name"], kind=relabel.KIND, limit=1):
        job_progress.follow([job])
        if job["result"]:
            said = relabel.summary(job["result"])
            st.markdown(f"{said[0].upper()}{said[1:]}.")
            st.caption(f"{when(job['finished_at'])}; advice only, nothing is handed out by it.")
    st.button(
        "Ask what to look at next",
        on_click=attempt.make,
        args=(relabel.ask, project["name"]),
    )
