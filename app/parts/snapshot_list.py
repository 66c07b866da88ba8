"""The snapshots of a project as a table, newest first."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app.parts import tables
from app.parts.wording import count, plain, when
from labeling.quality.agreement import is_enough
from labeling.quality.wording import in_words

TALLEST = 420
UNKNOWN = "not known then"


def draw(found: Sequence[Mapping[str, Any]]) -> None:
    """Draw snapshots (``snapshots.listed``, newest first)."""
    rows = [_row(one) for one in found]
    if not any(row["Erased"] for row in rows):
        rows = [{key: row[key] for key in row if key != "Erased"} for row in rows]
    tables.draw(rows, TALLEST)


def draw_divided(newest: Mapping[str, Any]) -> None:
    """Tell where near-duplicates lie in several splits of a snapshot; nothing where none do."""
    groups = newest.get("divided_groups")
    if groups:
        st.caption(
            f":material/call_split: In {plain(newest['snapshot'])}, "
            f"{count(groups, 'group of near-duplicates lies', 'groups of near-duplicates lie')} "
            "in several splits: found after their pictures had been dealt. Another seed deals all "
            "anew."
        )


def _row(one: Mapping[str, Any]) -> dict[str, Any]:
    splits = one["splits"]
    return {
        "Snapshot": one["snapshot"],
        "Taken": when(one["created_at"]),
        "Signed off by": one["signed_off_by"],
        "Pictures": one["items"],
        "Train": splits["train"],
        "Validation": splits["validation"],
        "Test": splits["test"],
        "Erased": one["erased"],
        "Error of labels": _error(one["label_error"]),
        "Note": one.get("note", ""),
    }


def _error(share: Mapping[str, Any] | None) -> str:
    return in_words(share) if is_enough(share) else UNKNOWN
