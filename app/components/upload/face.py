"""The Python face of the upload component: a drop zone for files, folders and archives.

Files go past Streamlit to an HTTP route, one request each, and never through memory as a whole.
"""

import streamlit as st

from app import session
from app.components.modules import LOADER, module_url, style

_component = st.components.v2.component(
    "prelabel.upload", js=LOADER, css=style("upload"), isolate_styles=False
)


def upload(*, project: str, key: str, labels: str | None = None) -> str | None:
    """Mount the drop zone of a project; ``labels`` is the token of a file of labels to go with it.

    Returns:
        The id of the import job, in the one run of the script after everything has arrived.
    """
    result = _component(
        key=key,
        data={
            "module": module_url("upload"),
            "project": project,
            "user": session.user_id(),
            "labels": labels,
        },
        on_job_change=lambda: None,
    )
    job: str | None = result.job
    return job
