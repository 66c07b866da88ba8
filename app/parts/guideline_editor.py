"""What the lead says about each class, for editing, with the versions before."""

from typing import Any

import streamlit as st

from app import session
from app.parts import errors, guideline_examples, guideline_heirs
from app.parts.wording import plain, when
from labeling.roles import Role
from labeling.workflows import guidelines
from labeling.workflows.guideline_heirs import inherited

_LAST = 50
"""Versions that are listed."""


@st.fragment
def draw(project: str) -> None:
    """Draw the editor of a project's guidelines."""
    with errors.shown():
        session.require(Role.LEAD)
        shown = guidelines.show(session.workspace(), project)
        st.caption(
            "Annotators see them at one key, G, in both views. Each change is a version, and each "
            "decision knows the one that it was made under."
        )
        _editor(project, shown)


def _editor(project: str, shown: dict[str, Any]) -> None:
    rows = {row["id"]: row for row in shown["classes"]}
    left_over = inherited(session.workspace(), project)
    guideline_heirs.tell(shown, left_over)
    chosen = st.selectbox(
        "Guideline of the class",
        rows,
        index=next((n for n, one in enumerate(rows) if one in left_over), 0),
        format_func=lambda one: _told(rows[one]),
        key=f"guideline-{project}",
        width=420,
    )
    row = rows[chosen]
    guideline_heirs.draw(project, row, left_over)
    key = f"guideline-{chosen}-{row['revision']}"
    left, right = st.columns(2, gap="large")
    with left:
        wanted = _texts(row, key)
    with right:
        wanted["examples"] = guideline_examples.draw(project, row, f"{key}-examples")
    changed = any(wanted[name] != _stored(row, name) for name in wanted)
    if left.button("Save guideline", type="primary", disabled=not changed):
        guidelines.save(
            session.workspace(),
            session.user_id(),
            project,
            row["name"],
            **wanted,
            seen=row["revision"],
        )
        st.toast("Saved as a new version.", icon=":material/check:")
        st.rerun()
    _versions(project, row)


def _texts(row: dict[str, Any], key: str) -> dict[str, Any]:
    instructions = st.text_area(
        "Instructions",
        row["instructions"],
        key=f"{key}-instructions",
        height=120,
        max_chars=guidelines.MAX_INSTRUCTIONS,
        placeholder="What makes a picture one of this class",
    )
    do, dont = st.columns(2)
    return {
        "instructions": instructions.strip(),
        "do": _lines(do, "Do, one per line", row["do"], f"{key}-do"),
        "dont": _lines(dont, "Don't, one per line", row["dont"], f"{key}-dont"),
    }


def _lines(column: Any, label: str, lines: list[str], key: str) -> list[str]:
    text = column.text_area(label, "\n".join(lines), key=key, height=120)
    return [line.strip() for line in text.splitlines() if line.strip()]


def _stored(row: dict[str, Any], name: str) -> Any:
    if name != "examples":
        return row[name]
    return [{part: one[part] for part in ("item", "good", "note")} for one in row["examples"]]


def _told(row: dict[str, Any]) -> str:
    """A class in the choice, with a word where nothing has been said about it yet."""
    return row["name"] if row["revision"] else f"{row['name']} – nothing written yet"


def _versions(project: str, row: dict[str, Any]) -> None:
    if not row["revision"]:
        return
    versions = guidelines.versions(session.workspace(), project, row["name"])
    with st.expander(f"Versions ({len(versions)})", icon=":material/history:"):
        for version in versions[:_LAST]:
            who = f", {plain(version['by'])}" if version["by"] else ""
            st.markdown(f"**{version['revision']}** ({when(version['at'])}{who})")
            st.code("\n".join(version["changes"]), language=None, wrap_lines=True)
