"""The codes of a project's classes, on one sheet: to look at, and to print and pin up."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from app import session
from app.parts import tables
from app.parts.wording import count
from labeling.workflows import classes

_STYLE = """
body { font: 14px/1.5 system-ui, sans-serif; margin: 12mm; }
h1 { font-size: 18px; margin: 0 0 4mm; }
ul { columns: 45mm; list-style: none; margin: 0; padding: 0; }
li { break-inside: avoid; overflow-wrap: anywhere; }
kbd { display: inline-block; min-width: 2.2em; margin-right: .6em; border: 1px solid #777;
  border-radius: 3px; font: 600 13px ui-monospace, monospace; text-align: center; }
"""


def draw(project: dict[str, Any]) -> None:
    """Draw the codes of the active classes, the sheet as a file, and the way to shorter codes."""
    active = [row for row in project["classes"] if row["active"]]
    with st.expander("Codes: the keys of each class", icon=":material/keyboard:"):
        st.caption(
            "Hands can learn them: a code stays the same on every picture, and when classes come "
            "and go. A capital letter is typed with Shift."
        )
        rows = sorted(active, key=lambda row: row["code"] or "~")
        st.dataframe(
            {
                "Code": [row["code"] or "– only by search" for row in rows],
                "Class": [row["name"] for row in rows],
            },
            hide_index=True,
            height=tables.height(len(rows), most=360),
            width=420,
        )
        with st.container(horizontal=True):
            st.download_button(
                "Sheet to print",
                as_html(project["name"], rows),
                file_name="codes.html",
                mime="text/html",
                icon=":material/print:",
            )
            _number_anew(project["name"], len(active))


def as_html(project: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """A page of its own with the codes, to print.

    Args:
        project: the name of the project.
        rows: classes with ``code`` and ``name``.
    """
    lines = "\n".join(
        f"<li><kbd>{escape(row['code'] or '/')}</kbd>{escape(row['name'])}</li>" for row in rows
    )
    title = f"Codes of {escape(project)}"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style><h1>{title}</h1><ul>\n{lines}\n</ul></html>\n"
    )


def _number_anew(project: str, number: int) -> None:
    with st.popover("Number anew"):
        st.write(
            f"{count(number, 'class', 'classes')} may get other, shorter codes, and everybody has "
            "to learn them anew. Nothing that was decided changes."
        )
        if st.button("Give new codes", type="primary"):
            classes.renumber(session.workspace(), project)
            st.rerun()
