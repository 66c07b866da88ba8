"""What is done with a snapshot: checked, exported, brought back."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app import session
from app.parts import attempt, export_format, links
from app.parts.wording import count, plain, when
from labeling.workflows import exports, snapshot_jobs


def verify(project: str, names: Sequence[str], done: Sequence[Mapping[str, Any]]) -> None:
    """Draw the button that checks a snapshot, and what its last check found."""
    st.caption(
        "Manifest, label file, database and every picture are compared with the SHA-256 that were "
        "signed off."
    )
    name = st.selectbox("Snapshot", names, key="snapshot-verify-name")
    st.button(
        "Verify",
        key="snapshot-verify",
        on_click=attempt.make,
        args=(snapshot_jobs.verify, project, name),
    )
    last = _last(done, snapshot_jobs.VERIFY, name)
    if last is None:
        return
    result = last["result"]
    if result["ok"]:
        st.success(
            f"{count(result['pictures'], 'picture')}, all as signed off "
            f"(checked {when(last['finished_at'])}).",
            icon=":material/verified:",
        )
    else:
        st.error(
            f"**Not as it was signed off: {count(len(result['faults']), 'fault')}.** Restore the "
            f"home folder from a backup (checked {when(last['finished_at'])}).",
            icon=":material/error:",
        )
        _table([{"File": one["file"], "What": one["what"]} for one in result["faults"]])
    if result["erased"]:
        st.caption(
            f"{count(len(result['erased']), 'picture')} erased since, which is no fault: exports "
            "and restoring leave them out."
        )
        _table([{"SHA-256": one["sha256"], "What": one["what"]} for one in result["erased"]])


def export(project: Mapping[str, Any], names: Sequence[str]) -> None:
    """Draw the form that exports a snapshot as it was signed off."""
    name = st.selectbox("Snapshot", names, key="snapshot-export-name")
    fmt = export_format.choose("snapshot-export")
    options = export_format.options(fmt, project["mode"], "snapshot-export")
    if st.button("Export", type="primary", key="snapshot-export"):
        exports.enqueue(
            session.workspace(),
            project["name"],
            fmt,
            options=options,
            snapshot=name,
            user_id=session.user_id(),
        )
        links.go("export", project["name"])


def restore(project: str, names: Sequence[str], done: Sequence[Mapping[str, Any]]) -> None:
    """Draw the form that brings the labels of a snapshot back, which wants its name typed."""
    st.caption(
        "Its pictures get the labels that they had, by new decisions in your name, which settle "
        "what people dispute by now. Nothing is deleted: what was decided since stays in the log, "
        "and other pictures stay as they are."
    )
    name = st.selectbox("Snapshot", names, key="snapshot-restore-name")
    typed = st.text_input(
        "Type the snapshot's name to confirm", key="snapshot-restore-typed", autocomplete="off"
    )
    st.button(
        "Restore",
        key="snapshot-restore",
        disabled=typed.strip() != name,
        on_click=attempt.make,
        args=(snapshot_jobs.restore, project, name),
    )
    last = _last(done, snapshot_jobs.RESTORE, name)
    if last is None:
        return
    result = last["result"]
    st.markdown(
        f"**{plain(name)}**, {when(last['finished_at'])}: {result['restored']:,} restored, "
        f"{result['unchanged']:,} unchanged."
    )
    if result["failed"]:
        _table([{"Picture": one["sha256"], "Why not": one["why"]} for one in result["failed"]])


def _last(done: Sequence[Mapping[str, Any]], kind: str, name: str) -> Mapping[str, Any] | None:
    """The newest finished job of a kind for a snapshot."""
    return next(
        (
            job
            for job in done
            if job["kind"] == kind and job["state"] == "done" and job["result"]["snapshot"] == name
        ),
        None,
    )


def _table(rows: Sequence[Mapping[str, str]]) -> None:
    st.dataframe(list(rows), hide_index=True)
