"""Classes & prompts: what is looked for, what is said of it to people, and to a model."""

from typing import Any

import streamlit as st

from app import session
from app.parts import (
    class_change_preview,
    class_editor,
    class_input,
    class_moves_form,
    code_sheet,
    errors,
    guideline_editor,
    outdated,
    page,
    prompt_check,
    prompt_form,
)
from app.parts.wording import count
from labeling.encoders.registry import DEFAULT
from labeling.workflows import overview, prelabel

SAVED = "Saved. The proposals change at the next pre-labeling."
ONLY_TEXTS = "Saving encodes only the new texts; the pictures keep their vectors."


def render() -> None:
    """Draw the page for the project in the address."""
    project = page.opened("Classes & prompts")
    if project is None:
        return
    with errors.shown():
        run = overview.last_run(session.workspace(), project["name"])
        if run:
            outdated.draw(run, link_for=project["name"])
    st.header("Classes")
    with errors.shown():
        _classes(project)
        code_sheet.draw(project)
    st.header("Guidelines")
    guideline_editor.draw(project["name"])
    st.header("Prompts")
    with errors.shown():
        prompt_form.draw(project, after=lambda: _saved(project))
    with errors.shown():
        prompt_check.draw(project)


def _classes(project: dict[str, Any]) -> None:
    st.caption(
        "Type over a cell to change it; add a class in the last row. A renamed class keeps its "
        "decisions. A removed or inactive one is no longer proposed; its labels stay."
    )
    class_moves_form.draw(project)
    table = class_editor.draw(project)
    changed = class_editor.is_changed(project["classes"], table)
    class_change_preview.draw(project, class_editor.changes(project["classes"], table))
    with st.container(horizontal=True, vertical_alignment="center"):
        save = st.button("Save classes", type="primary", disabled=not changed)
        active = count(project["class_count"], "active class", "active classes")
        st.caption(f"{active}, revision {project['revision']}. {ONLY_TEXTS}")
    class_input.warn_of_codes(
        [spec.name for spec in class_editor.as_specs(project["classes"]) if spec.needs_display]
    )
    if save:
        class_editor.save(session.workspace(), project["name"], project["classes"], table)
        _saved(project)


def _saved(project: dict[str, Any]) -> None:
    """Have the new texts encoded at once where the model is at hand, and draw the page anew."""
    st.toast(SAVED, icon=":material/check:")
    if project["model"] == DEFAULT:
        prelabel.enqueue_texts(session.workspace(), project["name"], session.user_id())
    st.rerun()
