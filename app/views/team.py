"""Team: who gets what, how fast it goes, how good the labels are, how review is set."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from app import session
from app.parts import (
    agreement_figures,
    assignment_table,
    errors,
    page,
    quality_figures,
    relabel_advice,
    review_settings_form,
    speed_figures,
)
from labeling.workflows import agreement, figures, health

PERIODS = {"7 days": 7, "30 days": 30, "A year": 365}


def render() -> None:
    """Draw the page for the project in the address."""
    project = page.opened("Team")
    if project is None:
        return
    with errors.shown():
        _open_tab(project)


def _open_tab(project: dict[str, Any]) -> None:
    """Draw the open tab only: the figures of each take a while where there is much work."""
    tabs = st.tabs(list(_TABS), key="team-tab", on_change="rerun")
    for tab, draw in zip(tabs, _TABS.values(), strict=True):
        if tab.open:
            with tab:
                draw(project)


def _speed(project: dict[str, Any]) -> None:
    ws, name = session.workspace(), project["name"]
    whose, when = f"speed-of-{project['id']}", f"day-of-{project['id']}"
    person, day = st.session_state.get(whose), st.session_state.get(when)
    with st.container(horizontal=True):
        period = st.segmented_control("Period", list(PERIODS), default="30 days", required=True)
        found = health.of_project(ws, name, PERIODS[period], person, day)
        people = sorted({*found["people"], *([person] if person else [])})
        days = sorted({*found["worked"], *([day] if day else [])}, reverse=True)
        st.selectbox("Person", people, index=None, placeholder="Everybody", key=whose, width=220)
        st.selectbox("Day (UTC)", days, index=None, placeholder="All", key=when, width=160)
    speed_figures.draw(found, name)


def _quality(project: dict[str, Any]) -> None:
    ws, name = session.workspace(), project["name"]
    quality_figures.draw(figures.of_project(ws, name))
    agreement_figures.draw(agreement.of_project(ws, name))
    relabel_advice.draw(project)


_TABS: dict[str, Callable[[dict[str, Any]], None]] = {
    "Speed": _speed,
    "Assignments": assignment_table.draw,
    "Quality": _quality,
    "Settings": review_settings_form.draw,
}
