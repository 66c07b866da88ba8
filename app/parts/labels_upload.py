"""A file of labels from the browser, to go with the pictures that are dropped next."""

import streamlit as st

from app import session
from labeling.workflows import label_upload

LARGEST_MB = 200
FILE_TYPES = ("csv", "tsv", "jsonl", "json", "parquet", "xml", "zip", "tar", "gz", "tgz")
_ROUND, _KEPT = "labels-upload-round", "labels-upload-kept"


def draw(project: str) -> str | None:
    """Draw the choice of a file; the token under which it is kept, None without one.

    Raises:
        InputError: the file is in no known format.
    """
    given = st.file_uploader(
        "Labels for the pictures, if there are any: choose them first",
        type=FILE_TYPES,
        key=f"labels-upload-{project}-{st.session_state.get(_ROUND, 0)}",
        max_upload_size=LARGEST_MB,
        help="A CSV file with the columns image and label, or a file or archive in any format that "
        "exports have. They are kept as they came and are never taken for verified.",
    )
    chosen, token = st.session_state.get(_KEPT, (None, None))
    if given is not None and chosen == given.file_id:
        return str(token)
    if token is not None:
        del st.session_state[_KEPT]
        label_upload.discard(session.workspace(), session.user_id(), token)
    if given is None:
        return None
    ws, person = session.workspace(), session.user_id()
    token = label_upload.keep(ws, person, given.name, given.getvalue())
    st.session_state[_KEPT] = (given.file_id, token)
    return token


def taken() -> None:
    """Forget the file: an import has taken it."""
    st.session_state.pop(_KEPT, None)
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
