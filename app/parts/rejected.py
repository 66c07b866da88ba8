"""The files that an import refused, each with its reason."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import streamlit as st

from app import session
from app.cells import harmless
from app.parts import tables
from app.parts.wording import count, when
from labeling.errors import RejectReason
from labeling.workflows import ingest

REASONS = {
    RejectReason.TRUNCATED: "cut off",
    RejectReason.NOT_A_PICTURE: "not a picture",
    RejectReason.TOO_LARGE: "file too large",
    RejectReason.DECOMPRESSION_BOMB: "too many pixels",
    RejectReason.UNSAFE_PATH: "path leaves the archive",
    RejectReason.UNREADABLE: "can't be read",
    RejectReason.ENCRYPTED_ARCHIVE: "needs a password",
    RejectReason.MISSING: "not found",
    RejectReason.UNSUPPORTED: "format not supported",
    RejectReason.EMPTY: "empty file",
    RejectReason.ERASED: "was erased",
}
FIELDS = ("path", "reason", "detail")


def draw(batches: Sequence[dict[str, Any]]) -> None:
    """Draw the refused files of one import, chosen among those that refused any."""
    refusing = {batch["id"]: batch for batch in batches if batch["rejected"]}
    if not refusing:
        return
    with st.expander(
        f"Rejected files ({sum(batch['rejected'] for batch in refusing.values()):,})", expanded=True
    ):
        chosen = next(iter(refusing))
        if len(refusing) > 1:
            chosen = st.selectbox(
                "Import", list(refusing), format_func=lambda batch: _title(refusing[batch])
            )
        rows = ingest.rejected_files(session.workspace(), chosen)
        st.dataframe(
            [
                {
                    "File": row["path"],
                    "Reason": REASONS[RejectReason(row["reason"])],
                    "Detail": row["detail"],
                }
                for row in rows
            ],
            hide_index=True,
            height=tables.height(len(rows), most=320),
        )
        st.download_button(
            "Download as CSV",
            as_csv(rows),
            file_name=f"rejected-{chosen[-8:]}.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
        )


def as_csv(rows: Sequence[dict[str, str]]) -> str:
    """Return path, reason and detail of refused files as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(map(harmless, rows))
    return text.getvalue()


def _title(batch: dict[str, Any]) -> str:
    return f"{when(batch['created_at'])}: {count(batch['rejected'], 'file')} rejected"
