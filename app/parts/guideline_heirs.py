"""What was said about classes that became another one, for the lead to take over."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app.parts import attempt
from app.parts.wording import count, plain
from labeling.workflows import guideline_heirs


def tell(shown: dict[str, Any], found: Mapping[str, Any]) -> None:
    """Say about which classes (of ``guidelines.show``) there is only something to take over."""
    attempt.draw_refusal()
    empty = [row for row in shown["classes"] if not row["revision"]]
    names = [row["name"] for row in empty if row["id"] in found]
    if names:
        st.info(
            "Classes that were merged or split had guidelines, which wait to be taken over by "
            f"**{plain(', '.join(names))}**.",
            icon=":material/merge:",
        )


def draw(project: str, row: dict[str, Any], found: Mapping[str, Any]) -> None:
    """Draw what the class ``row`` may take over, of ``guideline_heirs.inherited``."""
    for one in found.get(row["id"], ()):
        title = f"Former guideline of {plain(one['name'])}"
        with st.expander(title, expanded=not row["revision"], icon=":material/merge:"):
            _text(one)
            st.button(
                "Take it over",
                key=f"take-over-{row['id']}-{one['id']}",
                help="Adds it to the guideline, as a new version; change it there as you like.",
                on_click=attempt.make,
                args=(guideline_heirs.take_over, project, row["name"], one["id"]),
                kwargs={"seen": row["revision"]},
            )


def _text(one: dict[str, Any]) -> None:
    if one["instructions"]:
        st.text(one["instructions"])
    parts = [("Do", one["do"]), ("Don't", one["dont"])]
    for column, (title, lines) in zip(st.columns(2), parts, strict=True):
        if lines:
            column.markdown(f"{title}\n\n" + "\n".join(f"- {plain(line)}" for line in lines))
    if one["examples"]:
        st.caption(f"{count(len(one['examples']), 'example')} that may stand here")
