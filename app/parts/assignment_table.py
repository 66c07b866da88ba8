"""Assignments of a project: who has what, handing over, taking back."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app import session
from app.parts import attempt, empty, errors, handed_over
from app.parts.wording import count, plain, when
from labeling.workflows import accounts, assignments, ingest

EVERYTHING = "everything"


def draw(project: Mapping[str, Any]) -> None:
    """Draw the assignments in force and the form that makes another."""
    ws, name = session.workspace(), project["name"]
    found = assignments.in_force(ws, name)
    if not found:
        empty.nothing(
            "Nothing is assigned", "Everybody gets the next item of the queue, whoever comes first."
        )
    for row in found:
        _row(name, row)
    attempt.draw_refusal()
    handed_over.draw(name)
    st.subheader("Hand over")
    people = [person["name"] for person in accounts.people(ws, name)]
    batches = {batch["id"]: batch for batch in ingest.batches(ws, name)}
    with st.form("assign", clear_on_submit=True):
        who, what, which, order = st.columns([3, 3, 4, 2])
        person = who.selectbox("To", people, index=None, placeholder="Choose")
        proposed = what.selectbox(
            "Proposed as", [EVERYTHING, *(c["name"] for c in project["classes"] if c["active"])]
        )
        batch = which.selectbox(
            "From import",
            [EVERYTHING, *batches],
            format_func=lambda key: key if key == EVERYTHING else _import(batches[key]),
        )
        priority = order.number_input("Priority", 0, 9, assignments.USUAL, help="0 comes first.")
        if st.form_submit_button("Assign", type="primary") and person:
            with errors.shown():
                assignments.give(
                    ws,
                    session.user_id(),
                    name,
                    person,
                    class_name=None if proposed == EVERYTHING else proposed,
                    batch_id=None if batch == EVERYTHING else batch,
                    priority=priority,
                )
                st.rerun()


def _row(project: str, row: Mapping[str, Any]) -> None:
    with st.container(border=True):
        text, action = st.columns([5, 1], vertical_alignment="center")
        what = f"proposed as {plain(row['class'])}" if row["class"] else EVERYTHING
        origin = ", one import" if row["batch"] else ""
        text.markdown(f"**{plain(row['person'])}**: {what}{origin}")
        waiting = count(row["waiting"], "item")
        text.caption(f"{waiting} waiting, priority {row['priority']}, {when(row['created_at'])}")
        if action.button("Take back", key=f"end-{row['id']}"):
            with errors.shown():
                assignments.take_back(session.workspace(), project, row["id"])
                st.rerun()


def _import(batch: Mapping[str, Any]) -> str:
    return f"{when(batch['created_at'])}, {count(batch['imported'], 'picture')}"
