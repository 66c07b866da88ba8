"""Imports that look different from those before them, and what that means."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app.parts import tables
from app.parts.wording import count, plain, tail, when
from labeling.workflows.drift import FEWEST

TALLEST = 320


def draw(found: Mapping[str, Any] | None) -> None:
    """Draw what ``drift.of_project`` found; nothing where there is one import only."""
    if found is None or not (found["imports"] or found["few"]["imports"]):
        return
    st.header("Imports")
    _few(found["few"])
    if not found["imports"]:
        return
    different = [row for row in found["imports"] if row["different"]]
    warnings(found)
    if not different:
        st.caption("No import looks different from those before it.")
    tables.draw([_row(row) for row in found["imports"]], TALLEST)
    st.caption(
        plain(f"{found['method'][:1].upper()}{found['method'][1:]}")
        + ". Effect: 0 is one distribution, 1 nothing in common."
    )


def warnings(found: Mapping[str, Any] | None) -> None:
    """Draw a notice for each import that looks different from those before it."""
    for row in found["imports"] if found else ():
        if row["different"]:
            _warning(row)


def _few(few: Mapping[str, int]) -> None:
    if few["imports"]:
        what = f"{count(few['imports'], 'import')} of {count(few['pictures'], 'picture')} in all"
        st.caption(
            f"{what} could not be compared: fewer than {FEWEST} pictures each. No audit but their "
            "own tells how right they are."
        )


def _warning(row: Mapping[str, Any]) -> None:
    name = plain(f"{when(row['created_at'])}, {_source(row['sources'])}")
    audits = row["audits"]
    if row["covered"]:
        st.info(
            f"**The import of {name} looks different from those before it.** Its own audit of "
            f"{count(audits['drawn'], 'picture')} is answered and counts above. What was accepted "
            "before it came does not cover it.",
            icon=":material/compare:",
        )
        return
    own = (
        f"Of its own audit {audits['answered']:,} of {count(audits['drawn'], 'picture')} are "
        "answered: answer the rest before you rely on it."
        if audits["drawn"]
        else "It has no audit of its own: accepting from it draws one."
    )
    st.warning(
        f"**The import of {name} looks different from those before it.** Neither the audits of "
        f"earlier imports nor what was accepted from them cover its "
        f"{count(row['items'], 'picture')}. {own} Look whether they need other classes.",
        icon=":material/warning:",
    )


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    audits = row["audits"]
    return {
        "Import": when(row["created_at"]),
        "From": _source(row["sources"]),
        "Pictures": row["items"],
        "Looks": "different" if row["different"] else "alike",
        "Embeddings: effect": f"{row['embedding']['effect']:.3f}",
        "p": _p(row["embedding"]),
        "Margins: effect": f"{row['margin']['effect']:.3f}",
        "p ": _p(row["margin"]),
        "Audits answered": f"{audits['answered']:,} of {audits['drawn']:,}",
    }


def _source(sources: Sequence[str]) -> str:
    more = f" and {len(sources) - 1:,} more" if len(sources) > 1 else ""
    return f"{tail(sources[0])}{more}" if sources else "unknown"


def _p(view: Mapping[str, Any]) -> str:
    return f"{view['corrected']:.4f}"
