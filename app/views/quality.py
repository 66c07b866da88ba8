"""Quality: how right the dataset is, what was learned and saved, how far scores can be believed."""

import streamlit as st

from app import session
from app.parts import (
    drift_figures,
    errors,
    job_progress,
    label_error,
    learning_figures,
    links,
    page,
    useless_features,
)
from labeling.workflows import class_quality, drift, jobs
from labeling.workflows import learning_figures as figures


def render() -> None:
    """Draw the page for the project in the address."""
    project = page.opened("Quality")
    if project is None:
        return
    ws, name = session.workspace(), project["name"]
    job_progress.follow(jobs.recent(ws, name, kind="learn"))
    found = figures.of_project(ws, name)
    useless_features.draw(name)
    with errors.shown():
        label_error.draw(name, "The figures of this page take what people decided as right.")
    for draw in (
        learning_figures.outlook,
        learning_figures.curves,
        learning_figures.head,
        learning_figures.calibration,
    ):
        with errors.shown():
            draw(found)
    with errors.shown():
        rows = class_quality.of_project(ws, name)
        learning_figures.by_class(found, rows, class_quality.METHOD)
    with errors.shown():
        drift_figures.draw(drift.of_project(ws, name))
    with st.container(horizontal=True):
        links.link("accept", "Accept without looking", name)
        links.link("evaluate", "Evaluate against a truth", name)
        links.link("team", "Quality of people", name)
