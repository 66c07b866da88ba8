"""Accept: proposals without looking, at an error that a blind audit bounds; and the way back."""

from typing import Any

import streamlit as st

from app import session
from app.parts import (
    acceptance_cautions,
    acceptance_progress,
    acceptance_record,
    attempt,
    errors,
    job_progress,
    page,
    wish_form,
)
from labeling.workflows import acceptance_told, jobs
from labeling.workflows.acceptance_job import KIND

RUNNING = ("planned", "auditing")


def render() -> None:
    """Draw the page for the project in the address."""
    project = page.with_proposals("Accept", "there is nothing to accept")
    if project is None:
        return
    st.caption(
        "Name the error that may remain. A random sample is decided blind; what it proves may be "
        "accepted without looking, as one act that can be taken back."
    )
    attempt.draw_refusal()
    job_progress.follow(jobs.recent(session.workspace(), project["name"], kind=KIND))
    with errors.shown():
        acceptance_cautions.draw(project)
    with errors.shown():
        _draw(project)


def _draw(project: dict[str, Any]) -> None:
    found = acceptance_told.all_of(session.workspace(), project["name"])
    running = [one for one in found if one["state"] in RUNNING]
    for one in running:
        acceptance_progress.draw(project, one["id"])
    if not running:
        with errors.shown():
            wish_form.draw(project)
    over = [one for one in found if one["state"] not in RUNNING]
    if over:
        st.header("Until now")
    for one in over:
        acceptance_record.draw(project, one)
