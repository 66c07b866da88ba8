"""What a project has learned: how right it is, what more would add, curves, head, calibration."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app.parts import empty, learning_charts, tables
from app.parts.wording import count, plain, when

TALLEST = 520
HEADS = {
    "zero_shot": "zero-shot: texts alone",
    "calibrated": "zero-shot, temperature and bias fitted",
    "linear": "logistic regression, shrunk to the texts",
    "transductive": "LDA, unlabelled pictures, votes of near ones",
    "lda": "class means, shrunk to the texts (LDA)",
    "tip_adapter": "Tip-Adapter cache",
    "probe": "supervised: linear probe, no texts",
    "joined": "LDA, unlabelled pictures, further features",
    "synthesis": "with invented examples of rare classes",
    "generated": "with generated examples of rare classes",
}


def head_name(kind: str) -> str:
    """How a kind of head is called; a probe on a further model names it."""
    _, _, model = kind.partition(":")
    return f"supervised: linear probe on {model}" if model else HEADS.get(kind, kind)


def outlook(found: Mapping[str, Any]) -> None:
    """Draw how right the dataset is if work stops now, whether to stop, and what more would add."""
    st.header("If work stopped now")
    stop = found["stop"]
    if stop is None:
        empty.nothing(
            "Not known yet",
            "It takes blind audit decisions, and a first refit of the head.",
        )
        return
    left, middle, right = st.columns(3)
    accuracy = stop["accuracy"]
    left.metric("Dataset right", f"{accuracy['estimate']:.1%}", help=accuracy["method"])
    left.caption(_interval(accuracy))
    gain = stop["gain"]
    if gain:
        middle.metric(
            f"Points that {gain['decisions']} more decisions add",
            f"{100 * gain['estimate']:z.1f}",
            help=gain["method"],
        )
        middle.caption(f"{100 * gain['low']:z.1f} to {100 * gain['high']:z.1f} points")
    else:
        middle.metric("Points that 100 more decisions add", "not known yet")
        middle.caption("Three refits and their audits tell.")
    signal = stop["signal"]
    right.metric(f"Goal: {stop['target']:.1%} right", _word(signal))
    if signal:
        right.caption(
            f"At {count(signal['decisions'], 'decision')}: {_interval(signal['accuracy'])}. "
            "Says stop where the low end reaches the goal; looks are planned beforehand."
        )
    else:
        right.caption("The first planned look has not come yet.")
    _unknown(stop.get("strata", []))


def curves(found: Mapping[str, Any]) -> None:
    """Draw both learning curves and what the policy saved."""
    st.header("Learning curves")
    both = found["curves"]
    if not both["policy"] and not both["control"]:
        empty.nothing(
            "No points yet",
            f"{count(found['audits'], 'blind audit decision')} so far; both curves are scored on "
            "them after each refit.",
        )
        return
    chart, words = st.columns([3, 1], gap="large")
    with chart:
        learning_charts.curves(both)
    with words:
        _saved(found["saved"])
    st.caption(
        f"{_sentence(both['method'])} Random order: {count(found['control']['labels'], 'label')}."
    )


def head(found: Mapping[str, Any]) -> None:
    """Draw which head is in use, and its figures beside those of the other candidates."""
    st.header("Head")
    now = found["head"]
    if now is None:
        empty.nothing(
            "Zero-shot: nothing is learned yet",
            f"{count(found['waiting'], 'label')} so far. After twenty a head is fitted.",
        )
        return
    names = {one["name"]: head_name(one["name"]) for one in now["candidates"]}
    shown = "" if now["shown"] else " Zero-shot's proposals are shown."
    st.caption(
        f"**{plain(head_name(now['kind']))}**, from {count(now['labels'], 'label')}, "
        f"{when(now['created_at'])}; {count(found['waiting'], 'label')} since.{shown}"
    )
    if now["candidates"]:
        learning_charts.candidates(now["candidates"], names, now["kind"])
        _synthesis(now["candidates"])
    earlier = now["chosen_at"] < now["labels"]
    chosen = f" Chosen at {count(now['chosen_at'], 'label')}." if earlier else ""
    st.caption(_sentence(now["method"]) + chosen)


def _synthesis(rows: Sequence[Mapping[str, Any]]) -> None:
    """Say what examples that were invented for rare classes do to macro F1."""
    scores = {row["name"]: row.get("macro_f1") for row in rows}
    without, invented = scores.get("linear"), scores.get("synthesis")
    if without is None or invented is None:
        return
    generated = scores.get("generated")
    drawn = "" if generated is None else f", {generated:.2f} with those of a generative model"
    st.caption(
        f"Invented examples of rare classes: macro F1 {invented:.2f} with them{drawn}, "
        f"{without:.2f} without, in logistic regression on the same labels."
    )


def calibration(found: Mapping[str, Any]) -> None:
    """Draw the reliability diagram, and the errors of the scores before and after."""
    st.header("Calibration")
    measured = found["reliability"]
    if not measured or not measured["n"]:
        empty.nothing("Not measured yet", "It takes labels that came in random order (control).")
        return
    used = found["calibration"]
    chart, words = st.columns([3, 2], gap="large")
    with chart:
        after = measured["after"]["reliability"] if used else []
        learning_charts.reliability(measured["before"]["reliability"], after)
    with words:
        method = used["method"] if used else "raw scores"
        st.caption(f"In use: **{plain(method)}**, {count(measured['n'], 'label')}.")
        sides = {"raw": "before"} | ({str(method): "after"} if used else {})
        rows = {
            name: [_number(measured[side][key]) for side in sides.values()]
            for key, name in (("ece", "ECE"), ("brier", "Brier"), ("log_loss", "Log-loss"))
        }
        frame = pd.DataFrame(rows, index=list(sides)).T
        st.dataframe(frame.reset_index(names="Figure"), hide_index=True)
        st.caption(_sentence(measured["choice"]))


def by_class(found: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], method: str) -> None:
    """Draw the figures of each class (``class_quality.of_project``)."""
    st.header("By class")
    frame = pd.DataFrame([_class(row, bool(found["calibration"])) for row in rows])
    st.dataframe(
        frame,
        hide_index=True,
        height=tables.height(len(frame), TALLEST),
        column_config={"Class": st.column_config.TextColumn(width="medium")},
    )
    st.caption(_sentence(method))


def _unknown(strata: Sequence[Mapping[str, Any]]) -> None:
    """Say of how many pictures no blind audit says anything."""
    silent = [one for one in strata if not one["audits"] and one["undecided"]]
    if not silent:
        return
    undecided = sum(one["undecided"] for one in silent)
    imports = count(sum(one["imports"] for one in silent), "import")
    st.warning(
        f"**Nothing is known of {count(undecided, 'undecided picture')} of {imports}.** No blind "
        "audit of theirs is answered, and those of other imports say nothing of them: between none "
        "and all of them may be right, which the interval counts in.",
        icon=":material/help:",
    )


def _saved(saved: Mapping[str, Any] | None) -> None:
    found = saved["decisions"] if saved else None
    if saved is None or found is None:
        st.metric("Decisions saved", "unknown")
        st.caption("Both orders need labels, and audits that score them.")
        return
    st.metric("Decisions saved", f"{found['estimate']:,.0f}", help=found["method"])
    st.caption(
        f"{found['low']:,.0f} to {found['high']:,.0f}, to reach {found['accuracy']:.1%}: "
        f"{found['policy_labels']:,.0f} by policy, {found['control_labels']:,.0f} in random order."
    )
    if found["more_than"]:
        st.caption("The policy is further by now than random order ever came.")
    at = saved["difference"]
    st.metric(
        f"Ahead at {at['labels']:,} labels",
        f"{100 * at['estimate']:+.1f}",
        help=at["method"],
    )
    st.caption(f"{100 * at['low']:+.1f} to {100 * at['high']:+.1f}, p {at['p_value']:.2f}")


def _class(row: Mapping[str, Any], calibrated: bool) -> dict[str, Any]:
    told = {
        "Class": row["class"],
        "Verified": row["verified"],
        "Proposed, right": _share(row["audit"]),
        "Audits": row["audit"]["n"] if row["audit"] else 0,
        "ECE raw": _of(row, "ece", 0),
        "Brier raw": _of(row, "brier", 0),
    }
    if calibrated:
        told |= {"ECE calibrated": _of(row, "ece", 1), "Brier calibrated": _of(row, "brier", 1)}
    return told


def _sentence(text: str) -> str:
    """A method as a sentence."""
    return plain(f"{text[:1].upper()}{text[1:]}") + "."


def _word(signal: Mapping[str, Any] | None) -> str:
    if signal is None:
        return "go on"
    return "stop: reached" if signal["stop"] else "go on"


def _interval(share: Mapping[str, Any]) -> str:
    return f"{share['low']:.1%} to {share['high']:.1%}, {count(share['n'], 'audit item')}"


def _share(share: Mapping[str, Any] | None) -> str:
    if share is None:
        return "–"
    return f"{share['estimate']:.0%} ({share['low']:.0%} to {share['high']:.0%})"


def _of(row: Mapping[str, Any], key: str, side: int) -> str:
    return _number(row["calibration"][key][side]) if row["calibration"] else "–"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
