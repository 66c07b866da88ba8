"""What the lead says about each class, to read."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from app import session
from app.parts import thumb
from app.parts.wording import plain
from labeling.workflows import guidelines


def draw(project: str) -> None:
    """Draw the guidelines of the classes about which something is said, folded away."""
    found = guidelines.show(session.workspace(), project)
    told = [row for row in found["classes"] if row["revision"]]
    if not told:
        return
    with st.expander(f"Guidelines, version {found['revision']}", icon=":material/menu_book:"):
        for row in told:
            _class(row)


def _class(row: Mapping[str, Any]) -> None:
    st.subheader(plain(row["name"]))
    if row["instructions"]:
        st.text(row["instructions"])
    for title, lines in (("Do", row["do"]), ("Don't", row["dont"])):
        if lines:
            points = "\n".join(f"- {plain(line)}" for line in lines)
            st.markdown(f"**{title}**\n\n{points}")
    for title, good in (("Examples", True), ("Not this class", False)):
        shown = [one for one in row["examples"] if bool(one["good"]) is good]
        if shown:
            st.markdown(f"**{title}**")
            st.html(_pictures(shown))


def _pictures(examples: Sequence[Mapping[str, Any]]) -> str:
    figures = (
        f"<figure>{thumb.html(one['sha'], one['note'])}"
        f"<figcaption>{escape(one['note'])}</figcaption></figure>"
        for one in examples
    )
    return f'<div class="prelabel-gallery">{"".join(figures)}</div>'
