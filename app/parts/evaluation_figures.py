"""A finished evaluation: its figures with their intervals, four plots, and the whole as JSON."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app.parts import evaluation_charts, label_error, learning_charts, tables
from app.parts.learning_figures import head_name
from app.parts.wording import count, plain, when

TALLEST = 420
CONFUSIONS = 15
"""How many confusions are listed."""
NAMES = {"audit": "blind audits", "verified": "verified labels", "file": "truth file"}
METRICS = {"f1": "F1", "precision": "Precision", "recall": "Recall"}
GENERALISED = {
    "seen": ("Seen classes", "Mean over the classes, among all answers"),
    "unseen": ("Unseen classes", "Mean over the classes, among all answers"),
    "harmonic_mean": ("Harmonic mean", "Of seen and unseen: generalised zero-shot"),
    "zero_shot": ("Unseen among unseen", "Where only unseen classes are answers: zero-shot"),
}


def title(job: Mapping[str, Any]) -> str:
    """Name an evaluation in one line."""
    result = job["result"]
    truth = result["truth"]
    name = truth["file"] or NAMES[truth["kind"]]
    pictures = count(result["n"], "picture")
    return f"{when(job['finished_at'])} · {name} · {pictures}, {result['accuracy']:.1%} right"


def draw(job: Mapping[str, Any], project: Mapping[str, Any]) -> None:
    """Draw the result of a job that is done."""
    result = job["result"]
    _note(result)
    _first(result, project["mode"] == "multi")
    if result["truth"]["kind"] != "file":
        label_error.draw(project["name"], "These figures take what people decided as right.")
    if "seen_and_unseen" in result:
        _generalised(result)
    st.download_button(
        "Download JSON",
        json.dumps(result, indent=1, ensure_ascii=False),
        file_name=f"evaluation-{job['id']}.json",
        mime="application/json",
        key=f"evaluation-json-{job['id']}",
    )
    if result["confusion"]:
        _confusion(result["confusion"])
    _reliability(result)
    _by_class(result)
    _hubs(result)


def _note(result: Mapping[str, Any]) -> None:
    truth = result["truth"]
    biased = truth["kind"] == "verified"
    box = st.warning if biased else st.info
    box(plain(truth["note"]), icon=":material/warning:" if biased else ":material/info:")
    head = head_name(result["head"])
    left_out = truth["labels"] - result["n"]
    without = f" {count(left_out, 'label')} without a proposal left out." if left_out else ""
    st.caption(f"Head: **{plain(head)}**.{without}")


def _first(result: Mapping[str, Any], several: bool) -> None:
    right = "Pictures right, all labels" if several else "Pictures right"
    told = (
        ("accuracy", right, "{:.1%}"),
        ("macro_f1", "Macro F1", "{:.3f}"),
        ("ece", "Calibration error (ECE)", "{:.3f}"),
        ("brier", "Brier score", "{:.3f}"),
    )
    for column, (key, name, form) in zip(st.columns(4), told, strict=True):
        with column:
            st.metric(name, form.format(result[key]), help=result["intervals"]["method"])
            between = result["intervals"].get(key)
            if between:
                low, high = form.format(between["low"]), form.format(between["high"])
                st.caption(f"{low} to {high}")


def _generalised(result: Mapping[str, Any]) -> None:
    names = ", ".join(plain(name) for name in result["truth"]["unseen"])
    st.header("Seen and unseen classes")
    st.caption(f"Unseen: {names}.")
    for column, (key, (name, meaning)) in zip(st.columns(4), GENERALISED.items(), strict=True):
        value = result["seen_and_unseen"][key]
        column.metric(name, "no picture" if value is None else f"{value:.1%}", help=meaning)


def _confusion(found: Mapping[str, Any]) -> None:
    st.header("Confusion matrix")
    chart, words = st.columns([3, 2], gap="large")
    with chart:
        shown = evaluation_charts.confusion(found["names"], found["counts"])
        if shown < len(found["names"]):
            st.caption(f"The {shown} answers that are confused most.")
        st.caption("Numbers: pictures. Colour: share of the row; blue is right, orange wrong.")
    with words:
        rows = evaluation_charts.confusions(found["names"], found["counts"])
        if not rows:
            st.caption("Nothing is confused.")
            return
        frame = pd.DataFrame(rows[:CONFUSIONS], columns=["True", "Proposed", "Pictures", "Of true"])
        st.dataframe(
            frame,
            hide_index=True,
            height=tables.height(len(frame), TALLEST),
            column_config={"Of true": st.column_config.NumberColumn(format="percent")},
        )
        if len(rows) > CONFUSIONS:
            st.caption(f"The {CONFUSIONS} most frequent of {len(rows):,} confusions.")


def _reliability(result: Mapping[str, Any]) -> None:
    st.header("Reliability")
    chart, words = st.columns([3, 2], gap="large")
    raw = result["raw"]
    with chart:
        if raw:
            learning_charts.reliability(raw["reliability"], result["reliability"])
        else:
            learning_charts.reliability(result["reliability"], [])
    with words:
        sides: dict[str, Mapping[str, Any]] = {"raw": raw or result}
        if raw:
            sides["calibrated"] = result
        rows = {
            name: [f"{side[key]:.3f}" for side in sides.values()]
            for key, name in (("ece", "ECE"), ("brier", "Brier"))
        }
        frame = pd.DataFrame(rows, index=list(sides)).T
        st.dataframe(frame.reset_index(names=""), hide_index=True)
        if not raw:
            st.caption("The raw scores are in use: no calibration made them better.")
        st.caption("On the dotted line a score of 80 % is right in 80 % of cases; below it, less.")


def _by_class(result: Mapping[str, Any]) -> None:
    st.header("By class")
    metric = st.segmented_control(
        "Figure",
        list(METRICS),
        default="f1",
        format_func=lambda key: METRICS[key],
        key="evaluation-metric",
        label_visibility="collapsed",
    )
    key = metric or "f1"
    shown = evaluation_charts.by_class(result["per_class"], key, METRICS[key])
    seen = sum(1 for one in result["per_class"].values() if one["support"])
    if shown < seen:
        st.caption(f"The {shown} classes with the lowest {METRICS[key]} of {seen:,}.")
    st.caption(plain(result["intervals"]["per_class_method"]) + ".")
    tables.draw(_rows(result["per_class"]), TALLEST)


def _rows(per_class: Mapping[str, Mapping[str, Any]]) -> Sequence[dict[str, Any]]:
    columns = {
        "precision": "Precision", "recall": "Recall", "f1": "F1", "mcc": "MCC", "auc": "AUC",
        "ece": "ECE", "brier": "Brier",
    }  # fmt: skip
    return [
        {"Class": name, "Pictures": found["support"]}
        | {title_: _number(found[key]) for key, title_ in columns.items()}
        for name, found in per_class.items()
    ]


def _hubs(result: Mapping[str, Any]) -> None:
    st.header("Hubs")
    chart, words = st.columns([3, 2], gap="large")
    counts = result["occurrences"]
    with chart:
        evaluation_charts.occurrences(counts)
    with words:
        st.metric("Hubness", f"{result['hubness']:.2f}", help="Skewness of the k-occurrence, k = 1")
        st.caption(
            "A class that is the best answer for far more pictures than others is a hub: near to "
            "everything in the model's space. 0: all come equally often; above 1 look at the first "
            "of these."
        )
        most = sorted(counts, key=lambda name: -counts[name])[:5]
        frame = pd.DataFrame([{"Class": name, "Best answer for": counts[name]} for name in most])
        st.dataframe(frame, hide_index=True)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
