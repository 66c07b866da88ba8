"""The page table."""

import streamlit as st

from app.views import review


def _start() -> None:
    """Say where to begin."""
    st.title("Prelabel")
    st.write("Open a project on the page Review.")


st.set_page_config(page_title="Prelabel", layout="wide")
st.navigation(
    [
        st.Page(_start, title="Start", url_path="start", default=True),
        st.Page(review.render, title="Review", url_path="review"),
    ]
).run()
