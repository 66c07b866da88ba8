"""The sample projects that ship, each added with one click."""

import streamlit as st

from app import session
from app.parts import errors, links
from app.parts.wording import MODE_NAMES, count
from labeling.samples import catalogue
from labeling.samples.catalogue import Sample
from labeling.workflows import demo


def draw(present: set[str]) -> None:
    """Draw a row per sample.

    Args:
        present: names of the projects that there are.
    """
    for sample in catalogue.available():
        _row(sample, added=sample.name in present)


def _row(sample: Sample, *, added: bool) -> None:
    with st.container(border=True):
        text, action = st.columns([6, 1], vertical_alignment="center")
        with text, st.container(gap="xxsmall"):
            st.markdown(f"**{sample.title}**")
            st.caption(" ".join(sample.description.split()))
            classes = count(len(sample.classes), "class", "classes")
            st.caption(f"{classes}, {MODE_NAMES[sample.mode]}. {sample.licence}.")
        with action:
            if added:
                links.link("prelabel", "Open", sample.name)
            elif st.button("Add", key=f"add-{sample.name}", width="stretch"):
                with errors.shown():
                    demo.add_sample(session.workspace(), sample.name)
                    links.go("prelabel", sample.name)
