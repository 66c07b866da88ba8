"""Speed of a project: what is left, decisions by hour, the time sheet, seconds by class."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from app.cells import harmless
from app.parts import charts, empty, tables
from app.parts.wording import count, duration

TALLEST = 420
TIME_SHEET = {
    "day": "Day (UTC)",
    "person": "Person",
    "active_minutes": "Active minutes",
    "decisions": "Decisions",
    "labels": "Labels",
    "corrected": "Corrected",
    "skipped": "Skipped",
    "undone": "Undone",
    "in_grid": "In the grid",
    "labels_per_hour": "Labels an hour",
}
PROGRESS = {"class": "Class", "verified": "Verified", "proposed": "Proposed"}
PACE = {"class": "Class", "median_seconds": "Median seconds", "n": "Decisions"}


def draw(found: Mapping[str, Any], project: str) -> None:
    """Draw the figures of ``health.of_project``."""
    _summary(found)
    if not found["timesheet"]:
        empty.nothing("No decisions in this period", "They show up here as people decide.")
    else:
        _by_hour(found["by_hour"])
        _table("Time sheet", found["timesheet"], TIME_SHEET, f"{project}-time-sheet.csv")
        st.caption(
            "Active minutes are the gaps between decisions; gaps over two minutes count as pauses."
        )
    left, right = st.columns(2, gap="large")
    with left:
        _table("Progress by class", found["progress"], PROGRESS, f"{project}-progress.csv")
    with right:
        _table("Seconds by class", found["by_class"], PACE, f"{project}-seconds.csv")
        st.caption("Viewing time of pictures that were decided one at a time.")


def _summary(found: Mapping[str, Any]) -> None:
    left, middle, right = st.columns(3)
    labels = sum(row["labels"] for row in found["timesheet"])
    minutes = sum(row["active_minutes"] for row in found["timesheet"])
    left.metric("Labels given", f"{labels:,}", help=f"In {duration(minutes * 60)} of active work.")
    middle.metric("Waiting", f"{found['remaining']:,}")
    hours = found["hours_left"]
    right.metric(
        "Work left",
        duration(hours * 3600) if hours is not None else "not known yet",
        help="Of one person, at the median pace of everybody's days in this period.",
    )


def _by_hour(rows: Sequence[Mapping[str, Any]]) -> None:
    st.header("Decisions by hour")
    chart = (
        alt.Chart(pd.DataFrame(rows))
        .mark_bar()
        .encode(
            x=alt.X(
                "hour:T",
                title=None,
                timeUnit="yearmonthdatehours",
                axis=alt.Axis(format="%d %b %H:%M", labelOverlap=True),
            ),
            y=alt.Y("decisions:Q", title="decisions", axis=alt.Axis(format=",d", tickMinStep=1)),
            color=alt.Color("person:N", legend=alt.Legend(title=None, orient="top")),
            tooltip=["person:N", "hour:T", alt.Tooltip("decisions:Q", format=",d")],
        )
        .properties(height=220)
    )
    charts.draw(chart)


def _table(
    title: str, rows: Sequence[Mapping[str, Any]], names: Mapping[str, str], file: str
) -> None:
    if not rows:
        st.header(title)
        st.caption(f"{count(0, 'row')} yet.")
        return
    frame = pd.DataFrame(rows)[list(names)]
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"
    ):
        st.header(title)
        sheet = pd.DataFrame(map(harmless, rows))[list(names)].to_csv(index=False)
        st.download_button("Download CSV", sheet, file, "text/csv", key=file)
    height = tables.height(len(frame), TALLEST)
    st.dataframe(frame.rename(columns=names), hide_index=True, height=height)
