"""An acceptance on its way: how far its audit is, what it allows, accepting or ending it."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app import session
from app.parts import acceptance_charts, acceptance_list, attempt, label_error, links, tables
from app.parts.wording import count
from labeling.quality.wording import bound_in_words
from labeling.workflows import accept, acceptance_told

TALLEST = 420
OPEN = {
    "waiting": "wait for an answer",
    "second": "wait for a second person",
    "differing": "wait for a reviewer: the answers differ",
    "skipped": "were skipped",
}


def draw(project: Mapping[str, Any], acceptance_id: str) -> None:
    """Draw an acceptance whose audit people decide."""
    told = acceptance_told.show(session.workspace(), project["name"], acceptance_id)
    st.header(title(told))
    audit = told["audit"]
    if audit is None:
        st.caption("The frame is being frozen and the audit drawn.")
        return
    _progress(project["name"], told)
    if told["outcome"]:
        _outcome(project, told)
    with st.expander("End this audit", expanded=False):
        _end(project["name"], told)


def title(told: Mapping[str, Any]) -> str:
    """What an acceptance was wished for, in one line."""
    each = " in each class" if told["per_class"] else ""
    whole = " of the dataset" if told["scope"] == "dataset" else ""
    return f"At most {told['alpha']:.1%}{whole} wrong{each}, risk {told['delta']:.0%}"


def parts(rows: list[Mapping[str, Any]]) -> None:
    """Draw what was found for all pictures, or for each class."""
    shown = [
        {
            "Class": "none of these" if row["none"] else row["class"] or "all",
            "Frame": row["frame"],
            "Audited": row["audited"],
            "Wrong": row["wrong"],
            "May be wrong": "–" if row["limit"] is None else str(row["limit"]),
            "From score": "–" if row["threshold"] is None else f"{row['threshold']:.3f}",
            "Accepted": row["accepted"],
            "By the tests wrong at most": bound_in_words(row["bound"]),
        }
        for row in rows
    ]
    tables.draw(shown, TALLEST)


def by_class(found: Mapping[str, Any] | None) -> None:
    """Draw the errors by class of a multi-label acceptance; nothing of others."""
    if found is None or not found["classes"]:
        return
    st.caption(
        "By class, beside the bound of whole sets of labels. Nobody wished for these: they tell, "
        "and hold with a risk of their own.",
        help=found["method"],
    )
    shown = [
        {
            "Class": row["class"],
            "Proposed, accepted": row["given"]["accepted"],
            "Given wrongly in the audit": _of(row["given"]),
            "Given wrongly at most": bound_in_words(row["given"]["bound"]),
            "Missed in the audit": _of(row["missed"]),
            "Missed at most": bound_in_words(row["missed"]["bound"]),
        }
        for row in found["classes"]
    ]
    tables.draw(shown, TALLEST)


def _of(side: Mapping[str, Any]) -> str:
    return f"{side['wrong']:,} of {side['audited']:,}"


def _progress(project: str, told: Mapping[str, Any]) -> None:
    audit, drawn = told["audit"], told["audit_n"]
    st.progress(
        audit["decided"] / drawn,
        text=f"{audit['decided']:,} of {count(drawn, 'picture')} of the audit decided",
    )
    waiting = [f"{audit[key]:,} {words}" for key, words in OPEN.items() if audit[key]]
    looks = ", ".join(f"{one:,}" for one in told["looks"])
    planned = f" Looks at {looks}." if len(told["looks"]) > 1 else ""
    twice = "Two people decide each" if told["twice"] else "One person decides each"
    st.caption(
        f"{'; '.join(waiting) + '. ' if waiting else ''}Drawn from a frozen frame of "
        f"{count(told['frame_size'], 'picture')}, decided blind before all other work. {twice}."
        f"{planned}"
    )
    if waiting:
        with st.container(horizontal=True):
            links.link("review", "Go to Review", project)
            if audit["differing"]:
                links.link("second-look", "Go to Second look", project)


def _outcome(project: Mapping[str, Any], told: Mapping[str, Any]) -> None:
    outcome = told["outcome"]
    left, middle, right, human = st.columns(4)
    left.metric("May be accepted", f"{outcome['acceptable']:,}")
    left.caption(f"{outcome['share']:.0%} of the frame")
    bound = bound_in_words(outcome["bound"])
    middle.metric("Wrong at most", bound, help=outcome["method"])
    middle.caption(f"with a risk of {told['delta']:.0%}")
    right.metric("Wrong in the audit", f"{outcome['wrong']:,} of {outcome['audit_n']:,}")
    right.caption("undecided ones among the wrong")
    with human:
        label_error.metric(told["human_error"])
    human.caption("All is relative to it: what people decide is taken as right.")
    if outcome["waiting"]:
        st.warning(
            f"{count(outcome['waiting'], 'picture')} would have passed, but people have decided so "
            "many of the right ones meanwhile that the wrong ones weigh more in what is left.",
            icon=":material/warning:",
        )
    if not outcome["acceptable"]:
        st.info(
            "This audit allows nothing to be accepted. End it, and begin another with a larger "
            "audit or a larger error. What people decided in it stays verified.",
            icon=":material/info:",
        )
    else:
        label = f"Accept {count(outcome['acceptable'], 'picture')}"
        st.button(
            label,
            type="primary",
            on_click=attempt.make,
            args=(accept.accept, project["name"], told["id"]),
        )
        st.caption(
            "They become accepted by a rule, not verified: exports leave them out unless asked, "
            "and one click takes all of them back."
        )
    parts(outcome["parts"])
    by_class(told["by_class"])
    if told["larger"]:
        with st.expander("What a larger audit would allow"):
            acceptance_charts.options(told["larger"])
    if outcome["acceptable"]:
        acceptance_list.draw(project, told["id"], "Show the pictures that may be accepted")


def _end(project: str, told: Mapping[str, Any]) -> None:
    left = sum(told["audit"][key] for key in OPEN)
    with st.container(horizontal=True):
        st.button(
            f"Accept what it allows, {left:,} undecided counted as wrong",
            disabled=not left,
            on_click=attempt.make,
            args=(accept.accept, project, told["id"]),
            kwargs={"close": True},
        )
        st.button(
            "Accept nothing", on_click=attempt.make, args=(accept.refuse, project, told["id"])
        )
