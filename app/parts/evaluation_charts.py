"""Charts of an evaluation: confusion matrix, figures by class with intervals, k-occurrence."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import altair as alt
import numpy as np
import pandas as pd

from app.parts import charts

MOST_CLASSES = 20
MOST_BARS = 30
MOST_BINS = 15
_CELL = 30  # pixels
_NONE = "none_of_these"
_RIGHT = {"light": "#8fb8f0", "dark": "#2f66ad"}
_WRONG = {"light": "#f2b27a", "dark": "#a05f1a"}
_INK = {"light": "#18202b", "dark": "#f2f5f9"}
_BLUE, _GREY = "#4a86d8", "#8a93a3"


def confusions(
    names: Sequence[str], counts: Sequence[Sequence[int]]
) -> list[tuple[str, str, int, float]]:
    """Return (true, proposed, pictures, share of the true ones), the most frequent first."""
    table = np.array(counts)
    wrong = table * ~np.eye(len(names), dtype=bool)
    rows, columns = np.nonzero(wrong)
    order = np.argsort(-wrong[rows, columns], kind="stable")
    return [
        (
            _word(names[row]),
            _word(names[column]),
            int(table[row, column]),
            float(table[row, column] / table[row].sum()),
        )
        for row, column in zip(rows[order], columns[order], strict=True)
    ]


def confusion(names: Sequence[str], counts: Sequence[Sequence[int]]) -> int:
    """Draw the matrix, truth in rows; of many classes those that are confused most.

    Returns:
        how many answers are drawn.
    """
    table = np.array(counts)
    kept = _kept(table)
    told = [_word(names[n]) for n in kept]
    total = np.maximum(table.sum(axis=1), 1)
    cells = [
        {
            "true": _word(names[row]),
            "proposed": _word(names[column]),
            "pictures": int(table[row, column]),
            "share": float(table[row, column] / total[row]),
            "right": bool(row == column),
        }
        for row in kept
        for column in kept
        if table[row, column]
    ]
    theme = charts.theme()
    base = alt.Chart(pd.DataFrame(cells)).encode(
        x=alt.X(
            "proposed:N",
            sort=told,
            title="proposed",
            scale=alt.Scale(domain=told),
            axis=alt.Axis(orient="top", labelAngle=-45, labelLimit=140),
        ),
        y=alt.Y(
            "true:N",
            sort=told,
            title="true",
            scale=alt.Scale(domain=told),
            axis=alt.Axis(labelLimit=140),
        ),
        tooltip=[
            "true:N",
            "proposed:N",
            alt.Tooltip("pictures:Q", format=",d"),
            alt.Tooltip("share:Q", title="of the true ones", format=".1%"),
        ],
    )
    colour = alt.condition(alt.datum.right, alt.value(_RIGHT[theme]), alt.value(_WRONG[theme]))
    opacity = alt.Opacity("share:Q", scale=alt.Scale(domain=[0, 1], range=[0.25, 1]), legend=None)
    squares = base.mark_rect(cornerRadius=2).encode(color=colour, opacity=opacity)
    words = base.mark_text(color=_INK[theme]).encode(text=alt.Text("pictures:Q", format=",d"))
    charts.draw((squares + words).properties(height=alt.Step(_CELL)))
    return len(kept)


def by_class(per_class: Mapping[str, Mapping[str, Any]], key: str, title: str) -> int:
    """Draw a figure of each class that holds anywhere, with its interval, the lowest first.

    Args:
        per_class: of ``evaluate.against``.
        key: precision, recall or f1.
        title: how the figure is called.

    Returns:
        how many classes are drawn.
    """
    rows = [
        {"class": name, "value": found[key], "pictures": found["support"]} | found["intervals"][key]
        for name, found in per_class.items()
        if found["support"]
    ]
    rows = sorted(rows, key=lambda row: row["value"])[:MOST_BARS]
    if not rows:
        return 0
    base = alt.Chart(pd.DataFrame(rows)).encode(
        y=alt.Y("class:N", sort=None, title=None, axis=alt.Axis(labelLimit=220)),
        tooltip=[
            "class:N",
            alt.Tooltip("value:Q", title=title, format=".3f"),
            alt.Tooltip("low:Q", format=".3f"),
            alt.Tooltip("high:Q", format=".3f"),
            alt.Tooltip("pictures:Q", format=",d"),
        ],
    )
    axis = alt.Axis(tickCount=10, format=".1f")
    value = alt.X("value:Q", title=title, axis=axis, scale=alt.Scale(domain=[0, 1]))
    bars = base.mark_bar(color=_BLUE, opacity=0.55, height=14).encode(x=value)
    spread = base.mark_rule(color=_GREY, strokeWidth=2).encode(x="low:Q", x2="high:Q")
    ends = [
        base.mark_tick(color=_GREY, thickness=2, size=9).encode(x=f"{end}:Q")
        for end in ("low", "high")
    ]
    layers = cast(alt.LayerChart, alt.layer(bars, spread, *ends))
    charts.draw(layers.properties(height=alt.Step(24)))
    return len(rows)


def occurrences(counts: Mapping[str, int]) -> None:
    """Draw how many classes are the best answer for how many pictures; dashed: all alike."""
    frame = pd.DataFrame({"pictures": list(counts.values())})
    bars = (
        alt.Chart(frame)
        .mark_bar(color=_BLUE, binSpacing=1)
        .encode(
            x=alt.X(
                "pictures:Q",
                bin=alt.Bin(maxbins=MOST_BINS, minstep=1),
                title="pictures whose best answer is the class",
                axis=alt.Axis(format=",d"),
            ),
            y=alt.Y("count():Q", title="classes", axis=alt.Axis(format=",d", tickMinStep=1)),
            tooltip=[
                alt.Tooltip("pictures:Q", bin=alt.Bin(maxbins=MOST_BINS, minstep=1)),
                alt.Tooltip("count():Q", title="classes"),
            ],
        )
    )
    alike = alt.Chart(pd.DataFrame({"pictures": [frame["pictures"].mean()]}))
    line = alike.mark_rule(color=_GREY, strokeDash=[6, 4], strokeWidth=2).encode(x="pictures:Q")
    charts.draw((bars + line).properties(height=220))


def _kept(table: np.ndarray) -> list[int]:
    """Positions of the answers that are drawn, in their order; none of these only if it occurs."""
    used = table.sum(axis=0) + table.sum(axis=1)
    answers = [n for n in range(len(table)) if n < len(table) - 1 or used[n]]
    if len(answers) <= MOST_CLASSES:
        return answers
    wrong = table * ~np.eye(len(table), dtype=bool)
    confused = wrong.sum(axis=0) + wrong.sum(axis=1)
    return sorted(answers, key=lambda n: -confused[n])[:MOST_CLASSES]


def _word(name: str) -> str:
    return "none of these" if name == _NONE else name
