"""Says so when the proposals on show are no longer what a new run would propose."""

from typing import Any

import streamlit as st

from app.parts import links
from app.parts.wording import count


def is_outdated(run: dict[str, Any]) -> bool:
    """Whether pre-labeling again would change anything (``overview.last_run``)."""
    return bool(run["changed"] or run["unproposed"])


def draw(run: dict[str, Any], link_for: str | None = None) -> None:
    """Draw what has changed since a run, if anything has.

    Args:
        run: as ``overview.last_run`` gives it.
        link_for: the project whose page Pre-label is linked to; None on that page itself.
    """
    if not is_outdated(run):
        return
    st.info(_words(run), icon=":material/update:")
    if link_for:
        links.link("prelabel", "Go to Pre-label", link_for)


def _words(run: dict[str, Any]) -> str:
    parts = []
    if run["changed"]:
        what = "another model" if run["changed"] == ["model"] else "other classes or prompts"
        changed = ", ".join(run["changed"])
        parts.append(f"The proposals were made with {what}: pre-label again. Changed: {changed}.")
    if run["unproposed"]:
        came = count(run["unproposed"], "picture")
        parts.append(f"{came} came later and have no proposal: pre-label again.")
    return " ".join(parts)
