"""The upload one writes first in Streamlit; the baseline of ``benchmarks.upload_browser``."""

import streamlit as st

found = st.file_uploader("Pictures", accept_multiple_files=True)
st.write(f"{len(found)} files are here")
