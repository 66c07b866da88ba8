"""Charts of a project: what is proposed and verified, and how sure the model is."""

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd
import streamlit as st

PROPOSED, VERIFIED = "proposed, not looked at", "verified"
_INK = {"light": "#4b5462", "dark": "#b9c1cd"}
_COLOURS = ["#7aa7e8", "#2f9e6b"]
_ROW_HEIGHT = 22
_MOST_CLASSES = 20


def by_class(counts: Mapping[str, Mapping[str, int]]) -> None:
    """Draw how many pictures are proposed and verified per class, the largest classes first.

    Args:
        counts: class name → {"proposed", "verified"}.
    """
    order = sorted(counts, key=lambda name: -sum(counts[name].values()))
    rows = [
        {"class": name, "state": state, "pictures": counts[name][key]}
        for name in order[:_MOST_CLASSES]
        for state, key in ((PROPOSED, "proposed"), (VERIFIED, "verified"))
    ]
    chart = (
        alt.Chart(pd.DataFrame(rows))
        .mark_bar(height=_ROW_HEIGHT - 8)
        .encode(
            x=alt.X("pictures:Q", title="pictures", axis=alt.Axis(format=",d", tickMinStep=1)),
            y=alt.Y("class:N", sort=order, title=None, axis=alt.Axis(labelLimit=220)),
            color=alt.Color(
                "state:N",
                scale=alt.Scale(domain=[PROPOSED, VERIFIED], range=_COLOURS),
                legend=alt.Legend(title=None, orient="top", labelLimit=260),
            ),
            tooltip=["class:N", "state:N", alt.Tooltip("pictures:Q", format=",d")],
        )
        .properties(height=alt.Step(_ROW_HEIGHT))
    )
    draw(chart)
    if len(order) > _MOST_CLASSES:
        st.caption(f"The {_MOST_CLASSES} largest of {len(order):,} classes.")


def histogram(counts: Sequence[int], title: str) -> None:
    """Draw how many pictures fall into each equal part of 0 to 1."""
    width = 1 / len(counts)
    rows = [
        {"from": n * width, "to": (n + 1) * width, "pictures": count}
        for n, count in enumerate(counts)
    ]
    chart = (
        alt.Chart(pd.DataFrame(rows))
        .mark_bar(color=_COLOURS[0], binSpacing=1)
        .encode(
            x=alt.X("from:Q", bin="binned", title=title, scale=alt.Scale(domain=[0, 1])),
            x2="to:Q",
            y=alt.Y("pictures:Q", title="pictures", axis=alt.Axis(format=",d", tickMinStep=1)),
            tooltip=[
                alt.Tooltip("from:Q", format=".2f"),
                alt.Tooltip("to:Q", format=".2f"),
                alt.Tooltip("pictures:Q", format=",d"),
            ],
        )
        .properties(height=170)
    )
    draw(chart)


def draw(chart: alt.Chart | alt.LayerChart) -> None:
    """Draw a chart in the colours of the page."""
    st.altair_chart(_inked(chart))


def theme() -> str:
    """Whether the page is "light" or "dark"."""
    return "dark" if st.context.theme.type == "dark" else "light"


def _inked(chart: alt.Chart | alt.LayerChart) -> alt.Chart | alt.LayerChart:
    """Give axes, legend and words a colour that is dark (or light) enough to read."""
    ink = _INK[theme()]
    axes = chart.configure_axis(labelColor=ink, titleColor=ink)
    return axes.configure_legend(labelColor=ink).configure_text(color=ink, fontSize=12)
