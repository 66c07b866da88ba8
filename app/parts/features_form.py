"""Further models whose vectors heads may learn from: which there are, another one, one less."""

from typing import Any

import streamlit as st

from app import session
from app.parts import models
from app.parts.wording import plain
from labeling.encoders.registry import known
from labeling.workflows import features

ABOUT = (
    "Heads learn from labels by what the project's own model sees. They may learn from the vectors "
    "of further models too, which need to know no texts: self-supervised ones such as DINOv2 often "
    "tell apart what texts do not name. What does not help counts for nothing."
)


def draw(project: dict[str, Any], *, busy: bool) -> None:
    """Draw the further models of a project, and a way to add and to remove one."""
    ws, name = session.workspace(), project["name"]
    found = features.listed(ws, name)
    st.caption(ABOUT)
    for row in found:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(row['model'])}**", width="content")
            st.caption(_standing(row), width="stretch")
            if st.button("Remove", key=f"remove-{project['id']}-{row['model']}", disabled=busy):
                features.ask_remove(ws, session.user_id(), name, row["model"])
                st.rerun()
    specs = known(ws.settings.models_dir)
    taken = {project["model"], *(row["model"] for row in found)}
    free = sorted((n for n in specs if n not in taken), key=lambda n: specs[n].has_texts)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        model = st.selectbox(
            "Further model",
            free,
            index=None,
            format_func=lambda one: models.title(specs[one]) if one in specs else one,
            accept_new_options=True,
            placeholder="Choose one, or type timm:NAME.TAG or timm-dir:/path",
            key=f"feature-{project['id']}",
            width=640,
        )
        add = st.button("Add", disabled=busy or not model, key=f"add-{project['id']}")
    if model:
        st.caption(models.about(specs[model]) if model in specs else "A source of your own.")
    if add and model:
        features.ask_add(ws, session.user_id(), name, model)
        st.rerun()


def _standing(row: dict[str, Any]) -> str:
    if row["dim"] is None:
        return "not encoded yet"
    return f"{row['dim']:,} numbers a picture, {row['encoded']:,} of {row['items']:,} encoded"
