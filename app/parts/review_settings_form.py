"""The form that sets how a project is reviewed."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app import session
from app.parts import errors
from labeling.workflows import projects

DIGITS = {"rank": "proposals, by rank", "code": "classes, by code"}
CONSENSUS = {
    "auto": "whichever was better where reviewers settled",
    "people": "people alone (Dawid-Skene)",
    "crowdlab": "people and the head (CROWDLAB)",
}
AUDIT = (
    "Of each import, drawn at random before anybody saw it and decided with the proposal hidden."
)
OVERLAP = "Of decided items; they go to somebody else, who does not see the first answer."
PROBE = "Of confirmed items; somebody else sees a proposal that is known to be wrong."
RECHECK = "Of items on which two people agreed: both may be wrong alike. Blind, to a reviewer."
GOLD = (
    "For so many of a person's decisions a picture that a lead has marked comes to them, blind. "
    "Mark verified pictures on the page of a picture."
)
SAMPLE = "Of verified items, drawn for a reviewer."
CONTROL = "Of the queue, in a random order: what the learning is measured against."
TARGET = "Of the whole dataset: the page says when work can stop."
CONFIDENT = "Of each class, the surest proposals: the single view shows them last."

ALIKE = (
    "Cosine from which pictures look alike to the model. Such pictures are never torn apart by "
    "splits. Holds from the next pre-labeling on; 1: never."
)
STACKS = (
    "One decision can then serve all of a stack for which the same is proposed, once it was opened "
    "with D; until then only the picture that is shown is decided. Never for blind audits."
)

GENERATE = (
    "Where classes have few labels, vectors that a generative model draws from their texts may "
    "teach a head. It competes with all other heads, is used only where it beats them, and page "
    "Quality says what it does to macro F1. Takes minutes of CPU at each choice of a head; "
    "Gaussians, which are always tried, take none."
)


def draw(project: Mapping[str, Any]) -> None:
    """Draw the form with what is set; saved at once when its button is pressed."""
    now = project["review"]
    with st.form("review-settings", border=False):
        left, right = st.columns(2, gap="large")
        with left:
            st.subheader("Checks")
            given = _checks(now)
        with right:
            st.subheader("At the keyboard")
            given |= _keyboard(now)
            st.subheader("Where answers differ")
            given |= _consensus(now)
            st.subheader("Rare classes")
            given |= _rare(now)
        if st.form_submit_button("Save", type="primary"):
            with errors.shown():
                projects.configure(session.workspace(), project["name"], review=given)
                st.toast("Saved. Shares hold for what comes from now on.")


def _checks(now: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "audit_share": _share("Blind audit", now["audit_share"], 100, AUDIT),
        "overlap_share": _share("Blind second looks", now["overlap_share"], 100, OVERLAP),
        "overlap_people": st.number_input(
            "People who decide such an item", 2, 10, now["overlap_people"]
        ),
        "recheck_share": _share("Of these, to a reviewer", now["recheck_share"], 100, RECHECK),
        "probe_share": _share("Wrong on purpose", now["probe_share"], 20, PROBE),
        "gold_share": _share("Gold", now["gold_share"], 50, GOLD),
        "sample_share": _share("Second look", now["sample_share"], 100, SAMPLE),
        "control_share": _share("Random control", now["control_share"], 100, CONTROL),
        "confident_share": _share("Left for the grid", now["confident_share"], 100, CONFIDENT),
        "target_accuracy": _share("Target accuracy", now["target_accuracy"], 100, TARGET, 50),
        "alike_threshold": st.number_input(
            "Looks alike from", 0.8, 1.0, float(now["alike_threshold"]), 0.005, "%.3f", help=ALIKE
        ),
        "alike_stacks": st.checkbox(
            "Stack in the grid what looks alike", now["alike_stacks"], help=STACKS
        ),
    }


def _keyboard(now: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "digits": _choice("Digits choose", DIGITS, now["digits"]),
        "shortest_seconds": st.number_input(
            "Shortest viewing time in seconds",
            0.0,
            30.0,
            float(now["shortest_seconds"]),
            0.1,
            help="Enter pressed sooner does not count. 0: no limit.",
        ),
        "rest_minutes": st.number_input(
            "Remind of a rest after minutes of work", 0, 480, now["rest_minutes"], 5
        ),
    }


def _consensus(now: Mapping[str, Any]) -> dict[str, Any]:
    text = "A proposal on the page Second look, never the label by itself."
    return {"consensus": _choice("They are weighed by", CONSENSUS, now["consensus"], text)}


def _rare(now: Mapping[str, Any]) -> dict[str, Any]:
    told = st.checkbox("Try a generative model of vectors", now["generate_rare"], help=GENERATE)
    return {"generate_rare": told}


def _choice(label: str, words: Mapping[str, str], value: str, text: str | None = None) -> str:
    """Draw the choice of one of ``words``, by what each stands for."""
    options = list(words)
    return st.radio(label, options, options.index(value), format_func=words.__getitem__, help=text)


def _share(label: str, value: float, most: int, text: str, least: int = 0) -> float:
    percent = st.number_input(f"{label}, %", float(least), float(most), 100 * value, 0.5, help=text)
    return round(percent / 100, 4)
