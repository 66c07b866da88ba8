"""What to know before another acceptance: the risk of all together, imports that none covers."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app import session
from app.parts import drift_figures
from app.parts.wording import count
from labeling.quality.wording import risk_in_words
from labeling.workflows import acceptance_attempts, drift


def draw(project: Mapping[str, Any]) -> None:
    """Draw the risk that was spent, and what no acceptance covers; nothing where there is none."""
    ws, name = session.workspace(), project["name"]
    found = acceptance_attempts.of_project(ws, name)
    if found["attempts"]:
        st.caption(risk_in_words(found), help=found["method"])
    if found["uncovered"]["imports"]:
        left = found["uncovered"]
        st.info(
            f"{count(len(left['imports']), 'import')} of {count(left['pictures'], 'picture')} came "
            "later or were left out: what was accepted says nothing of them. Accepting from them "
            "draws an audit of its own.",
            icon=":material/info:",
        )
    drift_figures.warnings(drift.of_project(ws, name))
