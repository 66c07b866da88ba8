"""Export: verified labels out, as a folder on the server or as a zip file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from app import session
from app.parts import empty, errors, export_format, export_list, job_progress, label_error, page
from app.parts.wording import STATE_NAMES, count
from labeling.workflows import exports, jobs
from labeling.workflows.projects import VERIFIED

_NAMES = STATE_NAMES | {"disputed": "disputed or flagged"}
SAFE = {state.value for state in VERIFIED}


def render() -> None:
    """Draw the page for the project in the address."""
    project = page.opened("Export")
    if project is None:
        return
    if not project["items"]:
        empty.no_pictures(project["name"])
        return
    with errors.shown():
        _form(project)
    found = jobs.recent(session.workspace(), project["name"], kind="export")
    job_progress.follow(found)
    export_list.draw([job for job in found if job_progress.is_finished(job)])


def _form(project: dict[str, Any]) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        fmt = export_format.choose("export")
        options = export_format.options(fmt, project["mode"], "export")
    with right:
        states = _states(project["name"], project["by_state"])
        out = st.text_input(
            "Folder on the server (optional)",
            key="export-out",
            placeholder=f"{session.workspace().settings.exports_dir}/…",
            help="Must be new or empty, or an earlier export. Left empty, a new folder is made.",
        )
    leaving = sum(project["by_state"].get(state, 0) for state in states)
    label = f"Export {count(leaving, 'picture')}" if leaving else "Export"
    if st.button(label, type="primary", disabled=not leaving):
        exports.enqueue(
            session.workspace(),
            project["name"],
            fmt,
            Path(out.strip()) if out.strip() else None,
            states=states,
            options=options,
            user_id=session.user_id(),
        )
        st.rerun()
    if not leaving:
        st.caption("Nothing is in these states yet. Verify pictures on the page Review first.")


def _states(project: str, by_state: Mapping[str, int]) -> list[str]:
    """Draw the choice of states, and a warning when pictures leave that nobody verified."""
    present = [state for state in STATE_NAMES if by_state.get(state) or state in SAFE]
    st.markdown(":small[States that leave]")
    with st.container(gap="xxsmall"):
        chosen = [
            state
            for state in present
            if st.checkbox(
                f"{_NAMES[state]} ({by_state.get(state, 0):,})",
                value=state in SAFE,
                key=f"export-state-{state}",
            )
        ]
    label_error.draw(project)
    unsafe = sum(by_state.get(state, 0) for state in chosen if state not in SAFE)
    if unsafe:
        st.warning(
            f"**{count(unsafe, 'picture')} that nobody verified would leave.** What "
            "they carry is a model's guess, no label. Whoever uses this export has to look at the "
            "column state; for training and for figures keep to verified and reviewed.",
            icon=":material/warning:",
        )
    return chosen
