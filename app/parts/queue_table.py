"""The first pictures of the queue, with the reason why each comes now."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app.parts import empty

_CONFIG = {
    "Picture": st.column_config.ImageColumn(width="small"),
    "Why now": st.column_config.TextColumn(width="medium"),
    "Proposals": st.column_config.TextColumn(width=260),
}
_ROW_HEIGHT = 56


def draw(entries: Sequence[dict[str, Any]]) -> None:
    """Draw entries of the queue (``projects.ranked_queue``)."""
    if not entries:
        empty.nothing("The queue is empty", "Everything that has a proposal is decided.")
        return
    rows = [
        {
            "Picture": f"/media/thumb/{entry['sha256']}",
            "Why now": entry["reason"],
            "Proposals": proposals_line(entry["proposals"]),
            "File": short_path(entry["image"]),
        }
        for entry in entries
    ]
    st.dataframe(
        rows,
        hide_index=True,
        row_height=_ROW_HEIGHT,
        height=_ROW_HEIGHT * len(rows) + 38,
        column_config=_CONFIG,
    )


def proposals_line(proposals: Sequence[dict[str, Any]]) -> str:
    """Return the best three proposals with their scores: "cat 0.51, dog 0.48"."""
    return ", ".join(f"{one['label']} {one['score']:.2f}" for one in proposals[:3])


def short_path(path: str) -> str:
    """Return the last two parts of a path: "…/2026-11/img_0001.jpg"."""
    parts = path.split("/")
    return path if len(parts) <= 2 else "/".join(["…", *parts[-2:]])
