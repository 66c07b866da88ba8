"""Jobs: what the worker does, has done and could not do."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app import session
from app.parts import empty, errors, job_progress, tables, worker_notice
from app.parts.wording import duration, plain, when
from labeling.workflows import jobs, overview

SHOWN = 200


def render() -> None:
    """Draw the page."""
    st.title("Jobs")
    worker_notice.draw()
    ws = session.workspace()
    names = overview.project_names(ws)
    found = jobs.recent(ws, limit=SHOWN)
    if not found:
        empty.nothing("No jobs yet", "Imports, pre-labelings and exports show up here.")
        return
    st.header("In line and at work")
    _unfinished([job["id"] for job in found if not job_progress.is_finished(job)], names)
    finished = [job for job in found if job_progress.is_finished(job)]
    if finished:
        st.header("Finished")
        _finished(finished, names)


@st.fragment(run_every=job_progress.POLL_SECONDS)
def _unfinished(known: Sequence[str], names: Mapping[str, str]) -> None:
    """Draw what is not finished; when that is another set than ``known``, draw the page anew."""
    with errors.shown():
        found = jobs.recent(session.workspace(), limit=SHOWN)
        unfinished = [job for job in found if not job_progress.is_finished(job)]
        if {job["id"] for job in unfinished} != set(known):
            st.rerun()
        if not unfinished:
            st.caption("Nothing is waiting.")
        for job in reversed(unfinished):
            st.caption(plain(names.get(job["project_id"], "")))
            job_progress.draw_unfinished(job)


def _finished(found: Sequence[dict[str, Any]], names: Mapping[str, str]) -> None:
    rows = [
        {
            "Finished": when(job["finished_at"]),
            "Job": job_progress.KIND_NAMES.get(job["kind"], job["kind"]),
            "Project": names.get(job["project_id"], ""),
            "State": job_progress.STATE_NAMES[job["state"]],
            "Result": job_progress.result_line(job),
            "Work": duration(job["seconds"]),
        }
        for job in found
    ]
    picked = st.dataframe(
        rows,
        hide_index=True,
        key="finished-jobs",
        on_select="rerun",
        selection_mode="single-row",
        column_config={"Result": st.column_config.TextColumn(width="large")},
        height=tables.height(len(rows), most=460),
    )
    chosen = picked["selection"]["rows"]
    if chosen and chosen[0] < len(found):
        _details(found[chosen[0]])
    else:
        st.caption("Select a row to see its log.")


def _details(job: dict[str, Any]) -> None:
    job_progress.outcome(job)
    lines = jobs.log_lines(session.workspace(), job["id"])
    st.subheader("Log")
    if not lines:
        st.caption("Nothing was logged.")
        return
    st.dataframe(
        [
            {"Time": when(line["at"]), "Level": line["level"], "Message": line["text"]}
            for line in lines
        ],
        hide_index=True,
        column_config={"Message": st.column_config.TextColumn(width="large")},
    )
