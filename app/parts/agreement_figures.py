"""How far people agree beyond chance, by pair and in all, and how reliable each of them is."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app.parts import tables
from app.parts.wording import count
from labeling.quality.wording import coefficient_in_words, in_words

TALLEST = 320


def draw(found: Mapping[str, Any]) -> None:
    """Draw the figures of ``agreement.of_project``; nothing before there are any."""
    if found["items"]:
        _agreement(found)
    if found["reliability"]:
        st.header("Reliability", help="By the others' answers to the same pictures, and by gold.")
        tables.draw([_person(row) for row in found["reliability"]], TALLEST)


def _agreement(found: Mapping[str, Any]) -> None:
    st.header("Agreement beyond chance", help=found["which"])
    left, middle, right = st.columns(3)
    with left:
        st.metric("Answered by several", f"{found['items']:,}")
        st.caption(f"{count(found['answers'], 'independent answer')}")
    with middle:
        _coefficient("Krippendorff's alpha", found["krippendorff"])
    with right:
        _coefficient("Fleiss' kappa", found["fleiss"])
    st.caption(
        "1: all agree; 0: as by chance. Independent looks only: nobody saw another's answer."
    )
    tables.draw([_pair(pair) for pair in found["pairs"]], TALLEST)


def _coefficient(title: str, found: Mapping[str, Any] | None) -> None:
    if found is None:
        st.metric(title, "not known yet", help="Only one answer was ever given.")
        return
    st.metric(title, f"{found['estimate']:.2f}", help=found["method"])
    if found["low"] is not None:
        items = count(found["n"], "picture")
        st.caption(f"{found['low']:.2f} to {found['high']:.2f}, {items}")


def _pair(pair: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "People": " and ".join(pair["people"]),
        "Pictures": pair["n"],
        "Cohen's kappa": coefficient_in_words(pair["cohen"]),
    }


def _person(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        "Person": row["person"],
        "Right by consensus": in_words(row["consensus"]),
        "Right at gold": in_words(row["gold"]),
    }
