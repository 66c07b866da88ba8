"""A job as a person follows it: a line, a bar, and what became of it."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app import session
from app.parts import errors
from app.parts.wording import count, duration, when
from labeling.workflows import jobs

KIND_NAMES = {
    "import": "Import",
    "prelabel": "Pre-labeling",
    "encode_texts": "Check of the prompts",
    "rank": "Ranking",
    "accept": "Acceptance",
    "learn": "Learning",
    "evaluate": "Evaluation",
    "drift": "Comparison of imports",
    "export": "Export",
    "erase": "Erasure",
    "snapshot": "Snapshot",
    "snapshot_verify": "Check of a snapshot",
    "snapshot_restore": "Restoring of a snapshot",
    "cvat_push": "Push to CVAT",
    "cvat_pull": "Pull from CVAT",
    "simulate": "Simulation",
    "suspects": "Search for wrong labels",
    "relabel": "Search for what to look at again",
    "crowdlab": "Weighing of differing answers",
    "search": "Search",
    "reclass": "Change of classes",
}
STATE_NAMES = {
    "queued": "waiting",
    "running": "running",
    "done": "done",
    "failed": "failed",
    "cancelled": "cancelled",
}
POLL_SECONDS = 1.0


def is_finished(job: dict[str, Any]) -> bool:
    """Whether a job will not change any more."""
    return job["state"] in jobs.FINISHED


def follow(found: Sequence[dict[str, Any]]) -> None:
    """Draw those of ``found`` (newest first) that are unfinished, the oldest on top.

    Each is looked at again every second; once it is finished the page is drawn anew.
    """
    for job in reversed(found):
        if not is_finished(job):
            _poll(job["id"])


def outcome(job: dict[str, Any]) -> None:
    """Draw what became of a finished job."""
    name = KIND_NAMES.get(job["kind"], job["kind"])
    at = when(job["finished_at"])
    if job["state"] == "failed":
        error = job["error"] or {}
        errors.show(f"{name} failed: {error.get('what', 'no reason is known')}", error.get("fix"))
    elif job["state"] == "cancelled":
        st.caption(f"{name} cancelled at {at}. What was finished by then is kept.")
    else:
        st.caption(f"{name} done at {at}, {duration(job['seconds'])} of work.")


def line(job: dict[str, Any]) -> str:
    """How far a job is, in one line of plain text."""
    if job["state"] == "queued":
        return "Waiting in line"
    parts = [f"{job['done']:,} of {job['total']:,}"] if job["total"] else []
    parts += [job["message"]] if job["message"] else []
    if job["eta_seconds"] is not None:
        parts.append(f"about {duration(job['eta_seconds'])} left")
    if job["cancel_requested"]:
        parts.append("stopping")
    return " · ".join(parts) or "Starting"


def result_line(job: dict[str, Any]) -> str:
    """What a finished job brought, in one line of plain text."""
    result = job["result"] or {}
    match job["kind"], job["state"]:
        case _, "failed":
            return (job["error"] or {}).get("what", "")
        case "cvat_push" | "cvat_pull", "done":
            words = ("created", "updated", "unchanged", "conflicts", "failed")
            return ", ".join(f"{result[word]:,} {word}" for word in words)
        case "import", "done":
            return (
                f"{result['imported']:,} imported, {result['duplicates']:,} duplicates, "
                f"{result['rejected']:,} rejected"
            )
        case "prelabel", "done":
            return f"{count(result['items'], 'picture')}, {result['encoded']:,} encoded"
        case "learn", "done":
            return f"{count(result['labels'], 'label')}, head {result['head']}"
        case "evaluate", "done":
            return f"{count(result['n'], 'picture')}, {result['accuracy']:.1%} right"
        case "rank", "done":
            return f"{count(result['ranked'], 'picture')} ranked"
        case "export", "done":
            return f"{count(result['items'], 'picture')} written"
        case "snapshot", "done":
            return f"{result['snapshot']}: {count(result['items'], 'picture')}"
        case "snapshot_verify", "done":
            faults = len(result["faults"])
            return f"{result['snapshot']}: {count(faults, 'fault') if faults else 'as signed off'}"
        case "snapshot_restore", "done":
            return f"{result['snapshot']}: {count(result['restored'], 'label')} brought back"
        case "erase", "done":
            return f"{count(len(result['erased']), 'picture')} erased"
        case "crowdlab", "done":
            return f"{count(len(result['items']), 'picture')} weighed"
        case "encode_texts", "done":
            return f"{count(result['texts'], 'prompt')} encoded"
    return job["message"]


@st.fragment(run_every=POLL_SECONDS)
def _poll(job_id: str) -> None:
    with errors.shown():
        job = jobs.show(session.workspace(), job_id)
        if is_finished(job):
            st.rerun()
        draw_unfinished(job)


def draw_unfinished(job: dict[str, Any]) -> None:
    """Draw name, bar, line and a button that cancels."""
    with st.container(border=True, gap="small"):
        text, button = st.columns([6, 1], vertical_alignment="center")
        with text:
            st.markdown(f"**{KIND_NAMES.get(job['kind'], job['kind'])}**")
            st.progress(min(job["done"] / job["total"], 1.0) if job["total"] else 0.0)
            st.text(line(job))
        cancel = button.button(
            "Cancel", key=f"cancel-{job['id']}", disabled=job["cancel_requested"], width="stretch"
        )
        if cancel:
            jobs.cancel(session.workspace(), job["id"])
            st.rerun()
