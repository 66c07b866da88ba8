"""Snapshots: datasets as they stood, signed off; compared, checked, exported, brought back."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from app import session
from app.parts import (
    attempt,
    empty,
    errors,
    job_progress,
    page,
    snapshot_acts,
    snapshot_changes,
    snapshot_form,
    snapshot_list,
)
from labeling.workflows import jobs, snapshots
from labeling.workflows.snapshot_jobs import KINDS


def render() -> None:
    """Draw the page for the project in the address."""
    project = page.opened("Snapshots")
    if project is None:
        return
    if not project["items"]:
        empty.no_pictures(project["name"])
        return
    st.caption(
        "A dataset as it stands, signed off: labels, splits and pictures by their SHA-256. It "
        "never changes, whatever people decide afterwards."
    )
    attempt.draw_refusal()
    ws, name = session.workspace(), project["name"]
    found = snapshots.listed(ws, name)[::-1]
    with errors.shown():
        snapshot_form.draw(project, found)
    at_work = [job for job in jobs.recent(ws, name) if job["kind"] in KINDS]
    job_progress.follow(at_work)
    with errors.shown():
        _draw(project, found, at_work)


def _draw(
    project: dict[str, Any], found: Sequence[dict[str, Any]], done: Sequence[dict[str, Any]]
) -> None:
    failed = next((job for job in done if job_progress.is_finished(job)), None)
    if failed is not None and failed["state"] == "failed":
        job_progress.outcome(failed)
    if not found:
        return
    snapshot_list.draw(found)
    snapshot_list.draw_divided(found[0])
    names = [row["snapshot"] for row in found]
    tabs = st.tabs(list(_TABS), key="snapshot-tab", on_change="rerun")
    for tab, draw in zip(tabs, _TABS.values(), strict=True):
        if tab.open:
            with tab, errors.shown():
                draw(project, names, done)


_Jobs = Sequence[Mapping[str, Any]]
_TABS: dict[str, Callable[[Mapping[str, Any], Sequence[str], _Jobs], None]] = {
    "Compare": lambda project, names, _done: snapshot_changes.draw(project, names),
    "Verify": lambda project, names, done: snapshot_acts.verify(project["name"], names, done),
    "Export": lambda project, names, _done: snapshot_acts.export(project, names),
    "Restore": lambda project, names, done: snapshot_acts.restore(project["name"], names, done),
}
