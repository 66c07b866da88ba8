"""Charts of acceptances: what audits of several sizes are expected to allow."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from app.parts import charts

_COLOUR = "#5b8fd9"
_ROW = 30  # pixels


def options(rows: Sequence[Mapping[str, Any]], chosen: int | None = None) -> None:
    """Draw the share of the pictures that audits of several sizes are expected to allow.

    Args:
        rows: audit_n, share, low and high (0 to 1) of each size.
        chosen: the size that is marked with a word.
    """
    told = [
        {
            "audit": f"{row['audit_n']:,}",
            "share": row["share"],
            "low": row["low"],
            "high": row["high"],
            "words": f"{row['share']:.0%}" + ("  chosen" if row["audit_n"] == chosen else ""),
        }
        for row in rows
    ]
    share = alt.X(
        "share:Q",
        title="share of the pictures that wait (bar: 8 in 10 audits)",
        axis=alt.Axis(format=".0%"),
        scale=alt.Scale(domain=[0, 1]),
    )
    base = alt.Chart(pd.DataFrame(told)).encode(
        y=alt.Y("audit:N", sort=None, title="pictures in the audit"),
        tooltip=[
            alt.Tooltip("audit:N", title="pictures in the audit"),
            alt.Tooltip("share:Q", title="expected share", format=".0%"),
            alt.Tooltip("low:Q", title="9 in 10 audits: at least", format=".0%"),
            alt.Tooltip("high:Q", title="1 in 10 audits: more than", format=".0%"),
        ],
    )
    spread = base.mark_rule(color=_COLOUR, strokeWidth=3).encode(x="low:Q", x2="high:Q")
    point = base.mark_point(color=_COLOUR, filled=True, size=110, opacity=1).encode(x=share)
    words = base.mark_text(dy=-13).encode(x=share, text="words:N")
    charts.draw((spread + point + words).properties(height=alt.Step(_ROW + 8)))
