"""CVAT: labels out to a server and back, what is there, and what both sides changed."""

from typing import Any

import streamlit as st

from app import session
from app.parts import attempt, cvat_push_form, errors, job_progress, links, page
from app.parts.cvat_ledger import draw as draw_ledger
from app.parts.wording import count, plain
from labeling.workflows import cvat_overview, cvat_pull, cvat_push, jobs

_KINDS = (cvat_push.KIND, cvat_pull.KIND)


def render() -> None:
    """Draw the page for the project in the address."""
    project = page.opened("CVAT")
    if project is None:
        return
    found = cvat_overview.ledger(session.workspace(), project["name"])
    left, right = st.columns(2, gap="large")
    with left, errors.shown():
        url = st.text_input(
            "Address of the server",
            value=found[0]["server"] if found else "",
            placeholder="https://cvat.example.org",
            key="cvat-url",
            help="The worker logs in with PRELABEL_CVAT_TOKEN of its environment.",
        )
        cvat_push_form.draw(project, url)
    with right, errors.shown():
        _pull(project, url)
    attempt.draw_refusal()
    _follow(project)
    _conflicts(project, found)
    draw_ledger(found)


def _pull(project: dict[str, Any], url: str) -> None:
    signed = st.text_input(
        "Jobs that you sign off (optional)",
        key="cvat-sign-off",
        placeholder="12, 13",
        help="Numbers of CVAT jobs. All their labels then count as verified: you answer for them. "
        "Without it, only pictures whose own tag a person touched do.",
    )
    if st.button("Pull", disabled=not url.strip()):
        cvat_pull.enqueue(
            session.workspace(),
            session.user_id(),
            project["name"],
            url,
            sign_off=cvat_pull.job_numbers(signed),
        )
        st.rerun()


def _follow(project: dict[str, Any]) -> None:
    ws = session.workspace()
    found = [job for kind in _KINDS for job in jobs.recent(ws, project["name"], kind=kind, limit=1)]
    found.sort(key=lambda job: job["created_at"], reverse=True)
    job_progress.follow(found)
    for job in filter(job_progress.is_finished, found):
        job_progress.outcome(job)
        st.caption(job_progress.result_line(job))
        for problem in (job["result"] or {}).get("problems", []):
            st.warning(plain(problem))


def _conflicts(project: dict[str, Any], found: list[dict[str, Any]]) -> None:
    waiting = sum(link["conflicts"] for link in found)
    if waiting:
        st.warning(
            f"**{count(waiting, 'picture')} changed here and in CVAT.** "
            "A reviewer settles them; the answer goes there with the next push.",
            icon=":material/call_split:",
        )
        links.link("second-look", "Settle them at Second look", project["name"])
