"""Evaluate: proposals against a truth, with plots and as JSON."""

from typing import Any

import streamlit as st

from app import session
from app.parts import (
    attempt,
    empty,
    errors,
    evaluation_figures,
    evaluation_form,
    job_progress,
    page,
)
from labeling.workflows import evaluation, jobs

KEPT = 8
"""How many evaluations can be chosen from."""


def render() -> None:
    """Draw the page for the project in the address."""
    project = page.with_proposals("Evaluate", "there is nothing to evaluate")
    if project is None:
        return
    with errors.shown():
        evaluation_form.draw(project)
    attempt.draw_refusal()
    found = jobs.recent(session.workspace(), project["name"], kind=evaluation.KIND, limit=KEPT)
    job_progress.follow(found)
    with errors.shown():
        _results(project, found)


def _results(project: dict[str, Any], found: list[dict[str, Any]]) -> None:
    ended = [job for job in found if job_progress.is_finished(job)]
    if ended and ended[0]["state"] != "done":
        job_progress.outcome(ended[0])
    done = {job["id"]: job for job in ended if job["state"] == "done"}
    if not done:
        if not found:
            empty.nothing(
                "Nothing is evaluated yet",
                "Accuracy, confusions, calibration and figures by class appear here.",
            )
        return
    st.header("Result")
    chosen = st.selectbox(
        "Evaluation",
        list(done),
        format_func=lambda id_: evaluation_figures.title(done[id_]),
        key=f"evaluation-{project['name']}",
        label_visibility="collapsed",
    )
    evaluation_figures.draw(done[chosen], project)
