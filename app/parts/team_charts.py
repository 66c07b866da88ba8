"""Charts of a team: decisions by hour, speed by person and day, seconds by class, agreement.

Every series has a shape or a word beside its colour.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from app.parts import charts

MOST_CLASSES = 20
_COLOUR = "#5b8fd9"
_ROW = 26  # pixels
_PERSON = alt.Legend(title=None, orient="top", symbolSize=90)
_WHOLE = alt.Axis(format=",d", tickMinStep=1)


def by_hour(rows: Sequence[Mapping[str, Any]]) -> None:
    """Draw decisions by hour and person (``health.of_project``: by_hour)."""
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
            y=alt.Y("decisions:Q", title="decisions", axis=_WHOLE),
            color=alt.Color("person:N", legend=_PERSON),
            tooltip=["person:N", "hour:T", alt.Tooltip("decisions:Q", format=",d")],
        )
        .properties(height=220)
    )
    charts.draw(chart)


def by_day(sheet: Sequence[Mapping[str, Any]]) -> bool:
    """Draw labels an hour by person and day (``health.of_project``: timesheet).

    Returns:
        Whether there was anything to draw: a day on which somebody worked long enough.
    """
    rows = [row for row in sheet if row["labels_per_hour"] is not None]
    if not rows:
        return False
    chart = (
        alt.Chart(pd.DataFrame(rows))
        .mark_point(filled=True, size=90, opacity=1)
        .encode(
            x=alt.X("day:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            xOffset="person:N",
            y=alt.Y("labels_per_hour:Q", title="labels an hour", axis=_WHOLE),
            color=alt.Color("person:N", legend=_PERSON),
            shape=alt.Shape("person:N", legend=_PERSON),
            tooltip=[
                "person:N",
                "day:O",
                alt.Tooltip("labels_per_hour:Q", title="labels an hour", format=",.0f"),
                alt.Tooltip("active_minutes:Q", title="active minutes", format=",.0f"),
            ],
        )
        .properties(height=220)
    )
    charts.draw(chart)
    return True


def seconds_by_class(rows: Sequence[Mapping[str, Any]]) -> None:
    """Draw median seconds of a decision (``health.of_project``: by_class), slowest first."""
    told = [{**row, "said": f"{row['median_seconds']:.1f} s, n {row['n']:,}"} for row in rows]
    base = alt.Chart(pd.DataFrame(told[:MOST_CLASSES])).encode(
        x=alt.X("median_seconds:Q", title="median seconds", scale=alt.Scale(zero=True)),
        y=alt.Y("class:N", sort=None, title=None, axis=alt.Axis(labelLimit=160)),
        tooltip=["class:N", alt.Tooltip("median_seconds:Q", format=".1f"), "n:Q"],
    )
    bars = base.mark_bar(height=_ROW - 10, color=_COLOUR)
    words = base.mark_text(align="left", dx=5).encode(text="said:N")
    charts.draw((bars + words).properties(height=alt.Step(_ROW)))


def agreement(people: Sequence[Mapping[str, Any]]) -> bool:
    """Draw how often each person's answer was the other's, with its interval.

    Args:
        people: ``figures.of_project``: people.

    Returns:
        Whether there was anything to draw: somebody whose answers were compared.
    """
    rows = [
        {"person": one["person"], **one["agreement"], "said": _said(one["agreement"])}
        for one in people
        if one["agreement"] is not None
    ]
    if not rows:
        return False
    base = alt.Chart(pd.DataFrame(rows)).encode(
        y=alt.Y("person:N", title=None, axis=alt.Axis(labelLimit=160)),
        tooltip=["person:N", alt.Tooltip("said:N", title="agrees")],
    )
    share = alt.Scale(domain=[0, 1])
    axis = alt.Axis(format="%")
    interval = base.mark_rule(strokeWidth=3, color=_COLOUR).encode(
        x=alt.X("low:Q", title="agrees with others, and its 95 % interval", scale=share, axis=axis),
        x2="high:Q",
    )
    point = base.mark_point(filled=True, size=90, color=_COLOUR).encode(x="estimate:Q")
    words = base.mark_text(dy=-11, align="right").encode(x="estimate:Q", text="said:N")
    charts.draw((interval + point + words).properties(height=alt.Step(2 * _ROW)))
    return True


def _said(share: Mapping[str, Any]) -> str:
    return f"{share['estimate']:.0%}, n {share['n']:,}"
