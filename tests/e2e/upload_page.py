"""A page with nothing but the drop zone, so that its test depends on no other page."""

import streamlit as st

from app.components.upload.face import upload

job = upload(project="zoo", key="upload")
if job:
    st.write(f"The import is job {job}")
