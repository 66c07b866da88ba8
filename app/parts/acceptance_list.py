"""The list of an acceptance: what it has accepted or may accept, the least sure first."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app import session
from app.parts import decision_words, picture_board
from app.parts.pager import Pager
from labeling.workflows import acceptance_told

_PAGE = 48


def draw(project: Mapping[str, Any], acceptance_id: str, title: str) -> None:
    """Draw a switch, and the pictures where it is on."""
    if not st.toggle(title, key=f"list-{acceptance_id}"):
        return
    pager = Pager(f"list-page-{acceptance_id}", _PAGE)
    found = acceptance_told.items(
        session.workspace(), project["name"], acceptance_id, limit=pager.size, offset=pager.offset
    )
    pager.require_rows(len(found["pictures"]), found["total"])
    if not found["total"]:
        st.caption("None is left.")
        return
    st.html(picture_board.html([_told(row) for row in found["pictures"]], project["name"]))
    pager.draw(found["total"], "Back", "Next")


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    words = [decision_words.labels(row["labels"]), f"score {row['score']:.3f}"]
    return dict(row) | {"words": words, "alt": f"{row['source']}: {words[0]}"}
