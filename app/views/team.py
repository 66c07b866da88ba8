"""Team: who gets what, how fast it goes, how good the labels are, how review is set."""

import streamlit as st

from app import session
from app.parts import assignment_table, page, quality_figures, review_settings_form, speed_figures
from labeling.workflows import figures, health

PERIODS = {"7 days": 7, "30 days": 30, "A year": 365}


def render() -> None:
    """Draw the page for the project in the address."""
    project = page.opened("Team")
    if project is None:
        return
    speed, assign, quality, settings = st.tabs(["Speed", "Assignments", "Quality", "Settings"])
    ws = session.workspace()
    with speed:
        period = st.segmented_control("Period", list(PERIODS), default="30 days", required=True)
        speed_figures.draw(health.of_project(ws, project["name"], PERIODS[period]), project["name"])
    with assign:
        assignment_table.draw(project)
    with quality:
        quality_figures.draw(figures.of_project(ws, project["name"]))
    with settings:
        review_settings_form.draw(project)
