"""Review: one picture at a time, or a grid of those with the same proposal."""

import streamlit as st

from app import session
from app.components.workbench.face import workbench
from app.parts import empty, useless_features


def render() -> None:
    """Draw the page for the project in the address."""
    project = session.project_name()
    if project is None:
        st.title("Review")
        empty.no_project()
        return
    useless_features.draw(project)
    workbench(project=project, key=f"review-{project}")
