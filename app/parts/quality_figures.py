"""Figures of quality: proposals, people's labels, wrong proposals noticed; each with its n."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app.parts import empty, tables
from app.parts.wording import count

TALLEST = 420


def draw(found: Mapping[str, Any]) -> None:
    """Draw the figures of ``figures.of_project``."""
    left, middle, right = st.columns(3)
    with left:
        figure("Proposals right", found["proposals"], "blind audit decisions")
    with middle:
        figure("Error of verified labels", found["human_error"], "items looked at again, blind")
    with right:
        figure("Wrong proposals noticed", found["probes"], "proposals that were wrong on purpose")
    people = found["people"]
    st.header("People")
    if not people:
        empty.nothing(
            "Nothing to compare yet",
            "It takes two people: a share of what one decides goes blind to another.",
        )
        return
    frame = pd.DataFrame([_row(person) for person in people])
    st.dataframe(frame, hide_index=True, height=tables.height(len(frame), TALLEST))


def figure(title: str, share: Mapping[str, Any] | None, of_what: str) -> None:
    """Draw a share with its interval, n and method; says so where nothing was counted."""
    if share is None:
        st.metric(title, "not known yet", help=f"There are no {of_what} yet.")
        return
    st.metric(title, f"{share['estimate']:.1%}", help=share["method"])
    st.caption(f"{share['low']:.1%} to {share['high']:.1%}, {share['n']:,} {of_what}")


def in_words(share: Mapping[str, Any] | None) -> str:
    """Return "97 % (92 to 99 %) of 120", empty where nothing was counted."""
    if share is None:
        return ""
    low, high = share["low"], share["high"]
    return f"{share['estimate']:.0%} ({low:.0%} to {high:.0%}) of {share['n']:,}"


def own(found: Mapping[str, Any]) -> None:
    """Draw a person's own figures (``figures.of_person``)."""
    left, right = st.columns(2)
    with left:
        figure("Your answers agree with a colleague's", found["agreement"], "items seen by both")
    with right:
        figure("Wrong proposals that you noticed", found["probes"], "shown to you on purpose")


def _row(person: Mapping[str, Any]) -> dict[str, Sequence[str] | str]:
    agreement = person["agreement"]
    return {
        "Person": person["person"],
        "Agrees with others": in_words(agreement) or count(0, "item"),
        "Wrong proposals noticed": in_words(person["probes"]),
    }
