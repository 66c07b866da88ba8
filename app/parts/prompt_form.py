"""Templates and background texts of a project, with the prompts that they make."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from app import session
from app.parts import tables
from app.parts.wording import count
from labeling.prompts import templates
from labeling.workflows import projects

OWN = "own"
NAMES = {
    "photo": "photo – one sentence",
    "plain": "plain – the display text alone",
    "simple7": "simple7 – seven sentences",
    "imagenet80": "imagenet80 – eighty sentences",
    OWN: "own – written here",
}


def draw(project: dict[str, Any], after: Callable[[], None]) -> None:
    """Draw the form and the preview.

    Args:
        project: as ``projects.show`` gives it.
        after: called once the changes are stored.
    """
    left, right = st.columns(2, gap="large")
    with left:
        wanted = {"templates": choose(project["templates"], "templates")}
        if project["mode"] == "single":
            wanted |= _none_of_these(project)
        changed = {key: value for key, value in wanted.items() if value != project[key]}
        save = st.button("Save prompts", type="primary", disabled=not changed)
    with right:
        _preview(project, wanted["templates"])
    if save:
        projects.configure(session.workspace(), project["name"], **changed)
        after()


def choose(current: Sequence[str], key: str) -> list[str]:
    """Draw the choice of templates; one name of a shipped set, or own templates."""
    shipped = templates.is_shipped(current)
    options = [*templates.SHIPPED, OWN]
    chosen = st.selectbox(
        "Templates",
        options,
        index=options.index(current[0] if shipped else OWN),
        format_func=lambda name: NAMES.get(name, name),
        key=f"{key}-set",
        help="Each template is filled with a class's display text; the vectors of a class's "
        "prompts are averaged.",
    )
    if chosen != OWN:
        return [chosen]
    text = st.text_area(
        "Own templates, one per line",
        value="a photo of a {}." if shipped else "\n".join(current),
        key=f"{key}-own",
        help="{} stands for the display text.",
    )
    return _lines(text)


def _none_of_these(project: dict[str, Any]) -> dict[str, Any]:
    background = st.text_area(
        "Background texts for none of these, one per line",
        value="\n".join(project["background"]),
        key=f"background-{project['id']}",
        height=110,
        help="Pictures that resemble these more than any class are proposed as none of these.",
    )
    threshold = st.number_input(
        "Propose none of these below this score",
        min_value=0.0,
        max_value=0.99,
        step=0.05,
        value=float(project["none_threshold"]),
        key=f"threshold-{project['id']}",
        help="0: the background texts alone decide.",
    )
    return {"background": _lines(background), "none_threshold": threshold}


def _preview(project: dict[str, Any], chosen: list[str]) -> None:
    active = {row["name"]: row for row in project["classes"] if row["active"]}
    name = st.selectbox("Preview for the class", list(active), key="preview-class")
    found = templates.get(chosen)
    if name is None:
        return
    texts = templates.fill(found, active[name]["display"], active[name]["prompts"])
    st.dataframe(
        {count(len(texts), "prompt"): texts},
        hide_index=True,
        height=tables.height(len(texts), most=290),
    )


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
