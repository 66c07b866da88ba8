"""The page one writes first in Streamlit: a picture, buttons with shortcuts, a fragment.

Served by ``benchmarks.review_keys`` as the baseline; it decides through the same workflow.
"""

import streamlit as st

from app import session
from db.ids import new_id
from labeling.workflows import pictures, review

PROJECT = "zoo"


@st.fragment
def reviewer() -> None:
    """Draw the next picture and its three buttons."""
    ws, user = session.workspace(), session.user_id()
    waiting = st.session_state.setdefault("waiting", [])
    if not waiting:
        held = list(st.session_state.setdefault("decided", set()))
        waiting += review.queue(ws, user, PROJECT, 40, held[-200:])["items"]
    if not waiting:
        st.write("done")
        return
    item = waiting[0]

    def decide(label: str, kind: str) -> None:
        given = {"id": new_id(), "item": item["item"], "kind": kind, "labels": [label]}
        review.decide(ws, user, PROJECT, [given])
        st.session_state["decided"].add(item["item"])
        waiting.pop(0)

    found = pictures.media(ws, "screen", item["sha"])
    st.image(found.data)
    labels = [proposal["label"] for proposal in item["proposals"]]
    st.button("Accept", shortcut="Enter", on_click=decide, args=(labels[0], "confirm"))
    st.button(labels[1], shortcut="2", on_click=decide, args=(labels[1], "correct"))
    st.button(labels[2], shortcut="3", on_click=decide, args=(labels[2], "correct"))


st.set_page_config(layout="wide")
reviewer()
