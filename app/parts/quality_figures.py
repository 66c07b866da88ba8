"""Figures of quality: proposals, people's labels, wrong proposals noticed; each with its n."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app.parts import empty, label_error, tables, team_charts
from labeling.quality.wording import in_words

TALLEST = 420


def draw(found: Mapping[str, Any]) -> None:
    """Draw the figures of ``figures.of_project``."""
    left, middle, right = st.columns(3)
    with left:
        _figure("Proposals right", found["proposals"], "blind audit decisions")
    with middle:
        label_error.metric(found["human_error"])
    with right:
        _figure("Wrong proposals noticed", found["probes"], "proposals that were wrong on purpose")
    people = found["people"]
    st.header("People")
    if not people:
        empty.nothing(
            "Nothing to compare yet",
            "It takes two people: a share of what one decides goes blind to another.",
        )
        return
    team_charts.agreement(people)
    tables.draw([_row(person) for person in people], TALLEST)


def _figure(title: str, share: Mapping[str, Any] | None, of_what: str) -> None:
    if share is None:
        st.metric(title, "not known yet", help=f"There are no {of_what} yet.")
        return
    st.metric(title, f"{share['estimate']:.1%}", help=share["method"])
    st.caption(f"{share['low']:.1%} to {share['high']:.1%}, {share['n']:,} {of_what}.")


def _row(person: Mapping[str, Any]) -> dict[str, str]:
    return {
        "Person": person["person"],
        "Agrees with others": in_words(person["agreement"]),
        "Wrong proposals noticed": in_words(person["probes"]),
    }
