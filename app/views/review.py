"""Review: one picture at a time, by keyboard."""

import streamlit as st

from app import session
from app.components.review.face import review


def render() -> None:
    """Draw the page for the project in the address."""
    project = session.project_name()
    if project is None:
        st.title("Review")
        st.info("No project is chosen. Open one on the page Projects.")
        return
    _reviewer(project)


@st.fragment
def _reviewer(project: str) -> None:
    review(project=project, key=f"review-{project}")
