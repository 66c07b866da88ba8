"""The Python face of the review component: it hands over configuration, nothing else.

Pictures, keys and decisions never pass through Streamlit; the component fetches its queue and
sends its decisions over the HTTP routes.
"""

from collections.abc import Callable

import streamlit as st

from app import session
from app.components.modules import LOADER, module_url, style

_component = st.components.v2.component(
    "prelabel.review", js=LOADER, css=style("review"), isolate_styles=False
)


def review(*, project: str, key: str, on_view: Callable[[], None]) -> None:
    """Mount the reviewer of a project; mount it once, under a ``key`` that stays the same.

    ``on_view`` is called when the person chooses the other view of the page.
    """
    _component(
        key=key,
        data={
            "module": module_url("review"),
            "project": project,
            "user": session.user_id(),
        },
        on_view_change=on_view,
    )
