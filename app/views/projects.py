"""Projects: which there are, how far each is, and new ones."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app import session
from app.parts import (
    empty,
    errors,
    label_error,
    links,
    project_choice,
    project_form,
    sample_list,
    worker_notice,
)
from app.parts.wording import plain
from labeling.roles import Role, may
from labeling.workflows import accounts, projects

WIDTHS = (6, 5, 4, 3, 4, 5, 3, 4)
SEARCH_FROM = 12
SHOWN = 50
SHORT_MODES = {"single": "one a picture", "multi": "several a picture"}
STEPS = (
    ("1. Import", "Drop files or folders, or name a path on the server."),
    (
        "2. Pre-label",
        "A model proposes a class for every picture, and ranks what to look at first.",
    ),
    ("3. Review and export", "Confirm or correct by keyboard. Only what a person verified leaves."),
)


def render() -> None:
    """Draw the page."""
    st.title("Projects")
    ws, admin = session.workspace(), session.role() is Role.ADMIN
    roles = accounts.project_roles(ws, session.user_id())
    found = [project for project in projects.all_projects(ws) if project["name"] in roles]
    if found:
        worker_notice.draw()
        _table(found, roles)
    elif admin:
        _welcome()
    else:
        empty.nothing("No project is open to you", "Ask an admin to let you in.")
    if admin:
        _new_ones({project["name"] for project in found})


def _new_ones(taken: set[str]) -> None:
    with st.expander("New project", expanded=not taken, icon=":material/add:"):
        project_form.draw()
    with st.expander("Sample projects", expanded=not taken, icon=":material/image:"):
        sample_list.draw(taken)


def _welcome() -> None:
    st.markdown("From a folder of unlabelled pictures to a verified dataset, in three steps.")
    for column, (title, text) in zip(st.columns(len(STEPS)), STEPS, strict=True):
        with column.container(border=True, height="stretch", gap="xxsmall"):
            st.markdown(f"**{title}**")
            st.caption(text)
    st.caption("Begin with a project of your own, or add a sample to look around.")


def _table(found: Sequence[dict[str, Any]], roles: Mapping[str, Role]) -> None:
    shown = list(found)
    if len(found) > SEARCH_FROM:
        typed = st.text_input("Find a project", key="find-project").casefold()
        shown = [project for project in found if typed in project["name"].casefold()]
    with st.container(gap=None, key="project-table"):
        _head()
        for project in shown[:SHOWN]:
            with errors.shown():
                _row(project, roles[project["name"]])
    if len(shown) > SHOWN:
        st.caption(f"{len(shown) - SHOWN:,} more: type a part of the name to find them.")


def _head() -> None:
    titles = ("Project", "Classes", "Model", "Pictures", "Verified", "Their error", "In queue", "")
    notes = {"Their error": label_error.HOW}
    for column, title in zip(st.columns(WIDTHS), titles, strict=True):
        column.caption(title, help=notes.get(title))


def _row(project: dict[str, Any], role: Role) -> None:
    name, items, verified = project["name"], project["items"], project["verified"]
    cells = st.columns(WIDTHS, vertical_alignment="center")
    with cells[0]:
        links.link(_next_page(project, role), f"**{plain(name)}**", name)
    cells[1].text(f"{project['class_count']:,}, {SHORT_MODES[project['mode']]}")
    cells[2].text(project["model"])
    cells[3].text(f"{items:,}")
    share = verified / items if items else 0.0
    cells[4].progress(share, text=f"{verified:,} ({share:.0%})" if items else "no pictures yet")
    if verified:
        with cells[5]:
            label_error.cell(name)
    cells[6].text(f"{project['queued']:,}")
    if may(role, Role.LEAD):
        with cells[7].popover("More"), st.container(width=320, gap="xsmall"):
            _menu(project)
            if role is Role.ADMIN:
                _deletion(project)


def _next_page(project: dict[str, Any], role: Role) -> str:
    """Where the work on a project goes on."""
    if not may(role, Role.ANNOTATOR):
        return "pictures"
    if not may(role, Role.LEAD):
        return "review"
    if not project["items"]:
        return "import"
    return "review" if project["recipe"] else "prelabel"


def _menu(project: dict[str, Any]) -> None:
    pages = (("import", "Import"), ("classes", "Classes & prompts"), ("prelabel", "Pre-label"))
    for page, label in (*pages, ("review", "Review"), ("export", "Export")):
        links.link(page, label, project["name"])


def _deletion(project: dict[str, Any]) -> None:
    name = project["name"]
    st.subheader("Delete the project")
    st.caption(
        f"Its {project['items']:,} items, their proposals and all decisions go for good. "
        "The pictures stay in the store."
    )
    typed = st.text_input("Type the project's name to confirm", key=f"confirm-{project['id']}")
    delete = st.button("Delete", key=f"delete-{project['id']}", disabled=typed.strip() != name)
    if delete:
        projects.delete(session.workspace(), name)
        project_choice.forget()
        st.toast(f"{plain(name)} is deleted.")
        st.rerun()
