"""What a page says when there is nothing to show yet, and where to go instead."""

import streamlit as st

from app.parts import links


def nothing(title: str, text: str) -> None:
    """Draw a calm box with a title and one sentence; both are ours, not a person's."""
    with st.container(border=True, gap="xxsmall"):
        st.markdown(f"**{title}**")
        st.caption(text)


def no_project() -> None:
    """Say that no project is chosen."""
    nothing("No project is chosen", "Choose one in the sidebar, or create one.")
    links.link("projects", "Go to Projects")


def no_pictures(project: str) -> None:
    """Say that the project has no pictures."""
    nothing("This project has no pictures yet", "Import some, then pre-label them.")
    links.link("import", "Go to Import", project)
