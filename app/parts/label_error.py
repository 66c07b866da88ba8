"""The error of verified labels, which every count of verified pictures has to be read with."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app import session
from app.parts.wording import plain
from labeling.quality.agreement import LEAST_LOOKS, is_enough
from labeling.quality.wording import error_in_words
from labeling.workflows import label_error

TITLE = "Error of verified labels"
HOW = "How often verified labels are wrong, by blind second looks, with its 95 % interval."


def draw(project: str, says_more: str = "") -> None:
    """Draw the error of a project's verified labels in one line, and how it was obtained.

    Args:
        project: its name.
        says_more: a sentence about the figures beside it.
    """
    told = label_error.told(session.workspace(), project)
    line = f"{TITLE}: **{told['words']}**, by blind second looks. {says_more}"
    st.caption(line, help=_sentence(told["method"]))


def cell(project: str) -> None:
    """Draw the error of a project's verified labels in a narrow column, over its interval."""
    share = label_error.share(session.workspace(), project)
    figure, below = "unknown", f"{share['n'] if share else 0} of {LEAST_LOOKS} looks"
    if is_enough(share):
        figure, below = f"{share['estimate']:.1%}", f"{share['low']:.1%} to {share['high']:.1%}"
    st.caption(f"{figure}  \n{below}")


def metric(share: Mapping[str, Any] | None) -> None:
    """Draw the error (``agreement.error_of_labels``) as a figure, its interval and n below it."""
    if not is_enough(share):
        st.metric(TITLE, "unknown")
        st.caption(f"{error_in_words(share).removeprefix('unknown ').capitalize()}.")
        return
    st.metric(TITLE, f"{share['estimate']:.1%}", help=_sentence(share["method"]))
    again = share["rechecked"]
    by_reviewers = f", {again:,} of them by a reviewer as well" if again else ""
    looks = f"{share['n']:,} items looked at again, blind{by_reviewers}"
    st.caption(f"{share['low']:.1%} to {share['high']:.1%}, {looks}.")


def _sentence(text: str) -> str:
    return plain(f"{text[:1].upper()}{text[1:]}") + "."
