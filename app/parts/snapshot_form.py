"""Taking a snapshot: its name, what it holds, how it is split, and who stands for it."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app import session
from app.parts import errors
from app.parts.wording import STATE_NAMES, count
from labeling.splits import SPLITS
from labeling.workflows import snapshot_jobs
from labeling.workflows.projects import VERIFIED
from labeling.workflows.snapshot_splits import DEFAULT_SHARES
from labeling.workflows.snapshots import NOTE_LENGTH, Order

WHOLE = 100


def draw(project: Mapping[str, Any], found: Sequence[Mapping[str, Any]]) -> None:
    """Draw the form, open where there is no snapshot yet.

    Args:
        project: as ``projects.show`` gives it.
        found: its snapshots, newest first: shares and seed of the newest are offered.
    """
    newest = found[0] if found else {}
    with st.expander("New snapshot", expanded=not found, icon=":material/add:"):
        left, right = st.columns(2, gap="large")
        with left:
            name = st.text_input(
                "Name", key="snapshot-name", max_chars=200, placeholder="v1", autocomplete="off"
            )
            note = st.text_area("Note (optional)", key="snapshot-note", max_chars=NOTE_LENGTH)
            states = _states(project["by_state"])
            named = st.checkbox(
                "Name the annotators",
                key="snapshot-names",
                help="Else each has a pseudonym that differs by project.",
            )
        with right:
            shares = _shares(newest.get("shares", DEFAULT_SHARES))
            seed = _seed(newest.get("seed"))
        leaving = sum(project["by_state"].get(state, 0) for state in states)
        order = Order(name.strip(), shares, seed, named, tuple(states), note)
        ready = bool(name.strip() and leaving and shares)
        label = f"Sign off {count(leaving, 'picture')}" if leaving else "Sign off"
        if st.button(label, type="primary", disabled=not ready, key="snapshot-create"):
            with errors.shown():
                snapshot_jobs.create(session.workspace(), session.user_id(), project["name"], order)
                st.rerun()
        if not leaving:
            st.caption("Nothing is verified in these states yet: a snapshot holds what people did.")


def _states(by_state: Mapping[str, int]) -> list[str]:
    st.markdown(":small[What it holds]")
    with st.container(gap="xxsmall"):
        return [
            state.value
            for state in VERIFIED
            if st.checkbox(
                f"{STATE_NAMES[state]} ({by_state.get(state, 0):,})",
                value=True,
                key=f"snapshot-state-{state}",
            )
        ]


def _shares(before: Mapping[str, float]) -> dict[str, float] | None:
    """Draw the shares of the splits in percent; None where they are no whole."""
    st.markdown(":small[Splits, in percent]")
    given = {
        split: column.number_input(
            split.capitalize(),
            min_value=0,
            max_value=WHOLE,
            value=round(before.get(split, 0) * WHOLE),
            key=f"snapshot-share-{split}",
        )
        for split, column in zip(SPLITS, st.columns(len(SPLITS)), strict=True)
    }
    total = sum(given.values())
    if total != WHOLE:
        st.caption(f":orange[The splits are {total} % together; they have to be 100 %.]")
        return None
    st.caption(
        "Dealt by seed within each label, near-duplicates together. Pictures of earlier "
        "snapshots keep their split."
    )
    return {split: share / WHOLE for split, share in given.items()}


def _seed(before: int | None) -> int | None:
    """Draw the seed of the splits; None: that of the newest snapshot, or a new one."""
    usual = "a new one" if before is None else f"{before}, that of the newest snapshot"
    return st.number_input(
        "Seed (optional)",
        min_value=0,
        value=None,
        step=1,
        key="snapshot-seed",
        placeholder=usual,
        help="Another seed than before deals all pictures anew.",
    )
