"""What a lead sends to CVAT: which pictures, in tasks of which size, to whom, and where to."""

from typing import Any

import streamlit as st

from app import session
from app.parts.wording import STATE_NAMES
from labeling.workflows import cvat_push
from labeling.workflows.projects import VERIFIED

_BEGUN = "cvat-push-begun"
"""Set once a push is in line: the next one goes on with its CVAT project."""
HEAD = "What is new or changed is sent, nothing twice; it may be broken off at any time."


def draw(project: dict[str, Any], url: str) -> None:
    """Draw the form for a project; the button puts a push to ``url`` in line."""
    states = _states(project)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        size = st.number_input(
            "Pictures in a task", 1, cvat_push.MOST, cvat_push.JOB_SIZE, key="cvat-size", width=140
        )
        assignee = st.text_input("Assigned to", key="cvat-assignee", width=160)
    choice = _choice(project)
    place = _place()
    if st.button("Push", type="primary", disabled=not (url.strip() and states), help=HEAD):
        cvat_push.enqueue(
            session.workspace(),
            project["name"],
            url,
            states=states,
            job_size=int(size),
            assignee=assignee.strip() or None,
            user_id=session.user_id(),
            **choice,
            **place,
        )
        st.session_state[_BEGUN] = True
        st.rerun()


def _states(project: dict[str, Any]) -> list[str]:
    present = [s for s in STATE_NAMES if project["by_state"].get(s) or s in VERIFIED]
    return st.multiselect(
        "New pictures that are sent",
        present,
        default=[state for state in VERIFIED if state in present],
        format_func=lambda state: f"{STATE_NAMES[state]} ({project['by_state'].get(state, 0):,})",
        key="cvat-states",
    )


def _choice(project: dict[str, Any]) -> dict[str, Any]:
    """Which of the new pictures are sent: by class, by how certain the model is, by number."""
    classes = [row["name"] for row in project["classes"] if row["active"]]
    with st.expander("Only some of them, by class, score, number", icon=":material/filter_alt:"):
        names = st.multiselect(
            "Of these classes",
            classes,
            placeholder="All classes",
            key="cvat-classes",
            help="Pictures that bear one of them, or for which it is proposed.",
        )
        left, right = st.columns(2)
        below = left.number_input(
            "Score below",
            0.0,
            1.0,
            None,
            0.05,
            key="cvat-below",
            placeholder="any",
            help="Only what the model proposes with a smaller score, or not at all.",
        )
        limit = right.number_input(
            "At most",
            1,
            None,
            None,
            cvat_push.JOB_SIZE,
            key="cvat-limit",
            placeholder="all",
            help="Pictures, the least certain first.",
        )
    return {
        "class_names": names,
        "below": below,
        "limit": int(limit) if limit is not None else None,
    }


def _place() -> dict[str, Any]:
    """Where they go to, where it is not where they went before."""
    if st.session_state.pop(_BEGUN, False):
        st.session_state["cvat-new-project"] = False
    with st.expander("Another organisation or CVAT project", icon=":material/domain:"):
        organization = st.text_input(
            "Organisation in CVAT",
            key="cvat-org",
            placeholder="as before, or the personal workspace",
            help="Its short name. Another one than before begins another CVAT project.",
        )
        new_project = st.checkbox(
            "Begin another CVAT project",
            key="cvat-new-project",
            help="Such as where the one before was deleted. All pictures that are chosen go there.",
        )
    return {"organization": organization.strip() or None, "new_project": new_project}
