"""Which words of the prompts the model does not know."""

from typing import Any

import streamlit as st

from app import session
from app.parts import job_progress, tables
from app.parts.wording import count, when
from labeling.workflows import jobs, prelabel


def draw(project: dict[str, Any]) -> None:
    """Draw what the last check found, and a button for another one."""
    st.header("Does the model know these words?")
    found = jobs.recent(session.workspace(), project["name"], kind="encode_texts", limit=1)
    job = found[0] if found else None
    if job and not job_progress.is_finished(job):
        job_progress.follow(found)
        return
    if job and job["state"] == "done":
        _result(job)
    elif job:
        job_progress.outcome(job)
    if st.button("Check the prompts", help="Encodes the texts of all classes with the model."):
        prelabel.enqueue_texts(session.workspace(), project["name"], session.user_id())
        st.rerun()


def _result(job: dict[str, Any]) -> None:
    unknown: dict[str, list[str]] = job["result"]["unknown_words"]
    checked = f"{count(job['result']['texts'], 'prompt')} checked at {when(job['finished_at'])}"
    if not unknown:
        st.caption(f"{checked}: no word is unknown to the model.")
        return
    st.warning(
        f"**{count(len(unknown), 'prompt has', 'prompts have')} words that the model was never "
        "taught.** Its proposals for these classes mean nothing: use other words, or choose "
        "another model on the page Pre-label.",
        icon=":material/warning:",
    )
    st.dataframe(
        [{"Prompt": text, "Unknown words": ", ".join(words)} for text, words in unknown.items()],
        hide_index=True,
        height=tables.height(len(unknown), most=290),
    )
    st.caption(f"{checked}.")
