"""Erasing the picture of an item for good: what goes, what stays, and a typed confirmation."""

from pathlib import PurePosixPath
from typing import Any

import streamlit as st

from app import session
from app.parts import errors, job_progress
from app.parts.wording import count, plain
from labeling.errors import ForbiddenError
from labeling.roles import Role
from labeling.workflows import erasure, jobs


def draw(project: str, sha: str, source: str) -> None:
    """Draw the form for leads; nothing for others.

    Args:
        project: the project in the address.
        sha: the picture.
        source: the path that it came under, of which the file name is to be typed.
    """
    try:
        session.require(Role.LEAD)
    except ForbiddenError:
        return
    found = jobs.recent(session.workspace(), project, kind=erasure.KIND, limit=1)
    job_progress.follow(found)
    if found and found[0]["state"] == "queued":
        st.caption(
            "It begins within seconds, before all other work. A push or pull with CVAT that has "
            "begun ends first: what is under way to its server can't be called back."
        )
    if st.toggle("Erase this picture …", key=f"erase-{sha}"):
        with errors.shown(), st.container(border=True):
            _form(project, sha, PurePosixPath(source).name or sha)


def _form(project: str, sha: str, name: str) -> None:
    [told] = erasure.preview(session.workspace(), session.user_id(), project, [sha])
    st.subheader("Erase for good")
    st.caption(
        "Its bytes, thumbnail, vectors and proposals go, and it leaves every queue, list, figure "
        "and export to come. Decisions stay in the log. The same bytes are refused at imports "
        "until an admin lifts that."
    )
    st.markdown("\n".join(f"- {plain(line)}" for line in _lines(told)))
    reason = st.text_input(
        "Why (told where the picture is missed)",
        key=f"erase-reason-{sha}",
        max_chars=erasure.REASON_LENGTH,
    )
    typed = st.text_input(f"Type {plain(name)} to confirm", key=f"erase-confirm-{sha}")
    if st.button("Erase", type="primary", key=f"erase-now-{sha}", disabled=typed.strip() != name):
        ws, person = session.workspace(), session.user_id()
        erasure.enqueue(ws, person, project, [sha], reason=reason)
        st.rerun()


def _lines(told: dict[str, Any]) -> list[str]:
    places = told["projects"]
    lines = [f"{one['project']}: {one['image']}" for one in places]
    if len(places) > 1:
        lines.insert(0, f"It is in {count(len(places), 'project')}, and goes from all of them:")
    lines += [
        f"The snapshot {one['snapshot']} of {one['project']} holds it, and will say so"
        for one in told["snapshots"]
    ]
    return [*lines, *told["stays"]]
