"""An acceptance that is over: what it accepted, on what grounds, its stream, taking it back."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app.parts import acceptance_list, acceptance_progress, attempt
from app.parts.wording import count, plain, when
from labeling.workflows import accept

STATES = {
    "accepted": ":green[:material/check:] accepted",
    "refused": ":gray[:material/block:] nothing accepted",
    "withdrawn": ":orange[:material/undo:] taken back",
}


def draw(project: Mapping[str, Any], told: Mapping[str, Any]) -> None:
    """Draw an acceptance that is over, as ``acceptance_told.all_of`` tells it."""
    with st.container(border=True):
        text, action = st.columns([5, 1], vertical_alignment="top")
        with text, st.container(gap="xxsmall"):
            st.markdown(f"**{acceptance_progress.title(told)}** · {STATES[told['state']]}")
            st.caption(_what(told))
            if told["stream"] and told["stream"]["size"]:
                st.caption(_stream(told["stream"]))
        if told["state"] == "accepted":
            action.button(
                "Take back",
                key=f"withdraw-{told['id']}",
                width="stretch",
                on_click=attempt.make,
                args=(accept.withdraw, project["name"], told["id"]),
            )
        if told["why"] and told["state"] == "withdrawn":
            st.warning(plain(told["why"]), icon=":material/warning:")
        if told["method"]:
            with st.expander("On what grounds"):
                st.caption(plain(f"{told['method']}. Seed of the draw {told['seed']}."))
                acceptance_progress.parts(told["parts"])
                acceptance_progress.by_class(told["by_class"])
        if told["accepted"]:
            acceptance_list.draw(project, told["id"], "Show the accepted pictures")


def _what(told: Mapping[str, Any]) -> str:
    by = f"by {plain(told['by'])}, {when(told['withdrawn_at'] or told['created_at'])}"
    drawn = f"{count(told['audit_n'], 'picture')} drawn of {told['frame_size']:,}"
    if told["state"] != "accepted":
        return f"{drawn}; {by}."
    decided = told["accepted"] - told["standing"]
    since = f" {decided:,} of them decided by people since." if decided else ""
    return (
        f"{count(told['accepted'], 'picture')}, at most {told['upper_bound']:.2%} of them wrong; "
        f"{drawn}; {by}.{since}"
    )


def _stream(stream: Mapping[str, Any]) -> str:
    return (
        f"Check by people: {stream['answered']:,} of {stream['size']:,} answered, "
        f"{stream['wrong']:,} wrong; evidence against the bound {stream['evidence']:.1f} "
        "(20 contradicts it)."
    )
