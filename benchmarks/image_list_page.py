"""The list of thumbnails one writes first in Streamlit: ``?many=`` times ``st.image``.

Served by ``benchmarks.grid_page`` as the baseline. ``&at_once=1``: all in one call of ``st.image``.
"""

import streamlit as st
from sqlalchemy import select

from app import session
from db.tables import Item
from labeling.workflows import pictures

WIDTH = 96  # px


@st.fragment
def thumbnails() -> None:
    """Draw a button, and the list once it was pressed."""
    if not st.button("Grid"):
        return
    ws = session.workspace()
    with ws.db.read() as reading:
        first = select(Item.sha256).order_by(Item.id).limit(int(st.query_params["many"]))
        shas = reading.scalars(first).all()
    thumbs = [pictures.media(ws, "thumb", sha).data for sha in shas]
    if "at_once" in st.query_params:
        st.image(thumbs, width=WIDTH)
        return
    with st.container(horizontal=True):
        for thumb in thumbs:
            st.image(thumb, width=WIDTH)


st.set_page_config(layout="wide")
thumbnails()
