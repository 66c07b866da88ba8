"""Charts of a team: decisions by hour, speed by person and day, seconds by class, agreement.

Every series has a shape or a word beside its colour.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from app.parts import charts, decision_words
from labeling.workflows.grid_question import NONE

MOST_CLASSES = 20
_COLOUR = "#5b8fd9"
_ROW = 26  # pixels
_TALL = 220
_PERSON = alt.Legend(title=None, orient="top", symbolSize=90)
_WHOLE = alt.Axis(format=",d", tickMinStep=1)


def by_hour(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Draw decisions by hour and person (``health.of_project``: by_hour).

    Returns:
        Whether there was anything to draw.
    """
    if not rows:
        return False
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
        .properties(height=_TALL)
    )
    charts.draw(chart)
    return True


def by_day(rows: Sequence[Mapping[str, Any]], column: str, title: str, form: str) -> bool:
    """Draw one figure by person and day, with its interval where the rows bear ``low``, ``high``.

    Args:
        rows: day, person and the figure, such as ``health.of_project``: timesheet, agreement.
        column: the figure; rows where it is None are left out.
        title: what it is, beside the axis.
        form: how it is written (d3-format).

    Returns:
        Whether there was anything to draw.
    """
    known = [row for row in rows if row[column] is not None]
    if not known:
        return False
    y = alt.Y(
        f"{column}:Q",
        title=title,
        axis=alt.Axis(format=form),
        scale=alt.Scale(zero=True, nice=True),
    )
    more = [one for one in ("n", "active_minutes") if one in known[0]]
    base = alt.Chart(pd.DataFrame(known)).encode(
        x=alt.X("day:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
        xOffset="person:N",
        color=alt.Color("person:N", legend=_PERSON),
        tooltip=[
            "person:N",
            "day:O",
            alt.Tooltip(f"{column}:Q", title=title, format=form),
            *(alt.Tooltip(f"{one}:Q", title=one.replace("_", " "), format=",.0f") for one in more),
        ],
    )
    shape = alt.Shape("person:N", legend=_PERSON)
    chart: alt.Chart | alt.LayerChart = base.mark_point(filled=True, size=90, opacity=1).encode(
        y=y, shape=shape
    )
    if "low" in known[0]:
        chart = (
            base.mark_rule(strokeWidth=2).encode(y=alt.Y("low:Q", title=title), y2="high:Q") + chart
        )
    charts.draw(chart.properties(height=_TALL))
    return True


def left_by_day(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Draw the hours of work left at the end of each day (``health.of_project``: left).

    Returns:
        Whether there was anything to draw: a day up to which a pace is known.
    """
    known = [
        {**row, "said": f"{row['waiting']:,} left"} for row in rows if row["hours_left"] is not None
    ]
    if not known:
        return False
    base = alt.Chart(pd.DataFrame(known)).encode(
        x=alt.X("day:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
        y=alt.Y("hours_left:Q", title="hours left", scale=alt.Scale(zero=True, nice=True)),
        tooltip=[
            "day:O",
            alt.Tooltip("hours_left:Q", title="hours left", format=",.1f"),
            alt.Tooltip("waiting:Q", title="pictures left", format=",d"),
        ],
    )
    line = base.mark_line(color=_COLOUR, point=alt.OverlayMarkDef(size=70, filled=True))
    words = base.mark_text(dy=-12).encode(text="said:N")
    charts.draw((line + words).properties(height=_TALL))
    return True


def seconds_by_class(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Draw median seconds of a decision (``health.of_project``: by_class), slowest first.

    Returns:
        Whether there was anything to draw.
    """
    if not rows:
        return False
    told = [
        {
            **row,
            "class": decision_words.NONE if row["class"] == NONE else row["class"],
            "said": f"{row['median_seconds']:.1f} s, n {row['n']:,}",
        }
        for row in rows
    ]
    base = alt.Chart(pd.DataFrame(told[:MOST_CLASSES])).encode(
        x=alt.X("median_seconds:Q", title="median seconds", scale=alt.Scale(zero=True)),
        y=alt.Y("class:N", sort=None, title=None, axis=alt.Axis(labelLimit=160)),
        tooltip=["class:N", alt.Tooltip("median_seconds:Q", format=".1f"), "n:Q"],
    )
    bars = base.mark_bar(height=_ROW - 10, color=_COLOUR)
    words = base.mark_text(align="left", dx=5).encode(text="said:N")
    charts.draw((bars + words).properties(height=alt.Step(_ROW)))
    return True


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
