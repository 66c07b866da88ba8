"""Import: pictures in, from the browser or from a path on the server."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from app import session
from app.components.upload.face import upload
from app.parts import (
    errors,
    job_progress,
    label_outcome,
    labels_upload,
    links,
    page,
    rejected,
)
from app.parts.wording import count, duration, when
from labeling.samples import catalogue
from labeling.workflows import ingest, jobs, overview

LONGEST_SOURCE = 54
KEEPING = {
    "copy": "Copy the pictures into the store",
    "link": "Leave them where they are and link to them",
}


def render() -> None:
    """Draw the page for the project in the address."""
    project = page.opened("Import")
    if project is None:
        return
    name = project["name"]
    _at_work(name)
    browser, server = st.tabs(["From this computer", "From the server"])
    with browser, errors.shown():
        _drop_zone(name)
    with server, errors.shown():
        _server_paths(name)
    batches = ingest.batches(session.workspace(), name)
    if batches:
        st.header("Imports")
        _next_step(project)
        _table(batches)
        label_outcome.draw(jobs.recent(session.workspace(), name, kind="import", limit=1))
        rejected.draw(batches)
        _left_out(name)


def source_name(source: str) -> str:
    """What a person calls a source: an upload is no staging folder, a sample no path."""
    if Path(source).is_relative_to(session.workspace().settings.root / "uploads"):
        return "upload from a browser"
    samples = {str(sample.pictures): f"sample {sample.name}" for sample in catalogue.available()}
    return samples.get(source, source)


def short_source(source: str) -> str:
    """The end of a long path or URL, which tells more than its beginning."""
    return source if len(source) <= LONGEST_SOURCE else f"…{source[1 - LONGEST_SOURCE :]}"


def _at_work(name: str) -> None:
    """Draw the imports that are not finished, and how the last one failed if it did."""
    found = jobs.recent(session.workspace(), name, kind="import")
    job_progress.follow(found)
    if found and found[0]["state"] == "failed":
        job_progress.outcome(found[0])


@st.fragment
def _drop_zone(name: str) -> None:
    with errors.shown():
        labels = labels_upload.draw(name)
        if upload(project=name, key=f"upload-{name}", labels=labels):
            labels_upload.taken()
            st.rerun()


def _server_paths(name: str) -> None:
    st.caption(
        "Files, folders, .zip or .tar archives, or a .csv or .jsonl manifest with a column image. "
        "One path or URL per line."
    )
    paths = st.text_area(
        "Paths",
        key="paths",
        height=90,
        placeholder="/data/shelf-cameras/2026-11",
        label_visibility="collapsed",
    )
    left, right = st.columns(2, gap="large")
    keeping = left.radio(
        "Pictures", list(KEEPING), format_func=lambda way: KEEPING[way], key="keeping"
    )
    labels = right.text_input(
        "Labels that came with them (optional)",
        key="labels-file",
        placeholder="/data/labels.csv",
        help="A CSV file with the columns image and label, or a file, folder, .zip or .tar archive "
        "in any format that exports have (COCO, Datumaro, CVAT for images, Label Studio …). They "
        "are kept as they came and are never taken for verified.",
    )
    sources = [line.strip() for line in paths.splitlines() if line.strip()]
    if st.button("Import", type="primary", disabled=not sources):
        ingest.enqueue(
            session.workspace(),
            name,
            sources,
            link=keeping == "link",
            labels=labels.strip() or None,
            user_id=session.user_id(),
        )
        st.rerun()


def _next_step(project: dict[str, Any]) -> None:
    waiting = project["by_state"].get("unlabeled", 0)
    if waiting:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"{count(waiting, 'picture has', 'pictures have')} no proposal yet.")
            links.link("prelabel", "Go to Pre-label", project["name"])


def _table(batches: Sequence[dict[str, Any]]) -> None:
    rows = [
        {
            "Started": when(batch["created_at"]),
            "Source": ", ".join(short_source(source_name(source)) for source in batch["sources"]),
            "Imported": batch["imported"],
            "Duplicates": batch["duplicates"],
            "Rejected": batch["rejected"],
            "Kept": "linked" if batch["linked"] else "copied",
            "Time": duration(batch["seconds"]) if batch["finished_at"] else "not finished",
        }
        for batch in batches
    ]
    widths = {"Source": st.column_config.TextColumn(width="large")}
    st.dataframe(rows, hide_index=True, column_config=widths)


def _left_out(name: str) -> None:
    notes = overview.notes(session.workspace(), name)
    if notes:
        with st.expander(f"Notes on {count(len(notes), 'picture')}"):
            st.caption("Only a part of these files is used, or something about them is unusual.")
            st.dataframe(
                [{"File": row["path"], "Note": row["note"]} for row in notes], hide_index=True
            )
    missing = overview.missing(session.workspace(), name)
    if missing:
        errors.show(
            f"{count(missing, 'linked picture is', 'linked pictures are')} gone or changed",
            "Put the files back where they were; the next pre-labeling looks at them again.",
        )
