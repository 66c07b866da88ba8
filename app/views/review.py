"""Review: one picture at a time, by keyboard."""

import streamlit as st

from app import session
from app.components.review.face import review
from app.parts import empty


def render() -> None:
    """Draw the page for the project in the address."""
    project = session.project_name()
    if project is None:
        st.title("Review")
        empty.no_project()
        return
    _reviewer(project)


@st.fragment
def _reviewer(project: str) -> None:
    review(project=project, key=f"review-{project}")
