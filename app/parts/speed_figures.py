"""Speed of a project: what is left, when and how fast people decided, progress by class."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app.cells import harmless
from app.parts import decision_words, empty, label_error, tables, team_charts
from app.parts.wording import count, duration
from labeling.quality.pace import LEAST_MINUTES
from labeling.workflows.grid_question import NONE

TALLEST = 420
ALONE = "Viewing time of pictures that were decided one at a time."
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
    "median_seconds": "Median seconds",
}
PROGRESS = {"class": "Class", "verified": "Verified", "proposed": "Proposed"}
PACE = {"class": "Class", "median_seconds": "Median seconds", "n": "Decisions"}


def draw(found: Mapping[str, Any], project: str) -> None:
    """Draw the figures of ``health.of_project``."""
    _summary(found)
    if not found["timesheet"]:
        empty.nothing("No decisions in this period", "They show up here as people decide.")
    else:
        _charts(found)
        _table("Time sheet", found["timesheet"], TIME_SHEET, f"{project}-time-sheet.csv")
        st.caption(
            "Active minutes are the gaps between decisions; gaps over two minutes count as pauses. "
            f"Less than {LEAST_MINUTES:.0f} active minutes tell no speed."
        )
    left, right = st.columns(2, gap="large")
    with left:
        _table("Progress by class", found["progress"], PROGRESS, f"{project}-progress.csv")
        label_error.draw(project)
    with right:
        _table("Seconds by class", found["by_class"], PACE, f"{project}-seconds.csv")
        st.caption(ALONE)


def _charts(found: Mapping[str, Any]) -> None:
    sheet, by_class = found["timesheet"], found["by_class"]
    idle = f"Nobody has worked {LEAST_MINUTES:.0f} minutes on a day yet."
    alone = "Nothing was decided in the single view yet."
    _beside(
        ("Decisions by hour", lambda: team_charts.by_hour(found["by_hour"]), "", ""),
        (
            "Labels an hour by person and day",
            lambda: team_charts.by_day(sheet, "labels_per_hour", "labels an hour", ",.0f"),
            "",
            idle,
        ),
    )
    _beside(
        (
            "Seconds a decision by person and day",
            lambda: team_charts.by_day(sheet, "median_seconds", "median seconds", ".1f"),
            ALONE,
            alone,
        ),
        (
            "Agreement by person and day",
            lambda: team_charts.by_day(found["agreement"], "estimate", "agrees with others", ".0%"),
            "Blind second looks, with the 95 % interval; few of them tell little.",
            "No picture was looked at blind by a second person in this period.",
        ),
    )
    _beside(
        ("Seconds a decision by class", lambda: team_charts.seconds_by_class(by_class), "", alone),
        (
            "Work left by day",
            lambda: team_charts.left_by_day(found["left"]),
            "Hours of one person at the median pace of everybody up to that day.",
            idle,
        ),
    )


def _beside(*charts: tuple[str, Callable[[], bool], str, str]) -> None:
    """Draw charts side by side: title, what draws it, what is said below it or in its place."""
    for column, (title, draw_chart, below, instead) in zip(
        st.columns(len(charts), gap="large"), charts, strict=True
    ):
        with column:
            st.header(title)
            words = below if draw_chart() else instead
            if words:
                st.caption(words)


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


def _table(
    title: str, rows: Sequence[Mapping[str, Any]], names: Mapping[str, str], file: str
) -> None:
    if not rows:
        st.header(title)
        st.caption(f"{count(0, 'row')} yet.")
        return
    frame = pd.DataFrame(rows)[list(names)].replace({"class": {NONE: decision_words.NONE}})
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"
    ):
        st.header(title)
        sheet = pd.DataFrame(map(harmless, rows))[list(names)].to_csv(index=False)
        st.download_button("Download CSV", sheet, file, "text/csv", key=file)
    height = tables.height(len(frame), TALLEST)
    st.dataframe(frame.rename(columns=names), hide_index=True, height=height, placeholder="–")
