"""The Python face of the grid component: it hands over configuration, nothing else."""

from collections.abc import Callable

import streamlit as st

from app import session
from app.components.modules import LOADER, module_url, style

_component = st.components.v2.component(
    "prelabel.grid", js=LOADER, css=style("grid"), isolate_styles=False
)


def grid(*, project: str, label: str | None, key: str, on_view: Callable[[], None]) -> None:
    """Mount the grid of a project; mount it once, under a ``key`` that stays the same.

    Args:
        project: the project's name.
        label: the class to begin with; None: the one with the most pictures waiting.
        key: the component's key in this session.
        on_view: called when the person chooses the other view of the page.
    """
    _component(
        key=key,
        data={
            "module": module_url("grid"),
            "project": project,
            "label": label,
            "user": session.user_id(),
        },
        on_view_change=on_view,
    )
