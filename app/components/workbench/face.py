"""The Python face of the review component: it hands over configuration, nothing else.

Pictures, keys and decisions never pass through Streamlit, and neither does the change between the
single view and the grid: the component reads its view from the address, fetches what comes next and
sends its decisions over the HTTP routes.
"""

import streamlit as st

from app import session
from app.components.modules import LOADER, module_url, style

_component = st.components.v2.component(
    "prelabel.review",
    js=LOADER,
    css=style("review", "grid"),
    isolate_styles=False,
)


def workbench(*, project: str, key: str) -> None:
    """Mount the views of a project; mount them once, under a ``key`` that stays the same."""
    _component(
        key=key,
        data={
            "module": module_url("workbench"),
            "project": project,
            "user": session.user_id(),
        },
    )
