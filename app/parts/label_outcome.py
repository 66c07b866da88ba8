"""What became of the labels that came with an import."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app.parts import tables
from app.parts.wording import count
from labeling.workflows.label_rows import unknown_in_words


def draw(imports: Sequence[dict[str, Any]]) -> None:
    """Draw how many labels the newest import kept, and which it left out with the reason.

    Args:
        imports: its jobs, newest first.
    """
    labels = ((imports[0]["result"] or {}) if imports else {}).get("labels")
    if not labels:
        return
    kept = f"Labels of the last import ({labels['format']}): {labels['attached']:,} kept"
    unknown = labels["unknown_labels"]
    if not labels["refused"] and not unknown:
        st.caption(f"{kept}.")
        return
    title = f"{kept}, {labels['refused']:,} left out"
    if unknown:
        title += f", {count(len(unknown), 'label is', 'labels are')} no class"
    with st.expander(title, expanded=True):
        for line in unknown_in_words(unknown):
            st.text(line)
        rows = [
            {"Row": row["where"], "Picture": row["image"], "Left out because": row["why"]}
            for row in labels["first_refused"]
        ]
        if rows:
            st.dataframe(
                rows,
                hide_index=True,
                height=tables.height(len(rows), most=320),
                column_config={"Left out because": st.column_config.TextColumn(width="large")},
            )
        if labels["refused"] > len(rows):
            st.caption(f"The first {len(rows):,} are shown.")
