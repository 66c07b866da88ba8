"""Charts of learning: both curves, the candidates for the head, the reliability diagram.

Every series has a shape, a dash or a word beside its colour.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import altair as alt
import pandas as pd

from app.parts import charts

POLICY, CONTROL = "by policy", "in random order"
RAW, MAPPED = "raw scores", "calibrated"
_BLUE, _ORANGE, _GREY = "#4a86d8", "#d9822b", "#8a93a3"
_LEGEND = alt.Legend(title=None, orient="top", symbolSize=90, labelLimit=260)
_SHARE = alt.Axis(format=".0%")
_DASH = [6, 4]


def curves(found: Mapping[str, Any]) -> None:
    """Draw the learning curves of policy and random order with their intervals.

    Args:
        found: policy and control, each a list of points (labels, estimate, low, high, n).
    """
    rows = [
        {"order": order, **{key: point[key] for key in ("labels", "estimate", "low", "high", "n")}}
        for order, key in ((POLICY, "policy"), (CONTROL, "control"))
        for point in found[key]
    ]
    lowest = max(0.0, min(row["low"] for row in rows) - 0.02)
    scale = alt.Scale(domain=[lowest, 1], zero=False)
    base = alt.Chart(pd.DataFrame(rows)).encode(
        x=alt.X("labels:Q", title="labels", axis=alt.Axis(format=",d", tickMinStep=1))
    )
    accuracy = alt.Y("estimate:Q", title="right at blind audits", axis=_SHARE, scale=scale)
    layers = []
    for order, colour, dash in ((POLICY, _BLUE, [1, 0]), (CONTROL, _ORANGE, _DASH)):
        own = base.transform_filter(alt.datum.order == order)
        band = own.mark_area(color=colour, opacity=0.16)
        layers.append(band.encode(y=alt.Y("low:Q", scale=scale), y2="high:Q"))
        layers.append(own.mark_line(color=colour, strokeDash=dash).encode(y=accuracy))
    point = base.mark_point(filled=True, size=70, opacity=1).encode(
        y=accuracy,
        **_series("order", [POLICY, CONTROL], [_BLUE, _ORANGE]),
        tooltip=[
            "order:N",
            alt.Tooltip("labels:Q", format=",d"),
            alt.Tooltip("estimate:Q", title="right", format=".1%"),
            alt.Tooltip("low:Q", format=".1%"),
            alt.Tooltip("high:Q", format=".1%"),
            alt.Tooltip("n:Q", title="audits"),
        ],
    )
    _draw([*layers, point])


def candidates(rows: Sequence[Mapping[str, Any]], names: Mapping[str, str], chosen: str) -> None:
    """Draw the log-loss of each candidate for the head with its interval, the best first.

    Args:
        rows: name, log_loss, low, high and macro_f1 of each.
        names: how the kinds are called.
        chosen: the kind that is used.
    """
    ordered = sorted(rows, key=lambda row: row["log_loss"])
    told = [
        {
            "head": names.get(row["name"], row["name"]),
            "loss": row["log_loss"],
            "low": row["low"],
            "high": row["high"],
            "words": _candidate(row, chosen),
        }
        for row in ordered
    ]
    base = alt.Chart(pd.DataFrame(told)).encode(
        y=alt.Y("head:N", sort=None, title=None, axis=alt.Axis(labelLimit=300))
    )
    loss = alt.X("loss:Q", title="log-loss, nats (less is better)", scale=alt.Scale(zero=True))
    spread = base.mark_rule(color=_BLUE, strokeWidth=3).encode(x="low:Q", x2="high:Q")
    point = base.mark_point(color=_BLUE, filled=True, size=100, opacity=1).encode(x=loss)
    words = base.mark_text(dy=-12).encode(x=loss, text="words:N")
    charts.draw((spread + point + words).properties(height=alt.Step(38)))


def _candidate(row: Mapping[str, Any], chosen: str) -> str:
    """The figures of a candidate in words."""
    told = [f"{row['log_loss']:.3f}"]
    if row.get("macro_f1") is not None:
        told.append(f"macro F1 {row['macro_f1']:.2f}")
    return ", ".join(told) + ("  ✓ in use" if row["name"] == chosen else "")


def reliability(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> None:
    """Draw how often answers are right beside the score that they had, before and after.

    Args:
        before: bins of raw scores: n, score, right.
        after: bins of calibrated ones; empty where nothing is calibrated.
    """
    rows = [
        {"scores": name, "score": one["score"], "right": one["right"] / one["n"], "n": one["n"]}
        for name, bins in ((RAW, before), (MAPPED, after))
        for one in bins
    ]
    base = alt.Chart(pd.DataFrame(rows)).encode(
        x=alt.X("score:Q", title="mean score", axis=_SHARE, scale=alt.Scale(domain=[0, 1])),
        y=alt.Y("right:Q", title="right", axis=_SHARE, scale=alt.Scale(domain=[0, 1])),
    )
    perfect = alt.Chart(pd.DataFrame({"score": [0.0, 1.0], "right": [0.0, 1.0]}))
    layers = [perfect.mark_line(color=_GREY, strokeDash=[2, 3]).encode(x="score:Q", y="right:Q")]
    for name, colour, dash in ((RAW, _ORANGE, _DASH), (MAPPED, _BLUE, [1, 0])):
        own = base.transform_filter(alt.datum.scores == name)
        layers.append(own.mark_line(color=colour, strokeDash=dash, strokeWidth=1.5))
    shown = [RAW, MAPPED] if after else [RAW]
    point = base.mark_point(filled=True, opacity=1).encode(
        size=alt.Size("n:Q", legend=None, scale=alt.Scale(range=[40, 260])),
        **_series("scores", shown, [_ORANGE, _BLUE][: len(shown)]),
        tooltip=[
            "scores:N",
            alt.Tooltip("score:Q", format=".1%"),
            alt.Tooltip("right:Q", format=".1%"),
            alt.Tooltip("n:Q", title="answers"),
        ],
    )
    _draw([*layers, point])


def _series(field: str, names: Sequence[str], colours: Sequence[str]) -> dict[str, Any]:
    """Colour and shape of series, in one legend."""
    shapes = ["circle", "square"][: len(names)]
    return {
        "color": alt.Color(
            f"{field}:N", scale=alt.Scale(domain=names, range=colours), legend=_LEGEND
        ),
        "shape": alt.Shape(
            f"{field}:N", scale=alt.Scale(domain=names, range=shapes), legend=_LEGEND
        ),
    }


def _draw(layers: Sequence[alt.Chart]) -> None:
    charts.draw(cast(alt.LayerChart, alt.layer(*layers)).properties(height=300))
