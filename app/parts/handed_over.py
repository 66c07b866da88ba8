"""What was handed to people by name: how much of it waits for whom, and taking it back."""

import streamlit as st

from app import session
from app.parts import attempt
from app.parts.wording import count, plain
from labeling.workflows import assignments


def draw(project: str) -> None:
    """Draw a line for each person with pictures that wait for them alone; nothing without any."""
    for row in assignments.handed_over(session.workspace(), project):
        with st.container(border=True):
            text, action = st.columns([5, 1], vertical_alignment="center")
            text.markdown(f"**{plain(row['person'])}**: handed over by name")
            text.caption(
                f"{count(row['waiting'], 'picture')} found, skipped to them or sent back, before "
                "all else. Taken back they wait for everybody."
            )
            action.button(
                "Take back",
                key=f"handed-{row['person']}",
                on_click=attempt.make,
                args=(assignments.take_back_handed, project, row["person"]),
            )
