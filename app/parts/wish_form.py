"""A wish to accept proposals without looking: error and risk, what they cost, drawing the audit."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app import session
from app.parts import acceptance_charts, attempt, empty, label_error
from app.parts.wording import count, when
from labeling.quality.wish import Scope
from labeling.workflows import accept, acceptance_plan, ingest

SCOPES = {
    Scope.ACCEPTED: "of what is accepted",
    Scope.DATASET: "of the whole dataset, people's labels counted as right",
}


def draw(project: Mapping[str, Any]) -> None:
    """Draw the form, and below it the cost of the wish that was asked about last."""
    key = f"wish-{project['id']}"
    wish = _form(project, key)
    asked = st.session_state.get(key)
    if wish is not None:
        asked = st.session_state[key] = wish
    if asked is None:
        return
    _cost(project, asked, f"{key}-cost")


def _form(project: Mapping[str, Any], key: str) -> dict[str, Any] | None:
    """Draw the form; the wish when it is sent, None otherwise."""
    batches = {one["id"]: one for one in ingest.batches(session.workspace(), project["name"])}
    with st.form(f"{key}-form", border=True):
        left, middle, right = st.columns([1, 1, 2])
        error = left.number_input(
            "Error, at most (%)", 0.1, 50.0, 2.0, 0.5, help="How many of 100 may be wrong."
        )
        risk = middle.number_input(
            "Risk (%)", 0.1, 50.0, 5.0, 1.0, help="In how many of 100 cases more may be wrong."
        )
        scope = right.radio("Error", list(SCOPES), format_func=SCOPES.__getitem__)
        several = project["mode"] == "multi"
        per_class = left.checkbox(
            "In each class",
            disabled=several,
            help="Each proposed class has to keep the error: its audit is as large again.",
        )
        chosen = right.multiselect(
            "Imports",
            list(batches),
            format_func=lambda one: _import(batches[one]),
            placeholder="All there are now",
        )
        if not st.form_submit_button("What does it cost?", type="primary"):
            return None
    return {
        "alpha": error / 100,
        "delta": risk / 100,
        "scope": scope,
        "per_class": per_class,
        "batches": chosen or None,
    }


def _cost(project: Mapping[str, Any], wish: Mapping[str, Any], key: str) -> None:
    with st.spinner("Playing audits through …"):
        told = acceptance_plan.plan(session.workspace(), project["name"], **wish)
    st.header(f"At most {wish['alpha']:.1%} wrong, risk {wish['delta']:.0%}")
    if not told["eligible"]:
        empty.nothing("Nothing waits that nobody has seen", "Import or pre-label more pictures.")
        return
    _figures(told)
    if not told["possible"]:
        empty.nothing(
            "Too few pictures for this error", "Wish for a larger error, or let people decide."
        )
        return
    _begin(project, wish, told, key)


def _figures(told: Mapping[str, Any]) -> None:
    left, middle, right = st.columns(3)
    left.metric(
        "Pictures that nobody has touched",
        f"{told['eligible']:,}",
        help=f"Of {told['items']:,} in the project. What people decided, skipped or are offered "
        "just now, audits of imports and what is like them stay with people.",
    )
    each = " in each class" if told["per_class"] else ""
    middle.metric(
        "Right decisions it takes",
        f"{told['error_free'] or '–'}",
        help=f"Within what is accepted{each}, while none is wrong. Each wrong one asks for more.",
    )
    with right:
        label_error.metric(told["human_error"])
    right.caption("The guarantee is relative to it: what people decide is taken as right.")


def _begin(
    project: Mapping[str, Any], wish: Mapping[str, Any], told: Mapping[str, Any], key: str
) -> None:
    sizes = {one["per_stratum"]: one for one in told["options"]}
    chart, choices = st.columns([3, 2], gap="large")
    with choices:
        usual = list(sizes).index(told["per_stratum"])
        size = st.selectbox(
            "Audit",
            list(sizes),
            index=usual,
            format_func=lambda one: _option(sizes[one]),
            key=f"{key}-size",
        )
        looks = st.number_input(
            "Looks", 1, acceptance_plan.MOST_LOOKS, 1, key=f"{key}-looks",
            help="More looks may allow to stop early; each spends a part of the risk.",
        )  # fmt: skip
        twice = st.checkbox(
            "Two people decide each",
            value=told["twice"],
            disabled=told["people"] < 2,
            key=f"{key}-twice",
            help="Needed where people err more often than is wished; a reviewer settles what they "
            "answer differently.",
        )
        share = st.slider(
            "Of what is accepted, people check (%)", 0, 20, 2, key=f"{key}-stream",
            help="Blind, one after another. If that contradicts the bound, all is taken back.",
        )  # fmt: skip
        chosen = sizes[size]
        st.button(
            f"Draw the audit: {count(chosen['audit_n'], 'picture')}",
            type="primary",
            on_click=attempt.make,
            args=(accept.begin, project["name"]),
            kwargs=dict(wish)
            | {"audit": size, "looks": looks, "twice": twice, "stream_share": share / 100},
        )
    with chart:
        acceptance_charts.options(told["options"], chosen["audit_n"])
        st.caption(
            "Expected by the scores alone, from 100 audits played through. A wrong expectation "
            "costs pictures, never the guarantee."
        )


def _option(one: Mapping[str, Any]) -> str:
    return f"{count(one['audit_n'], 'picture')}: about {one['share']:.0%} accepted"


def _import(batch: Mapping[str, Any]) -> str:
    return f"{when(batch['created_at'])}, {count(batch['imported'], 'picture')}"
