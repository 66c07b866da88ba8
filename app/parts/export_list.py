"""Former exports: what each holds, where it lies, and as a zip file to take away."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app.parts import job_progress
from app.parts.wording import count, when

SHOWN = 10
LINK = '<a class="prelabel-download" href="/api/exports/{}" download>Download zip</a>'
"""Over a route of ours: Streamlit's own download button holds the whole file in memory."""


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
        with action:
            st.html(LINK.format(job["id"]))
