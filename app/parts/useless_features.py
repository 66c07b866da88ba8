"""Tell a lead early that no order of the queue will help: the features tell no classes apart."""

import streamlit as st

from app import session
from labeling.errors import NotFoundError
from labeling.quality.wording import useless_in_words
from labeling.roles import Role, may
from labeling.workflows.learning_figures import useless_features


def draw(project: str) -> None:
    """Draw the warning to leads; nothing where features tell classes apart, or it is not known.

    Nothing either where there is no such project: the page itself says so.
    """
    try:
        told = useless_features(session.workspace(), project)
    except NotFoundError:
        return
    if told and may(session.role(), Role.LEAD):
        st.warning(useless_in_words(told), icon=":material/search_off:")
