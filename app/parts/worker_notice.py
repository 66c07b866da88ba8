"""Says so when nobody is there to do the jobs."""

import streamlit as st

from app import session
from labeling.workflows.worker_lock import worker_is_alive


def draw() -> None:
    """Draw a warning unless a worker is alive."""
    settings = session.workspace().settings
    if worker_is_alive(settings):
        return
    with st.container(border=True, gap="xxsmall"):
        st.markdown(
            ":orange[:material/warning:] **No worker is running, so jobs only wait in line**"
        )
        st.caption(
            "`prelabel serve` starts one of its own. "
            "If it was stopped, start one in a terminal on the server:"
        )
        st.code(f"prelabel worker --home {settings.root}", language=None)
