"""Review: one picture at a time, or a grid of those with the same proposal."""

import streamlit as st

from app import session
from app.components.grid.face import grid
from app.components.review.face import review
from app.parts import empty

_VIEW = "view"
_GRID = "grid"


def render() -> None:
    """Draw the page for the project in the address."""
    project = session.project_name()
    if project is None:
        st.title("Review")
        empty.no_project()
        return
    _view(project)


@st.fragment
def _view(project: str) -> None:
    if st.query_params.get(_VIEW) == _GRID:
        label = st.query_params.get("label")
        grid(project=project, label=label, key=f"grid-{project}", on_view=_show_single)
    else:
        review(project=project, key=f"review-{project}", on_view=_show_grid)


def _show_grid() -> None:
    st.query_params[_VIEW] = _GRID


def _show_single() -> None:
    st.query_params.from_dict({"project": st.query_params["project"]})
