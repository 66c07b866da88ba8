"""What changed from one snapshot to another: by class, and the pictures themselves."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app import session
from app.parts import decision_words, empty, picture_board, tables
from app.parts.wording import count, plain
from labeling.workflows import snapshot_changes
from labeling.workflows.grid_question import NONE
from labeling.workflows.snapshot_changes import ADDED, CHANGED, REMOVED

TALLEST = 420
TITLES = {ADDED: "Added", REMOVED: "Removed", CHANGED: "Labelled otherwise"}
COLUMNS = {
    "class": "Class",
    "before": "Before",
    "after": "After",
    "added": "Added",
    "removed": "Removed",
    "to": "Changed to it",
    "from": "Changed from it",
}


def draw(project: Mapping[str, Any], names: Sequence[str]) -> None:
    """Draw the choice of two snapshots (``names``, newest first) and what is between them."""
    if len(names) < 2:
        empty.nothing("There is only one snapshot", "Take a second one to see what changed.")
        return
    left, right = st.columns(2)
    first = left.selectbox("From", names, index=1, key=f"snapshot-from-{project['id']}")
    second = right.selectbox("To", names, index=0, key=f"snapshot-to-{project['id']}")
    found = snapshot_changes.show(session.workspace(), project["name"], first, second)
    if found["erased"]:
        st.caption(f"{count(found['erased'], 'picture')} erased since: counted, not shown.")
    for line in _about_all(found):
        st.caption(line)
    if not any(found["counts"].values()):
        st.markdown("The same pictures with the same labels.")
        return
    rows = pd.DataFrame(found["by_class"]).rename(columns=COLUMNS)
    rows["Class"] = rows["Class"].replace(NONE, decision_words.NONE)
    tables.draw(rows, TALLEST)
    for kind, title in TITLES.items():
        if found["counts"][kind]:
            _pictures(project["name"], title, found["counts"][kind], found["pictures"][kind])


def _about_all(found: Mapping[str, Any]) -> list[str]:
    """What changed besides labels: names of classes, and splits."""
    lines = [
        f"Renamed: the class {plain(before)} to {plain(after)}."
        for before, after in found["renamed"]
    ]
    moved = ", ".join(
        f"{number:,} from {before} to {after}"
        for (before, after), number in sorted(found["moved"].items())
    )
    return [*lines, f"In another split: {moved}."] if moved else lines


def _pictures(project: str, title: str, total: int, rows: Sequence[Mapping[str, Any]]) -> None:
    st.subheader(f"{title}: {count(total, 'picture')}")
    if len(rows) < total:
        st.caption(f"{len(rows):,} of them are shown.")
    st.html(picture_board.html([_told(row) for row in rows], project))


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    old, new = [
        None if end is None else decision_words.labels(end) for end in (row["before"], row["after"])
    ]
    words = [new or old or ""] if old is None or new is None else [new, f"was {old}"]
    return dict(row) | {"words": words, "alt": f"{row['source']}: {words[0]}"}
