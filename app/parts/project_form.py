"""The form that creates a project."""

import streamlit as st

from app import session
from app.parts import class_input, errors, links, models
from app.parts.wording import MODE_NAMES
from labeling.workflows import projects


def draw() -> None:
    """Draw the form; a created project is opened on the page Import."""
    left, right = st.columns(2, gap="large")
    with left:
        name = st.text_input("Name", key="new-name", max_chars=100, placeholder="Shelf cameras")
        mode = st.radio(
            "Labels",
            list(MODE_NAMES),
            format_func=lambda mode: MODE_NAMES[mode].capitalize(),
            key="new-mode",
            horizontal=True,
        )
        model = models.choose("new-model")
    with right:
        specs = class_input.draw("new-classes")
    if st.button("Create project", type="primary", disabled=not (name.strip() and specs)):
        with errors.shown():
            made = projects.create(session.workspace(), name, specs, mode=mode, model=model)
            links.go("import", made["name"])
