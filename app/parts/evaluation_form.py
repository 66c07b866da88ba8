"""What an evaluation is asked for: the truth, and classes that the head never saw."""

from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app import session
from app.parts import attempt
from app.parts.labels_upload import FILE_TYPES
from app.parts.wording import count
from labeling.workflows import evaluation
from labeling.workflows.evaluation import Truth, TruthFile

LARGEST_MB = 100
CAPTIONS = {
    Truth.AUDIT: "Drawn at random, answered with the proposal hidden, never learned from: the only "
    "labels here whose figures hold for the dataset.",
    Truth.VERIFIED: "Not drawn at random: hard pictures come first, people saw the proposal, and "
    "the head has learned from them. For confusions, not for accuracy.",
    Truth.FILE: "A CSV with the columns image (path or SHA-256) and label, or labels in a format "
    "that exports have. The figures hold for pictures like those in it.",
}


def draw(project: Mapping[str, Any]) -> None:
    """Draw the form and its button."""
    sizes = evaluation.sizes(session.workspace(), project["name"])
    truth = Truth(
        st.radio(
            "Compare the proposals with",
            list(Truth),
            format_func=lambda one: _name(one, sizes),
            captions=[CAPTIONS[one] for one in Truth],
            key="evaluation-truth",
        )
        or Truth.AUDIT
    )
    file = _file() if truth == Truth.FILE else None
    _unseen(project)
    lacking = _lacking(truth, sizes, file)
    st.button(
        "Evaluate",
        type="primary",
        disabled=lacking is not None,
        on_click=_ask,
        args=(project["name"],),
    )
    if lacking:
        st.caption(lacking)


def _ask(project: str) -> None:
    """Ask for what is chosen at the moment of the press, which may be newer than the page."""
    chosen = st.session_state
    given: UploadedFile | None = chosen.get("evaluation-file")
    file = TruthFile(given.name, given.getvalue()) if given else None
    unseen = chosen.get("evaluation-unseen", [])
    attempt.make(evaluation.ask, project, chosen["evaluation-truth"], unseen, file)


def _name(truth: Truth, sizes: Mapping[str, int]) -> str:
    if truth == Truth.FILE:
        return "A truth file"
    words = {Truth.AUDIT: "Blind audits", Truth.VERIFIED: "All verified labels"}
    return f"{words[truth]} ({sizes[truth]:,})"


def _file() -> UploadedFile | None:
    return st.file_uploader(
        "Truth file",
        type=FILE_TYPES,
        key="evaluation-file",
        max_upload_size=LARGEST_MB,
        help="Several labels of one picture with | between them; none_of_these where no class is "
        "true.",
    )


def _unseen(project: Mapping[str, Any]) -> None:
    """Draw the choice of classes that nothing was trained on, in single-label projects."""
    if project["mode"] != "single":
        return
    st.multiselect(
        "Unseen classes (optional)",
        [c["name"] for c in project["classes"]],
        key="evaluation-unseen",
        placeholder="None: all classes count alike",
        help="Classes that the head was not trained on. Their accuracy is told beside that of the "
        "others, with the harmonic mean of both (generalised zero-shot).",
    )


def _lacking(truth: Truth, sizes: Mapping[str, int], file: UploadedFile | None) -> str | None:
    """What has to come first, in a sentence; None where nothing is lacking."""
    if truth == Truth.FILE:
        return None if file else "Choose a file first."
    if sizes[truth]:
        return None
    if truth == Truth.AUDIT:
        return (
            "No blind audit is answered yet. Pictures are drawn for it when they are imported, and "
            "come among the others on the page Review."
        )
    return f"{count(0, 'label')} so far. Verify pictures on the page Review first."
