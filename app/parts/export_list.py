"""Former exports: what each holds, where it lies, and as a zip file to take away."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app import session
from app.parts import errors, job_progress
from app.parts.wording import count, when
from labeling.workflows import exports

ZIP_LIMIT = 500_000_000  # bytes; Streamlit holds a download in memory
SHOWN = 10


def draw(found: Sequence[dict[str, Any]]) -> None:
    """Draw finished export jobs, newest first."""
    if not found:
        return
    st.header("Exports")
    for job in found[:SHOWN]:
        if job["state"] == "done":
            _row(job)
        else:
            job_progress.outcome(job)


def _row(job: dict[str, Any]) -> None:
    result = job["result"]
    with st.container(border=True):
        text, action = st.columns([5, 1], vertical_alignment="center")
        with text, st.container(gap="xxsmall"):
            st.markdown(f"**{result['format']}**, {count(result['items'], 'picture')}")
            st.text(result["out"])
            manifest = result["manifest_sha256"][:12]
            missing = len(result["missing"])
            gone = f" {count(missing, 'picture')} left out: file gone." if missing else ""
            st.caption(f"{when(job['finished_at'])}. Manifest `{manifest}`.{gone}")
        with action, errors.shown():
            _download(job)


def _download(job: dict[str, Any]) -> None:
    """Pack on the first press, download with the second: packing may take a while."""
    ready = f"zip-{job['id']}"
    if not st.session_state.get(ready):
        if not st.button("Pack as zip", key=f"pack-{job['id']}", width="stretch"):
            return
        with st.spinner("Packing"):
            st.session_state[ready] = exports.zip_of(session.workspace(), job["id"])
    path = st.session_state[ready]
    if path.stat().st_size > ZIP_LIMIT:
        st.caption("Too large for a download here; fetch it from the server:")
        st.text(str(path))
        return
    st.download_button(
        "Download",
        path.read_bytes,
        file_name=path.name,
        mime="application/zip",
        key=f"download-{job['id']}",
        type="primary",
        on_click="ignore",
        width="stretch",
    )
